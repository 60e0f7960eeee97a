"""Trainings, evaluations and tuning trials as MLflow runs, and the registration of trained models."""

import json
import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from returns_risk.config.params import Params
from returns_risk.model import Classifier, bundle_version, served_values
from returns_risk.registry.aliases import CHALLENGER, CHAMPION, add_version, set_alias
from returns_risk.registry.store import connect, model_name, open_experiment, reporting
from returns_risk.registry.versions import AS_OF_TAG, REASON_TAG, VERSION_TAG, registered_bundle

__all__ = ["list_runs", "log_evaluation", "log_training", "log_trial"]

_LOGGED: dict[str, Any] = {
    "source": {"name", "time_zone"}, "cluster": {"workers", "partitions"}, "as_of": True, "seed": True,
    "validate_": True, "featurize": True, "split": True, "train": True, "backtest": True,
}  # fmt: skip
"""Parameters that training depends on. Addresses and the block ``nightly`` may hold passwords and are not logged."""
_REGISTERED = "risk"
"""Name of the recipe whose models are registered and promoted."""
_logger = logging.getLogger(__name__)


def log_training(
    classifier: Classifier,
    bundle: Path,
    params: Params,
    plots: list[Path],
    example: pd.DataFrame,
    backtest: Path | None = None,
    reason: Path | None = None,
) -> None:
    """Log a training as an MLflow run; a model of the recipe ``risk`` is registered and becomes the challenger.

    The registered version contains the model of reasons too, so that both are promoted together. A bundle that is
    registered already, as after a repeated training, is not registered again: its version becomes the challenger,
    unless it is the champion.

    Parameters
    ----------
    bundle : folder of the saved classifier
    example : a few rows of features, for the model's signature
    backtest : folder of the recipe's backtest, if there is one
    reason : folder of the saved model of reasons, if there is one

    Raises
    ------
    RegistryError
        MLflow refused, or its store cannot be reached.
    """
    source = params.source.name
    mlflow = open_experiment(model_name(source))
    if classifier.recipe.name != _REGISTERED:
        _log_run(mlflow, classifier, {"bundle": bundle}, params, plots, example, backtest)
        return
    bundles = {"bundle": bundle} | ({"reason": reason} if reason is not None else {})
    tags = {VERSION_TAG: bundle_version(bundle), AS_OF_TAG: classifier.provenance.as_of.isoformat()}
    tags |= {REASON_TAG: bundle_version(reason)} if reason is not None else {}
    version = registered_bundle(source, tags[VERSION_TAG], tags.get(REASON_TAG, ""))
    if version is None:
        run_id, model = _log_run(mlflow, classifier, bundles, params, plots, example, backtest)
        number = add_version(source, model, run_id, tags)
    else:
        number = version.number
        _logger.info("%s version %s has the same bundle", model_name(source), number)
        if CHAMPION in version.aliases:
            return
    set_alias(source, CHALLENGER, number)
    _logger.info("%s version %s is %s", model_name(source), number, CHALLENGER)


def log_evaluation(bundle: Path, params: Params, metrics: dict[str, Any], files: list[Path]) -> None:
    """Log metrics and curves to the run that trained the bundle; to a new run if it is not in the store."""
    mlflow, version = open_experiment(model_name(params.source.name)), bundle_version(bundle)
    with reporting("logging an evaluation"):
        of_bundle = f"tags.{VERSION_TAG} = '{version}'"
        runs = mlflow.search_runs(filter_string=of_bundle, output_format="list", max_results=1)
        with mlflow.start_run(run_id=runs[0].info.run_id if runs else None, run_name=None if runs else version):
            mlflow.set_tag(VERSION_TAG, version)
            mlflow.log_metrics(_metric_names(metrics))
            _log_files(mlflow, files, "evaluation")


def log_trial(source: str, recipe: str, number: int, values: dict[str, Any], losses: list[float]) -> None:
    """Log a finished trial of the tuning in the experiment ``returns-risk-<source>-tuning``.

    Parameters
    ----------
    values : tried value of each parameter
    losses : log loss on each fold, in the order of the folds

    Raises
    ------
    RegistryError
        MLflow refused, or its store cannot be reached.
    """
    mlflow = open_experiment(f"{model_name(source)}-tuning")
    with reporting("logging a trial"), mlflow.start_run(run_name=f"{recipe} {number}"):
        mlflow.log_params(values)
        for step, loss in enumerate(losses):
            mlflow.log_metric("fold_log_loss", loss, step=step)
        mlflow.log_metric("log_loss", float(np.mean(losses)))


