"""Optional dependencies: a clear message when one is not installed."""

from returns_risk.errors import ReturnsRiskError

__all__ = ["missing_extra"]


def missing_extra(
    needed_by: str, missing: ModuleNotFoundError, extra: str, error: type[ReturnsRiskError]
) -> ReturnsRiskError:
    """Return the error of a module that is not installed, with the command that installs it.

    Parameters
    ----------
    needed_by : what needs the module, as the message begins
    missing : raised by the import; a module that belongs to this package is a defect and is raised again
    extra : optional dependency of this package that brings the module
    error : class of the returned error

    Examples
    --------
    >>> from returns_risk.errors import ParamsError
    >>> str(missing_extra("models tune", ModuleNotFoundError(name="optuna"), "tuning", ParamsError))
    'models tune: optuna is not installed. Run: pip install "returns-risk[tuning]".'
    """
    if (missing.name or "").startswith("returns_risk"):
        raise missing
    return error(f'{needed_by}: {missing.name} is not installed. Run: pip install "returns-risk[{extra}]".')
