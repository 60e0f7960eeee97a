"""Where MLflow keeps runs and models, and how it is reached."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from returns_risk.errors import RegistryError

__all__ = ["connect", "model_name", "reporting", "tracking_uri"]


def tracking_uri() -> str:
    """Return where runs are kept: ``MLFLOW_TRACKING_URI``, or a SQLite file in the working folder."""
    return os.environ.get("MLFLOW_TRACKING_URI") or "sqlite:///mlflow.db"


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
    mlflow.set_tracking_uri(tracking_uri())
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
