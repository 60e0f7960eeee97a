"""Where MLflow keeps runs and models, and how it is reached."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from returns_risk.errors import BusyError, RegistryError
from returns_risk.registry.database import find_file, make_paths_relative, require_readable, require_writable

__all__ = ["connect", "database_file", "model_name", "open_experiment", "reporting", "tracking_uri"]

_VARIABLE = "MLFLOW_TRACKING_URI"
_DEFAULT = "sqlite:///mlflow.db"
_logger = logging.getLogger(__name__)


def tracking_uri() -> str:
    """Return where runs are kept: ``MLFLOW_TRACKING_URI``, or a SQLite file in the working folder."""
    return os.environ.get(_VARIABLE) or _DEFAULT


def model_name(source: str) -> str:
    """Return the name of a source's experiment and of its registered model."""
    return f"returns-risk-{source}"


def database_file() -> Path | None:
    """Return the database file that runs are kept in; None where they are elsewhere, e.g. on a server."""
    return find_file(tracking_uri())


def connect(*, write: bool = False, create: bool = False) -> Any:
    """Import MLflow with its telemetry off and point it at the store.

    Parameters
    ----------
    write : something is to be changed; paths of an earlier place are then made relative, once
    create : make the database if there is none and never was one

    Raises
    ------
    RegistryError
        The database is missing, damaged or of another MLflow.
    BusyError
        Another process holds it.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    import mlflow

    # Its notices on set-up (database migrations and the like) are not news to the nightly log, nor are its tracebacks:
    # what goes wrong is raised as well.
    for name, level in (("mlflow", logging.WARNING), ("alembic", logging.WARNING), ("mlflow.store", logging.CRITICAL)):
        logging.getLogger(name).setLevel(level)
    file = database_file()
    if file is not None:
        if not create:
            require_readable(file)
        if write or create:
            require_writable(file)
            if changed := make_paths_relative(file):
                _logger.info("%s: %d values changed: paths are relative, addresses are gone", file.name, changed)
    given = os.environ.get(_VARIABLE)
    # By its full path: MLflow keeps the connection of an address, also when the working folder is another one by now.
    mlflow.set_tracking_uri(f"sqlite:///{file}" if file is not None else tracking_uri())
    if not given:
        os.environ.pop(_VARIABLE, None)  # MLflow sets it, and it would be taken for the user's wish the next time
    return mlflow


def open_experiment(name: str) -> Any:
    """Connect to MLflow and choose an experiment, which is made if there is none.

    Raises
    ------
    RegistryError, BusyError
        As ``connect``, or MLflow refused.
    """
    mlflow = connect(create=True)
    with reporting("opening the store"):
        mlflow.set_experiment(name)
    # MLflow notes the full path of an experiment it makes, whatever it is asked for.
    if (file := database_file()) is not None:
        make_paths_relative(file)
    return mlflow


@contextmanager
def reporting(doing: str) -> Iterator[None]:
    """Turn what MLflow raises while doing something into one line for the user.

    Raises
    ------
    RegistryError
        MLflow refused, or its store cannot be reached.
    BusyError
        Another process holds its database.
    """
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (MlflowException, SQLAlchemyError, OSError) as error:
        finding = " ".join(str(error).split())
        if "database is locked" in finding:
            raise BusyError(
                f"MLflow: {doing} failed: another process holds its database. Run again when it has ended."
            ) from error
        raise RegistryError(
            f"MLflow: {doing} failed ({finding}). Check MLFLOW_TRACKING_URI and the store it names, then run again."
        ) from error
