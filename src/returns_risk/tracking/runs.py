"""One MLflow run per trained bundle: what went in, what came out, which version it is."""

import logging
import os
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
        logged = mlflow.pyfunc.log_model(
            name="risk",
            python_model=str(Path(__file__).with_name("served.py")),
            artifacts={"bundle": str(bundle)},
            signature=mlflow.models.infer_signature(_plain(example), classifier.predict_risk(example)),
            registered_model_name=_model_name(params),
            # Given, since MLflow would otherwise import the model in a new process to find out.
            pip_requirements=[f"{name}=={number}" for name, number in provenance.packages.items()],
        )
        client = mlflow.MlflowClient()
        client.set_registered_model_alias(_model_name(params), _ALIAS, logged.registered_model_version)
    _logger.info(
        "MLflow run %s: %s version %s is %s",
        run.info.run_id,
        _model_name(params),
        logged.registered_model_version,
        _ALIAS,
    )


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
