"""One training and its evaluation, logged once to a real MLflow store."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from returns_risk.config.params import Params, load_params
from returns_risk.features import FeatureSet
from returns_risk.io.files import write_text
from returns_risk.model import Classifier, Provenance, fit_classifier
from returns_risk.model.recipes import risk_recipe
from returns_risk.registry.runs import log_evaluation, log_training
from returns_risk.snapshot.splits import Periods

METRICS = {"model": {"auc": 0.7125, "ece": 0.01}, "base_rate": {"auc": 0.5, "ece": 0.0}}
DATA = {"training.parquet": "a" * 64, "definitions.json": "b" * 64}


@dataclass(frozen=True)
class Logged:
    """The logged training: store, bundle, classifier and run."""

    uri: str
    bundle: Path
    classifier: Classifier
    params: Params
    rows: pd.DataFrame
    run: Any
    client: Any


def make_rows(lines: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    discount = rng.random(lines)
    return pd.DataFrame(
        {
            "discount": np.where(rng.random(lines) < 0.1, np.nan, discount),
            "brand": pd.Series(rng.choice(["acme", "brill"], lines), dtype="str"),
            "customer_id": pd.Series(["c0ffee"] * lines, dtype="str"),
            "returned": rng.random(lines) < 0.2 + 0.5 * discount,
        }
    )


def make_params() -> Params:
    params = load_params(Path(__file__).parents[2] / "params.yaml")
    train = params.train.model_copy(
        update={"num_boost_round": 10, "min_data_in_leaf": 20, "num_threads": 1, "calibration": "platt"}
    )
    return params.model_copy(update={"train": train, "source": params.source.model_copy(update={"name": "tests"})})


def make_classifier(params: Params, seed: int) -> Classifier:
    columns = {
        "discount": {"discount": ["unit_price", "list_price"], "meaning": "discount"},
        "brand": {"category": "brand", "meaning": "brand"},
    }
    definitions = FeatureSet.model_validate(
        {"definitions": [{"kind": "line", "entity": "order", "meaning": "order", "columns": columns}]}
    )
    provenance = Provenance(
        source="tests",
        as_of=date(2026, 3, 2),
        periods=Periods(
            train=(date(2025, 1, 1), date(2025, 9, 30)),
            calibrate=(date(2025, 10, 1), date(2025, 10, 31)),
            test=(date(2025, 12, 1), date(2025, 12, 31)),
            embargo="matured",
        ),
        rows={"train": 400, "calibrate": 200, "test": 100},
        return_rate=0.45,
        data=DATA,
        packages={"lightgbm": "4.7.0"},
        policy="c" * 64,
    )
    return fit_classifier(
        make_rows(400, 1), make_rows(200, 2), definitions, risk_recipe(params.train, seed), provenance
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory, empty_store) -> Iterator[Path]:
    """A working folder, in which MLflow writes its artifacts and database."""
    with pytest.MonkeyPatch.context() as patch:
        path = tmp_path_factory.mktemp("work")
        shutil.copyfile(empty_store, path / "store.db")
        patch.chdir(path)
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{path}/store.db")
        yield path


@pytest.fixture(scope="module")
def logged(folder) -> Logged:
    import mlflow
    from mlflow import MlflowClient

    params = make_params()
    classifier, rows = make_classifier(params, 7), make_rows(100, 3)
    bundle, plot, curve = folder / "models" / "risk", folder / "plots" / "shap_bar.png", folder / "plots" / "roc.csv"
    classifier.save(bundle)
    write_text(plot, "a picture")
    write_text(curve, "a,b\n")
    log_training(classifier, bundle, params, [plot], rows[["discount", "brand"]].head())
    log_evaluation(bundle, params, METRICS, [curve])
    client = MlflowClient(mlflow.get_tracking_uri())
    runs = mlflow.search_runs(experiment_names=["returns-risk-tests"], output_format="list")
    return Logged(mlflow.get_tracking_uri(), bundle, classifier, params, rows, runs[0], client)


@pytest.fixture(scope="module")
def refit(folder) -> tuple[Params, dict[int, tuple[Classifier, Path]]]:
    """Classifiers of two seeds with their bundles, for another source than ``logged``."""
    params = make_params()
    params = params.model_copy(update={"source": params.source.model_copy(update={"name": "second"})})
    bundles = {}
    for seed in (7, 8):
        bundles[seed] = (make_classifier(params, seed), folder / f"seed-{seed}")
        classifier, bundle = bundles[seed]
        classifier.save(bundle)
    return params, bundles
