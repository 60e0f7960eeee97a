"""Where MLflow keeps runs and models, and how it is reached."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from returns_risk.errors import RegistryError

__all__ = ["connect", "model_name", "reporting", "tracking_uri"]

_VARIABLE = "MLFLOW_TRACKING_URI"
_DEFAULT = "sqlite:///mlflow.db"


def tracking_uri() -> str:
    """Return where runs are kept: ``MLFLOW_TRACKING_URI``, or a SQLite file in the working folder."""
    return os.environ.get(_VARIABLE) or _DEFAULT


def model_name(source: str) -> str:
    """Return the name of a source's experiment and of its registered model."""
    return f"returns-risk-{source}"


def connect() -> Any:
    """Import MLflow with its telemetry off and point it at the store."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    import mlflow

    # Its notices on set-up (database migrations and the like) are not news to the nightly log.
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # By its full path: MLflow keeps the connection of an address, also when the working folder is another one by now.
    own = f"sqlite:///{Path('mlflow.db').absolute()}"
    given = os.environ.get(_VARIABLE)
    mlflow.set_tracking_uri(own if tracking_uri() == _DEFAULT else tracking_uri())
    if not given:
        os.environ.pop(_VARIABLE, None)  # MLflow sets it, and it would be taken for the user's wish the next time
    return mlflow


@contextmanager
def reporting(doing: str) -> Iterator[None]:
    """Turn what MLflow raises while doing something into one line for the user.

    Raises
    ------
    RegistryError
        MLflow refused, or its store cannot be reached.
    """
    from mlflow.exceptions import MlflowException

    try:
        yield
    except (MlflowException, OSError) as error:
        finding = " ".join(str(error).split())
        raise RegistryError(
            f"MLflow: {doing} failed ({finding}). Check MLFLOW_TRACKING_URI and the store it names, then run again."
        ) from error
