"""Training and scoring on a cluster: the same model on one worker, the same model every time on two."""

from datetime import date, timedelta
from functools import partial

import numpy as np
import pandas as pd
import pytest

from returns_risk.cluster.client import connected
from returns_risk.cluster.scoring import predict_risk
from returns_risk.cluster.training import ClusterTrainingSet, cluster_rows
from returns_risk.contract.parquet import read_frame
from returns_risk.errors import ClusterError
from returns_risk.features import FeatureSet
from returns_risk.model import Provenance, Target, TrainingConfig, fit_encoding
from returns_risk.model.fitting import fit
from returns_risk.model.recipes import Classes, risk_recipe
from returns_risk.model.target import RETURNED
from returns_risk.snapshot.splits import Periods

FIRST = date(2026, 1, 1)
PERIODS = Periods(
    train=(FIRST, FIRST + timedelta(days=59)),
    calibrate=(FIRST + timedelta(days=60), FIRST + timedelta(days=79)),
    test=(FIRST + timedelta(days=80), FIRST + timedelta(days=99)),
    embargo="matured",
)
DEFINITIONS = FeatureSet.model_validate(
    {
        "definitions": [
            {
                "kind": "line",
                "entity": "line",
                "meaning": "of the line",
                "columns": {
                    "quantity": {"number": "quantity", "meaning": "units"},
                    "price": {"number": "unit_price", "meaning": "price"},
                    "brand": {"category": "brand", "meaning": "brand"},
                },
            }
        ]
    }
)
PROVENANCE = Provenance(
    source="tests", as_of=FIRST + timedelta(days=100), periods=PERIODS, rows={}, return_rate=0.3, data={}, packages={}
)


def make_rows(lines=6000):
    rng = np.random.default_rng(5)
    brand = rng.choice(["acme", "brill", "corso"], lines)
    ordered = pd.Timestamp(FIRST) + pd.to_timedelta(np.sort(rng.integers(0, 100, lines)), unit="D")
    price = np.where(rng.random(lines) < 0.1, np.nan, rng.gamma(2.0, 40.0, lines)).astype(np.float32)
    odds = -1.5 + pd.Series(brand).map({"acme": -1.0, "brill": 0.0, "corso": 1.5}) + np.nan_to_num(price) / 80
    return pd.DataFrame(
        {
            "line_id": pd.Series([f"L{number}" for number in range(lines)], dtype="str"),
            "ordered_on": ordered,
            "closes_on": ordered,
            "returned_on": ordered,
            "returned": rng.random(lines) < 1 / (1 + np.exp(-odds)),
            "reason": pd.Series(np.where(price > 80, "too_dear", "too_small"), dtype="str").mask(price < 20),
            "quantity": rng.integers(1, 4, lines).astype(np.float32),
            "price": price,
            "brand": pd.Series(brand, dtype="str"),
        }
    )


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("features") / "training.parquet"
    make_rows().to_parquet(path, index=False, row_group_size=1000)
    return path


def spread(params, **values):
    return params.model_copy(update={"cluster": params.cluster.model_copy(update=values)})


def train(file, params, target=RETURNED, **changes):
    recipe = risk_recipe(params.train.model_copy(update={"calibration": "platt"} | changes), params.seed)
    if target.classes:
        recipe = recipe.model_copy(update={"target": "reason", "classes": Classes(min_lines=1, min_share=0.0)})
    return fit(file, PERIODS, DEFINITIONS, recipe, target, PROVENANCE, partial(cluster_rows, params.cluster))


def test_features_that_are_left_out_have_reference_values_too(file, params):
    recipe = risk_recipe(params.train.model_copy(update={"calibration": "platt", "refit": False}), params.seed)
    recipe = recipe.model_copy(update={"leave_out": ("price",)})
    classifier = fit(file, PERIODS, DEFINITIONS, recipe, RETURNED, PROVENANCE)
    assert [feature.name for feature in classifier.features_] == ["quantity", "brand"]
    rows = make_rows()
    learnt = rows[rows["ordered_on"] <= pd.Timestamp(PERIODS.train[1])]
    assert classifier.reference_values_ == {"quantity": 2.0, "price": float(learnt["price"].median())}


@pytest.mark.parametrize("refit", [True, False])
def test_one_worker_trains_the_model_of_this_process(file, params, refit):
    params = params.model_copy(update={"train": params.train.model_copy(update={"refit": refit})})
    here, remote = train(file, spread(params, address=None)), train(file, spread(params, workers=1))
    assert remote.booster_.model_to_string() == here.booster_.model_to_string()
    for name in ("encoding_", "calibrator_", "venn_abers_", "reference_values_", "provenance_"):
        assert getattr(remote, name) == getattr(here, name)


def test_two_workers_train_the_same_model_every_time_and_one_as_good(file, params):
    first, second = train(file, params), train(file, params)
    assert first.booster_.model_to_string() == second.booster_.model_to_string()
    assert "[num_machines: 2]" in first.booster_.model_to_string()
    assert "127.0.0.1" not in first.booster_.model_to_string()
    here = train(file, spread(params, address=None))
    assert first.encoding_ == here.encoding_
    assert first.reference_values_ == here.reference_values_
    assert 1 < first.provenance.rounds < 40
    rows = read_frame(file, "featurize")
    test = rows[PERIODS.select(rows, "test")]
    risks = np.array([model.predict_risk(test) for model in (here, first)])
    assert np.corrcoef(risks)[0, 1] > 0.97
    odds = risks / (1 - risks)
    assert np.median(np.abs(np.log(odds[0] / odds[1]))) < 0.2


def test_a_model_of_reasons_and_of_recent_lines_is_the_same_on_one_worker_too(file, params):
    reasons = Target(column="reason", classes=("too_dear", "too_small"))
    here, remote = (
        train(file, settings, reasons, calibration="temperature", half_life_days=20)
        for settings in (spread(params, address=None), spread(params, workers=1))
    )
    assert remote.booster_.model_to_string() == here.booster_.model_to_string()
    assert here.predict_proba(make_rows(50)).shape == (50, 2)


@pytest.mark.parametrize("group", [1000, 7, 100_000])
def test_scores_are_the_same_to_the_bit_however_the_rows_are_cut(tmp_path, file, params, group):
    classifier = train(file, spread(params, address=None))
    rows = make_rows(2000 if group > 7 else 50)
    rows.to_parquet(tmp_path / "candidates.parquet", index=False, row_group_size=group)
    remote = predict_risk(classifier, tmp_path / "candidates.parquet", rows, params.cluster)
    assert np.array_equal(remote, classifier.predict_risk(rows))


def test_a_night_without_candidates_has_no_scores(tmp_path, file, params):
    classifier, none = train(file, spread(params, address=None)), make_rows(10).iloc[:0]
    none.to_parquet(tmp_path / "candidates.parquet", index=False)
    assert predict_risk(classifier, tmp_path / "candidates.parquet", none, params.cluster).shape == (0,)


def test_fewer_rows_than_workers_are_reported(file, params):
    row = np.arange(6000) == 3
    with connected(params.cluster) as client:
        rows = ClusterTrainingSet(client, file, row, row, workers=2)
        with pytest.raises(ClusterError, match="1 rows cannot be shared among 2 workers"):
            rows.boost(
                fit_encoding(make_rows(10), {"price": "money"}, 1), TrainingConfig(RETURNED, {}, None, None), 1, None
            )
