"""The connection to MLflow: where runs and models are stored, and its errors in one line."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from returns_risk.errors import BusyError, RegistryError
from returns_risk.io.extras import missing_extra
from returns_risk.registry.database import find_file, make_paths_relative, require_readable, require_writable

__all__ = ["connect", "database_file", "model_name", "open_experiment", "reporting", "tracking_uri"]

_VARIABLE = "MLFLOW_TRACKING_URI"
_DEFAULT = "sqlite:///mlflow.db"
_logger = logging.getLogger(__name__)


def tracking_uri() -> str:
    """Return MLflow's address: ``MLFLOW_TRACKING_URI``, or an SQLite file in the working folder.

    PostgreSQL without a driver gets the one that the extra ``postgres`` installs.
    """
    uri = os.environ.get(_VARIABLE) or _DEFAULT
    return uri.replace("postgresql://", "postgresql+psycopg://", 1) if uri.startswith("postgresql://") else uri


def model_name(source: str) -> str:
    """Return the name of a source's experiment and of its registered model."""
    return f"returns-risk-{source}"


def database_file() -> Path | None:
    """Return MLflow's SQLite file; None if it uses a server or another database."""
    return find_file(tracking_uri())


def connect(*, write: bool = False, create: bool = False) -> Any:
    """Import MLflow without telemetry, set its address, and return the module.

    Parameters
    ----------
    write : whether the store will be changed; stored paths of an earlier folder are then made relative
    create : whether a missing database is created, unless there was one before

    Raises
    ------
    RegistryError
        The database is missing, damaged or of another MLflow version, or its driver is not installed.
    BusyError
        Another process has locked the database.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    import mlflow

    # Migrations are no news for the nightly log, and errors are raised as well as logged.
    for name, level in (("mlflow", logging.WARNING), ("alembic", logging.WARNING), ("mlflow.store", logging.CRITICAL)):
        logging.getLogger(name).setLevel(level)
    file = database_file()
    if file is not None:
        _prepare_database(file, write=write, create=create)
    elif tracking_uri().startswith("postgresql+psycopg:"):
        try:
            import_module("psycopg")
        except ModuleNotFoundError as error:
            raise missing_extra(_VARIABLE, error, "postgres", RegistryError) from error
    given = os.environ.get(_VARIABLE)
    # The full path, since MLflow keeps the connection of an address after the working folder has changed.
    mlflow.set_tracking_uri(f"sqlite:///{file}" if file is not None else tracking_uri())
    if not given:
        # MLflow sets the variable, and it would be taken for the user's choice the next time.
        os.environ.pop(_VARIABLE, None)
    return mlflow


def open_experiment(name: str) -> Any:
    """Connect to MLflow, select an experiment, creating it if needed, and return the module.

    Raises
    ------
    RegistryError, BusyError
        As ``connect``, or MLflow refused.
    """
    mlflow = connect(create=True)
    with reporting("opening the store"):
        mlflow.set_experiment(name)
    # MLflow stores the full path of a new experiment.
    if (file := database_file()) is not None:
        make_paths_relative(file)
    return mlflow


@contextmanager
def reporting(action: str) -> Iterator[None]:
    """Raise MLflow's errors in the block as one line that names the action.

    Raises
    ------
    RegistryError
        MLflow refused, or its store cannot be reached.
    BusyError
        Another process has locked its database.
    """
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (MlflowException, SQLAlchemyError, OSError) as error:
        finding = " ".join(str(error).split())
        if "database is locked" in finding:
            raise BusyError(
                f"MLflow: {action} failed: another process holds its database. Run again when it has ended."
            ) from error
        raise RegistryError(
            f"MLflow: {action} failed ({finding}). Check MLFLOW_TRACKING_URI and its store, then run again."
        ) from error


def _prepare_database(file: Path, *, write: bool, create: bool) -> None:
    if not create:
        require_readable(file)
    if write or create:
        require_writable(file)
        if changed := make_paths_relative(file):
            _logger.info("%s: %d values changed: paths made relative, addresses removed", file.name, changed)
