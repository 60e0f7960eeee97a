"""A small world with a known effect of each column, and classifiers fitted on it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from returns_risk.config.params import load_params
from returns_risk.features import FeatureSet
from returns_risk.model import Classifier, Provenance, fit_classifier
from returns_risk.model.recipes import risk_recipe
from returns_risk.snapshot.splits import Periods

NUMBERS: dict[str, Any] = {
    "discount": {"discount": ["unit_price", "list_price"], "meaning": "discount on the list price"},
    "basket_value": {"number": "line_value", "meaning": "value of the order"},
    "quantity": {"number": "quantity", "meaning": "units ordered of the item"},
}
CATEGORIES: dict[str, Any] = {
    "brand": {"category": "brand", "meaning": "brand"},
    "this_sku": {"identity": "sku", "meaning": "this item"},
}
SMALL = {
    "learning_rate": 0.1,
    "num_leaves": 7,
    "min_data_in_leaf": 20,
    "feature_fraction": 0.8,
    "lambda_l2": 1.0,
    "min_data_per_group": 20,
    "cat_smooth": 5.0,
    "extra_trees": False,
    "min_category_lines": 10,
    "num_boost_round": 30,
    "early_stopping_round": 10,
    "num_threads": 1,
    "calibration": "platt",
}
CHAIN = load_params(Path(__file__).parents[2] / "params.yaml")
PARAMS = CHAIN.train.model_copy(update=SMALL)


def make_rows(lines: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    brand = rng.choice(["acme", "brill", "corso"], lines)
    rows = pd.DataFrame(
        {
            "discount": np.where(rng.random(lines) < 0.1, np.nan, rng.random(lines)),
            "basket_value": rng.gamma(2.0, 40.0, lines),
            "quantity": rng.integers(1, 4, lines).astype(float),
            "brand": pd.Series(brand, dtype="str"),
            "this_sku": pd.Series([f"S{i}" for i in rng.integers(0, 20, lines)], dtype="str"),
        }
    )
    effect = pd.Series(brand).map({"acme": -1.0, "brill": 0.0, "corso": 1.5}).to_numpy()
    log_odds = -1.5 + effect + 2 * np.nan_to_num(rows["discount"].to_numpy(), nan=0.5)
    return rows.assign(returned=rng.random(lines) < 1 / (1 + np.exp(-log_odds)))


def make_definitions(**columns: dict[str, Any]) -> FeatureSet:
    return FeatureSet.model_validate(
        {"definitions": [{"kind": "line", "entity": "order", "meaning": "order", "columns": columns}]}
    )


PROVENANCE = Provenance(
    source="tests",
    as_of=date(2026, 3, 2),
    periods=Periods(
        train=(date(2025, 1, 1), date(2025, 9, 30)),
        calibrate=(date(2025, 10, 1), date(2025, 10, 31)),
        test=(date(2025, 12, 1), date(2025, 12, 31)),
        embargo="matured",
    ),
    rows={"train": 1000, "calibrate": 400, "test": 300},
    return_rate=0.4,
    data={"training.parquet": "0" * 64},
    packages={"lightgbm": "4.7.0"},
    policy="c" * 64,
)


@pytest.fixture(scope="session")
def rows() -> Callable[[int, int], pd.DataFrame]:
    """Make ``number`` lines from a seed: features and ``returned``."""
    return make_rows


@pytest.fixture(scope="session")
def fit() -> Callable[..., Classifier]:
    """Fit on the same 1,000 and 400 lines; keywords change the training parameters."""

    def fit(definitions: FeatureSet | None = None, seed: int = 7, **changes: Any) -> Classifier:
        used = definitions or make_definitions(**NUMBERS, **CATEGORIES)
        params = PARAMS.model_copy(update=changes)
        return fit_classifier(make_rows(1000, 1), make_rows(400, 2), used, risk_recipe(params, seed), PROVENANCE)

    return fit


@pytest.fixture(scope="session")
def fit_on() -> Callable[..., Classifier]:
    """Fit on given train and calibrate lines; keywords change the training parameters."""

    def fit_on(train: pd.DataFrame, calibrate: pd.DataFrame, **changes: Any) -> Classifier:
        recipe = risk_recipe(PARAMS.model_copy(update=changes), 7)
        return fit_classifier(train, calibrate, make_definitions(**NUMBERS, **CATEGORIES), recipe, PROVENANCE)

    return fit_on


@pytest.fixture(scope="session")
def classifier(fit: Callable[..., Classifier]) -> Classifier:
    return fit()


@pytest.fixture(scope="session")
def numeric_classifier(fit: Callable[..., Classifier]) -> Classifier:
    """Without categorical columns, of which shap's own reader of LightGBM models knows nothing."""
    return fit(make_definitions(**NUMBERS))


@pytest.fixture(scope="session")
def test_rows() -> pd.DataFrame:
    return make_rows(300, 3)


@pytest.fixture
def bundle(classifier: Classifier, tmp_path: Path) -> Path:
    """A saved classifier."""
    classifier.save(tmp_path / "risk")
    return tmp_path / "risk"
