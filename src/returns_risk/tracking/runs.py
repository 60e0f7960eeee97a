"""One MLflow run per trained bundle: what went in, what came out, which version it is."""

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from returns_risk.classifier import Classifier, bundle_version
from returns_risk.params import Params

__all__ = ["log_evaluation", "log_training", "tracking_uri"]

_ALIAS = "challenger"
_VERSION_TAG = "bundle_version"
_logger = logging.getLogger(__name__)


def tracking_uri() -> str:
    """Return where runs are kept: ``MLFLOW_TRACKING_URI``, or a SQLite file in the working folder."""
    return os.environ.get("MLFLOW_TRACKING_URI") or "sqlite:///mlflow.db"


def log_training(
    classifier: Classifier, bundle: Path, params: Params, plots: list[Path], example: pd.DataFrame
) -> None:
    """Log a trained bundle with its parameters and pictures and register it as ``challenger``.

    Parameters
    ----------
    bundle : folder of the saved classifier
    example : a few rows of features, for the model's signature
    """
    mlflow = _mlflow(params)
    version, provenance = bundle_version(bundle), classifier.provenance
    with mlflow.start_run(run_name=version) as run:
        mlflow.set_tags({_VERSION_TAG: version, **{f"sha256.{name}": value for name, value in provenance.data.items()}})
        mlflow.log_params(_flat(params.model_dump(mode="json", by_alias=True)))
        counts = {f"rows.{period}": rows for period, rows in provenance.rows.items()}
        mlflow.log_metrics({"rounds": provenance.rounds, "train_return_rate": provenance.return_rate, **counts})
        for plot in plots:
            mlflow.log_artifact(str(plot), "plots")
        with _quiet():
            logged = mlflow.pyfunc.log_model(
                name="risk",
                python_model=str(Path(__file__).with_name("served.py")),
                artifacts={"bundle": str(bundle)},
                signature=mlflow.models.infer_signature(_plain(example), classifier.predict_risk(example)),
                # Given, since MLflow would otherwise import the model in a new process to find out.
                pip_requirements=[f"{name}=={number}" for name, number in provenance.packages.items()],
            )
        number = _register(_model_name(params), logged.model_uri, run.info.run_id, logged.model_id)
    _logger.info("MLflow run %s: %s version %s is %s", run.info.run_id, _model_name(params), number, _ALIAS)


def _register(name: str, source: str, run_id: str, model_id: str) -> str:
    """Add a version to the registry, point the alias at it and return its number."""
    from mlflow import MlflowClient

    client = MlflowClient()
    if not client.search_registered_models(filter_string=f"name = '{name}'"):
        client.create_registered_model(name)
    number = str(client.create_model_version(name, source, run_id=run_id, model_id=model_id).version)
    client.set_registered_model_alias(name, _ALIAS, number)
    return number


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep MLflow from asking for an input example: rows of real customers have no place in its files."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*input example was not provided.*", category=UserWarning)
        yield


def log_evaluation(bundle: Path, params: Params, metrics: dict[str, Any], files: list[Path]) -> None:
    """Log metrics and curves to the run that trained the bundle, or to a new one where it is not there."""
    mlflow = _mlflow(params)
    version = bundle_version(bundle)
    found = mlflow.search_runs(filter_string=f"tags.{_VERSION_TAG} = '{version}'", output_format="list", max_results=1)
    with mlflow.start_run(run_id=found[0].info.run_id if found else None, run_name=None if found else version):
        mlflow.set_tag(_VERSION_TAG, version)
        mlflow.log_metrics({name.replace(".", "_"): float(value) for name, value in _flat(metrics).items()})
        for file in files:
            mlflow.log_artifact(str(file), "evaluation")


def _mlflow(params: Params) -> Any:
    """Import MLflow with its telemetry off and point it at the experiment of this source."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    import mlflow

    # Its notices on set-up (database migrations and the like) are not news to the nightly log.
    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    mlflow.set_tracking_uri(tracking_uri())
    mlflow.set_experiment(_model_name(params))
    return mlflow


def _model_name(params: Params) -> str:
    return f"returns-risk-{params.source.name}"


def _plain(features: pd.DataFrame) -> pd.DataFrame:
    """Give text columns the dtype that MLflow's signatures know."""
    text = features.select_dtypes(exclude=[np.number]).columns
    return features.astype(dict.fromkeys(text, object))


def _flat(nested: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in nested.items():
        key = f"{prefix}{name}"
        flat |= _flat(value, f"{key}.") if isinstance(value, dict) else {key: value}
    return flat
