"""A model of other feature definitions gets its own features, and is compared on the same lines."""

import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from returns_risk.config.params import load_params
from returns_risk.config.policy import load_policy
from returns_risk.contract.parquet import read_frame, write_tables
from returns_risk.errors import GateError
from returns_risk.features import FeatureSet, write_feature_tables, write_frozen
from returns_risk.model import describe_provenance, fit_classifier
from returns_risk.model.recipes import risk_recipe
from returns_risk.registry.comparison import Contender, compare
from returns_risk.registry.versions import ModelVersion
from returns_risk.snapshot import Shop
from returns_risk.snapshot.splits import PERIODS, find_periods
from returns_risk.sources import read_source
from shop_simulator import Definition, simulate, write_raw
from tests.keys import KEY

ROOT = Path(__file__).parents[3]
TRAINING = Path("features/training.parquet")


def without(definitions, *entities):
    return FeatureSet.model_validate(
        {"definitions": [item.model_dump() for item in definitions.definitions if item.entity not in entities]}
    )


def fit(params, number, definitions, rows):
    """Fit as the train stage does, on the columns of some definitions."""
    periods = find_periods(rows, params.as_of, params.split)
    parts = {name: rows[periods.select(rows, name)].reset_index(drop=True) for name in PERIODS}
    provenance = describe_provenance(params, periods, parts, [])
    recipe = risk_recipe(params.train.model_copy(update={"calibration": "platt"}), number)
    classifier = fit_classifier(parts["train"], parts["calibrate"], definitions, recipe, provenance)
    return Contender(ModelVersion(number, f"bundle{number}", "", (), "", {}, "", ""), classifier)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A small shop in a folder of its own, its feature table of few entities, and definitions of more."""
    folder = tmp_path_factory.mktemp("shop")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("RETURNS_RISK_KEY", KEY)
        for name in ("params.yaml", "policy.yaml"):
            shutil.copy(ROOT / name, folder / name)
        shutil.copytree(ROOT / "sources", folder / "sources")
        params = load_params()
        small = {"num_boost_round": 15, "min_data_in_leaf": 20, "num_threads": 1}
        params = params.model_copy(update={"train": params.train.model_copy(update=small)})
        gate = params.gate.model_copy(update={"resamples": 100})
        params = params.model_copy(update={"gate": gate})
        shop = simulate(Definition(seed=3, start=date(2025, 3, 1), lines_per_day=12), params.as_of)
        write_raw(params.source.raw, shop)
        tables = read_source(params.source, b"a key for these tests").tables
        write_tables(Path("data/validated"), tables)
        snapshot = Shop(tables, load_policy(), params.source.time_zone).snapshot(params.as_of)
        every = FeatureSet.load(ROOT / "features/definitions").drop_unavailable(snapshot.columns)
        keep = {"account", "basket", "order", "product", "shop", "market"}
        few = without(every, *({item.entity for item in every.definitions} - keep))
        selected = without(every, *({item.entity for item in every.definitions} - keep - {"brand"}))
        for definitions, name in [(selected, "more"), (few, "features")]:
            write_feature_tables(Path(name), definitions, snapshot, params.featurize)
            write_frozen(Path(name) / "definitions.json", definitions)
        yield params, few, selected


def test_a_challenger_with_new_features_meets_a_champion_without_them(built):
    params, few, selected = built
    rows, more = read_frame(TRAINING, "featurize"), read_frame(Path("more/training.parquet"), "featurize")
    new = {item.name for item in selected.features} - set(rows)
    assert new
    champion, challenger = fit(params, 1, few, rows), fit(params, 2, selected, more)
    result = compare(champion, challenger, params)
    for name in ("training.parquet", "definitions.json"):
        shutil.copy(f"features/{name}", f"{name}.kept")
        shutil.copy(f"more/{name}", f"features/{name}")
    # The same, had the feature table been made by the other definitions.
    second = compare(champion, challenger, params)
    for name in ("training.parquet", "definitions.json"):
        shutil.copy(f"{name}.kept", f"features/{name}")
    assert result.verdict == second.verdict
    assert result.period == second.period
    test = more[challenger.classifier.provenance.periods.select(more, "test")]
    assert result.verdict.lines == len(test)
    risk = challenger.classifier.predict_risk(test)
    loss = -np.log(np.where(test["returned"], risk, 1 - risk)).mean()
    assert result.verdict.metrics[0].challenger == pytest.approx(loss, rel=1e-12)
    assert {item.dimension for item in result.verdict.slices} <= {"market_name", "category", "customer_tenure_days"}


def test_a_model_whose_columns_the_source_has_no_more_cannot_be_compared(built):
    params, _, selected = built
    more = read_frame(Path("more/training.parquet"), "featurize")
    challenger = fit(params, 2, selected, more)
    products = pd.read_parquet("data/validated/products.parquet")
    products.drop(columns="brand").to_parquet("data/validated/products.parquet")
    try:
        with pytest.raises(GateError, match=r"version 2 needs columns that the source does not have any more.*--force"):
            compare(None, challenger, params)
    finally:
        products.to_parquet("data/validated/products.parquet")


def test_lines_that_the_validated_tables_lack_are_counted(built):
    params, _, selected = built
    challenger = fit(params, 2, selected, read_frame(Path("more/training.parquet"), "featurize"))
    lines = pd.read_parquet("data/validated/order_lines.parquet")
    later = lines["ordered_at"] >= pd.Timestamp("2026-01-01", tz="UTC")
    lines[~later].to_parquet("data/validated/order_lines.parquet")
    try:
        with pytest.raises(GateError, match=r"data/validated: lacks \d+ of \d+ lines of features/training\.parquet"):
            compare(None, challenger, params)
    finally:
        lines.to_parquet("data/validated/order_lines.parquet")


def test_a_feature_table_of_an_earlier_as_of_has_no_lines_to_compare_on(built):
    params, few, _ = built
    champion = fit(params, 1, few, read_frame(TRAINING, "featurize"))
    periods = champion.classifier.provenance.periods.model_copy(update={"test": (date(2027, 1, 1), date(2027, 2, 1))})
    champion.classifier.provenance_ = champion.classifier.provenance.model_copy(update={"periods": periods})
    future = Contender(champion.version, champion.classifier)
    with pytest.raises(GateError, match=r"has no line of the challenger's test period\. Run dvc repro"):
        compare(None, future, params)
