"""One MLflow run per trained bundle: what went in, what came out, which version it is."""

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from returns_risk.config.params import Params
from returns_risk.model import Classifier, bundle_version, served_values
from returns_risk.registry.store import connect, model_name, open_experiment, reporting
from returns_risk.registry.versions import (
    AS_OF_TAG,
    CHALLENGER,
    CHAMPION,
    REASON_TAG,
    VERSION_TAG,
    add_version,
    registered_bundle,
    set_alias,
)

__all__ = ["list_runs", "log_evaluation", "log_training"]

_USED: dict[str, Any] = {
    "source": {"name", "time_zone"}, "cluster": {"workers", "partitions"}, "as_of": True, "seed": True,
    "validate_": True, "featurize": True, "split": True, "train": True, "backtest": True,
}  # fmt: skip
"""Parameters that training rests on. Addresses and the block ``nightly`` may hold passwords: nobody logs them."""
SERVED = "risk"
"""The recipe whose models are promoted."""
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
    """Log a trained bundle with its parameters, backtest and pictures; the one that is served also as ``challenger``.

    The version that is served carries the model of reasons, so that both are promoted together. Bundles whose very
    bytes are registered already, as after the same training once more, are not registered again: their version becomes
    the challenger, or stays the champion if it is.

    Parameters
    ----------
    bundle : folder of the saved classifier
    example : a few rows of features, for the model's signature
    backtest : folder of the recipe's backtest, if there is one; of reasons there is none
    reason : folder of the saved model of reasons that goes with the one that is served, if there is one

    Raises
    ------
    RegistryError
        MLflow refused, or its store cannot be reached.
    """
    source = params.source.name
    mlflow = open_experiment(model_name(source))
    if classifier.recipe.name != SERVED:
        _log_run(mlflow, classifier, {"bundle": bundle}, params, plots, example, backtest)
        return
    beside = bundle_version(reason) if reason is not None else ""
    known = registered_bundle(source, bundle_version(bundle), beside)
    if known is None:
        bundles = {"bundle": bundle} | ({"reason": reason} if reason is not None else {})
        run_id, logged = _log_run(mlflow, classifier, bundles, params, plots, example, backtest)
        tags = {VERSION_TAG: bundle_version(bundle), AS_OF_TAG: classifier.provenance.as_of.isoformat()}
        tags |= {REASON_TAG: beside} if beside else {}
        number = add_version(source, logged, run_id, tags)
    else:
        number = known.number
        _logger.info("%s version %s has this very bundle", model_name(source), number)
        if CHAMPION in known.aliases:
            return
    set_alias(source, CHALLENGER, number)
    _logger.info("%s version %s is %s", model_name(source), number, CHALLENGER)


def _log_run(
    mlflow: Any,
    classifier: Classifier,
    bundles: dict[str, Path],
    params: Params,
    plots: list[Path],
    example: pd.DataFrame,
    backtest: Path | None,
) -> tuple[str, Any]:
    """Log one run with its model; return the ids of both."""
    version, provenance = bundle_version(bundles["bundle"]), classifier.provenance
    with reporting("logging a training"), mlflow.start_run(run_name=version) as run:
        mlflow.set_tags({VERSION_TAG: version, **{f"sha256.{name}": value for name, value in provenance.data.items()}})
        recipe = classifier.recipe.model_dump(mode="json")
        used = params.model_dump(mode="json", by_alias=True, include=_USED)
        mlflow.log_params(_flat(used | {"recipe": recipe}))
        _log_backtest(mlflow, backtest)
        counts = {f"rows.{period}": rows for period, rows in provenance.rows.items()}
        mlflow.log_metrics({"rounds": provenance.rounds, "train_return_rate": provenance.return_rate, **counts})
        for plot in plots:
            mlflow.log_artifact(str(plot), "plots")
        with _quiet():
            logged = mlflow.pyfunc.log_model(
                name="model",
                python_model=str(Path(__file__).with_name("served.py")),
                artifacts={name: str(bundle) for name, bundle in bundles.items()},
                signature=mlflow.models.infer_signature(_plain(example), served_values(classifier, example)),
                # Given, since MLflow would otherwise import the model in a new process to find out.
                pip_requirements=[f"{name}=={number}" for name, number in provenance.packages.items()],
            )
    _logger.info("MLflow run %s", run.info.run_id)
    return run.info.run_id, logged


def _log_backtest(mlflow: Any, folder: Path | None) -> None:
    """Log the means over the folds as ``backtest_<predictor>_<metric>``, and all tables."""
    if folder is None or not folder.exists():
        return
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    means = {name: {key: told["mean"] for key, told in of.items()} for name, of in summary["metrics"].items()}
    mlflow.log_metrics({name.replace(".", "_"): value for name, value in _flat({"backtest": means}).items()})
    mlflow.set_tags({f"accepted.{what}": reason for what, reason in summary["accepted"].items()})
    for file in sorted(folder.iterdir()):
        mlflow.log_artifact(str(file), "backtest")


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep MLflow from asking for an input example: rows of real customers have no place in its files."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*input example was not provided.*", category=UserWarning)
        yield


def log_evaluation(bundle: Path, params: Params, metrics: dict[str, Any], files: list[Path]) -> None:
    """Log metrics and curves to the run that trained the bundle, or to a new one where it is not there."""
    mlflow, version = open_experiment(model_name(params.source.name)), bundle_version(bundle)
    with reporting("logging an evaluation"):
        trained = f"tags.{VERSION_TAG} = '{version}'"
        found = mlflow.search_runs(filter_string=trained, output_format="list", max_results=1)
        with mlflow.start_run(run_id=found[0].info.run_id if found else None, run_name=None if found else version):
            mlflow.set_tag(VERSION_TAG, version)
            mlflow.log_metrics({name.replace(".", "_"): float(value) for name, value in _flat(metrics).items()})
            for file in files:
                mlflow.log_artifact(str(file), "evaluation")


def list_runs(source: str) -> pd.DataFrame:
    """Return the trainings of a source, the latest first.

    Returns
    -------
    DataFrame, a row a run: ``run`` (the bundle's version), ``recipe``, ``started`` (UTC), every parameter as
    ``params.<name>`` and every metric as ``metrics.<name>``.

    Raises
    ------
    RegistryError
        MLflow's store cannot be reached.
    """
    mlflow = connect()
    with reporting("listing runs"):
        found = mlflow.search_runs(experiment_names=[model_name(source)], order_by=["attributes.start_time DESC"])
    told = pd.DataFrame(
        {
            "run": found.get("tags.mlflow.runName"),
            "recipe": found.get("params.recipe.name"),
            "started": found.get("start_time"),
        }
    )
    own = [str(name) for name in found if str(name).startswith(("params.", "metrics."))]
    return told.join(found[sorted(own)])


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
