"""What can go wrong through a user's input, each with its own exit code."""

from typing import ClassVar

from returns_risk.errors.credentials import mask_credentials

__all__ = [
    "BundleError",
    "BusyError",
    "ClusterError",
    "DataError",
    "DeliveryError",
    "ExportError",
    "GateError",
    "LabelError",
    "LeakageError",
    "LedgerError",
    "MissingRunError",
    "NoCandidatesError",
    "ParamsError",
    "RegistryError",
    "ResourceError",
    "ReturnsRiskError",
    "SourceError",
    "Stopped",
]


class ReturnsRiskError(Exception):
    """Base of all errors a user can cause: one line that names place, finding and remedy.

    It is printed, logged, mailed and sent, so credentials in its URLs are masked.
    """

    exit_code = 1

    def __init__(self, message: str) -> None:
        super().__init__(mask_credentials(message))


class ParamsError(ReturnsRiskError):
    """``params.yaml``, ``policy.yaml``, a recipe or a feature definition is wrong."""

    exit_code = 3


class SourceError(ReturnsRiskError):
    """A raw file, a SELECT or a column of a source is missing or cannot be read."""

    exit_code = 4


class DataError(ReturnsRiskError):
    """An error rule is broken by more than its tolerated share, or the extract is not delivered in full."""

    exit_code = 5


class LabelError(ReturnsRiskError):
    """There is nothing to learn from: no matured lines, or only one class."""

    exit_code = 6


class NoCandidatesError(ReturnsRiskError):
    """No order line is open at the as-of."""

    exit_code = 7


class BundleError(ReturnsRiskError):
    """A model bundle is missing, damaged or does not fit the features it is asked to score."""

    exit_code = 8


class ExportError(ReturnsRiskError):
    """A file or a folder cannot be written."""

    exit_code = 9


class LeakageError(ReturnsRiskError):
    """A feature of a past night is not what that night knew, or a model is too good to know nothing of the future."""

    exit_code = 10


class ClusterError(ReturnsRiskError):
    """The Dask cluster cannot be reached, has too few workers or other package versions, or lost a worker."""

    exit_code = 12


class RegistryError(ReturnsRiskError):
    """The registry lacks a model or an alias, cannot be reached, or does not agree with the ledger."""

    exit_code = 13


class GateError(ReturnsRiskError):
    """The gate refuses a challenger, or two models cannot be compared on the same lines."""

    exit_code = 14


class DeliveryError(ReturnsRiskError):
    """What a run came to cannot be handed over: to a database, a web address or by mail."""

    exit_code = 15


class LedgerError(ReturnsRiskError):
    """The ledger cannot be reached, knows no such order, or a row of it is not what was written."""

    exit_code = 16


class BusyError(ReturnsRiskError):
    """Another nightly run of the same source, or another stage of the chain, holds the lock."""

    exit_code = 17


class MissingRunError(ReturnsRiskError):
    """The run of a night is not there at the time it is expected."""

    exit_code = 18


class ResourceError(ReturnsRiskError):
    """There is not enough memory for the work."""

    exit_code = 19


class Stopped(BaseException):
    """The process was asked to end: SIGTERM, or SIGINT with 130. No ``except Exception`` keeps it."""

    exit_code = 143
    pending: "ClassVar[Stopped | None]" = None
    """Of the signal that has arrived: compiled code can swallow the exception, so that no file is replaced after it."""

    def __init__(self, signal: str, exit_code: int) -> None:
        super().__init__(f"stopped by {signal} before the end. No file is half-written; run it again to go on.")
        self.exit_code = exit_code