def list_runs(source: str) -> pd.DataFrame:
    """Return the trainings of a source, the latest first.

    Returns
    -------
    DataFrame, one row per run: ``run`` (the bundle's version), ``recipe``, ``started`` (UTC), every parameter as
    ``params.<name>`` and every metric as ``metrics.<name>``.

    Raises
    ------
    RegistryError
        MLflow's store cannot be reached.
    """
    mlflow = connect()
    with reporting("listing runs"):
        runs = mlflow.search_runs(experiment_names=[model_name(source)], order_by=["attributes.start_time DESC"])
    values = sorted(str(name) for name in runs if str(name).startswith(("params.", "metrics.")))
    columns = {"run": "tags.mlflow.runName", "recipe": "params.recipe.name", "started": "start_time"}
    return pd.DataFrame({name: runs.get(column) for name, column in columns.items()}).join(runs[values])


def _log_run(
    mlflow: Any,
    classifier: Classifier,
    bundles: dict[str, Path],
    params: Params,
    plots: list[Path],
    example: pd.DataFrame,
    backtest: Path | None,
) -> tuple[str, Any]:
    """Log a run with its model; return the run's id and the logged model."""
    version, provenance = bundle_version(bundles["bundle"]), classifier.provenance
    with reporting("logging a training"), mlflow.start_run(run_name=version) as run:
        mlflow.set_tags({VERSION_TAG: version, **{f"sha256.{name}": value for name, value in provenance.data.items()}})
        recipe = classifier.recipe.model_dump(mode="json")
        mlflow.log_params(_flat(params.model_dump(mode="json", by_alias=True, include=_LOGGED) | {"recipe": recipe}))
        if backtest is not None and backtest.exists():
            _log_backtest(mlflow, backtest)
        counts = {f"rows.{period}": rows for period, rows in provenance.rows.items()}
        mlflow.log_metrics({"rounds": provenance.rounds, "train_return_rate": provenance.return_rate, **counts})
        _log_files(mlflow, plots, "plots")
        model = _log_model(mlflow, classifier, bundles, example)
    _logger.info("MLflow run %s", run.info.run_id)
    return run.info.run_id, model


def _log_model(mlflow: Any, classifier: Classifier, bundles: dict[str, Path], example: pd.DataFrame) -> Any:
    text = example.select_dtypes(exclude=[np.number]).columns
    # MLflow's signatures know text as the dtype object only.
    inputs = example.astype(dict.fromkeys(text, object))
    with warnings.catch_warnings():
        # No input example is logged: rows of real customers do not belong in MLflow's files.
        warnings.filterwarnings("ignore", message=".*input example was not provided.*", category=UserWarning)
        return mlflow.pyfunc.log_model(
            name="model",
            python_model=str(Path(__file__).with_name("served.py")),
            artifacts={name: str(bundle) for name, bundle in bundles.items()},
            signature=mlflow.models.infer_signature(inputs, served_values(classifier, example)),
            # Given, since MLflow would otherwise import the model in a new process to find the packages.
            pip_requirements=[f"{name}=={number}" for name, number in classifier.provenance.packages.items()],
        )


def _log_backtest(mlflow: Any, folder: Path) -> None:
    """Log the means over the folds as ``backtest_<predictor>_<metric>``, and all tables."""
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    means = {
        predictor: {metric: values["mean"] for metric, values in metrics.items()}
        for predictor, metrics in summary["metrics"].items()
    }
    mlflow.log_metrics(_metric_names({"backtest": means}))
    mlflow.set_tags({f"accepted.{name}": reason for name, reason in summary["accepted"].items()})
    _log_files(mlflow, sorted(folder.iterdir()), "backtest")


def _log_files(mlflow: Any, files: list[Path], folder: str) -> None:
    for file in files:
        mlflow.log_artifact(str(file), folder)


def _metric_names(nested: dict[str, Any]) -> dict[str, float]:
    return {name.replace(".", "_"): float(value) for name, value in _flat(nested).items()}


def _flat(nested: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in nested.items():
        key = f"{prefix}{name}"
        flat |= _flat(value, f"{key}.") if isinstance(value, dict) else {key: value}
    return flat
