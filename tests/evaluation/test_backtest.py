"""Past as-of days: their decisions rest on labels known before the test period, and leaks are named."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from returns_risk.config.params import load_params
from returns_risk.errors import LeakageError
from returns_risk.evaluation import run_backtest, summarize
from returns_risk.features import FeatureSet
from returns_risk.model.recipes import risk_recipe
from returns_risk.snapshot.splits import find_periods
from tests.small_models import AS_OF, COLUMNS, training_table

ROOT = Path(__file__).parents[2]
SMALL = {
    "num_boost_round": 30, "min_data_in_leaf": 20, "num_threads": 1, "num_leaves": 7, "shap_sample": 300,
    "censored": "auto",
}  # fmt: skip
NOISE = {f"noise_{number}": {"number": "quantity", "meaning": "noise"} for number in range(6)}
DEFINITIONS = FeatureSet.model_validate(
    {"definitions": [{"kind": "line", "entity": "order", "meaning": "order", "columns": COLUMNS | NOISE}]}
)


@pytest.fixture(scope="module")
def params():
    read = load_params(ROOT / "params.yaml")
    folds = {"folds": 6, "step_days": 20, "test_days": 20, "resamples": 20, "slice_lines": 50}
    return read.model_copy(
        update={
            "as_of": AS_OF,
            "train": read.train.model_copy(update=SMALL | {"features": "auto"}),
            "split": read.split.model_copy(update={"calibrate_days": 20, "test_days": 20}),
            "backtest": read.backtest.model_copy(update=folds),
        }
    )


@pytest.fixture(scope="module")
def rows():
    noise = np.random.default_rng(1).normal(size=(4000, len(NOISE))).astype(np.float32)
    return training_table().join(pd.DataFrame(noise, columns=list(NOISE)))


@pytest.fixture(scope="module")
def backtest(params, rows):
    return run_backtest(rows, DEFINITIONS, risk_recipe(params.train, 7), params)


def test_features_that_are_noise_are_left_out_and_the_others_kept(backtest):
    assert len(set(backtest.selection.leave_out) & set(NOISE)) >= 4
    assert not {"discount", "market_name"} & set(backtest.selection.leave_out)


def test_what_is_decided_does_not_depend_on_labels_of_the_test_period(backtest, params, rows):
    begins = pd.Timestamp(find_periods(rows, params.as_of, params.split).test[0])
    late = rows["closes_on"] >= begins
    assert backtest.selection.decided_on == ("2025-09-13", "2025-10-03", "2025-10-23")
    assert 0 < late.sum() < len(rows)
    drawn = np.random.default_rng(2).random(len(rows)) < 0.5
    spoilt = rows.assign(returned=rows["returned"].where(~late, drawn))
    # A return of theirs before the test period was known, and stays.
    spoilt["returned"] |= (rows["returned_on"] < begins) & late
    again = run_backtest(spoilt, DEFINITIONS, risk_recipe(params.train, 7), params)
    assert again.selection == backtest.selection
    assert not np.array_equal(again.tested[-1].returned, backtest.tested[-1].returned)


def test_the_backtest_does_not_depend_on_the_number_of_threads(backtest, params, rows):
    more = params.model_copy(update={"train": params.train.model_copy(update={"num_threads": 3})})
    again = run_backtest(rows, DEFINITIONS, risk_recipe(more.train, 7), more)
    assert again.selection == backtest.selection
    for fold, same in zip(backtest.tested, again.tested, strict=True):
        assert all(np.array_equal(fold.risks[name], same.risks[name]) for name in ("model", "naive_lightgbm"))


def test_without_folds_known_in_time_nothing_is_decided(params, rows, caplog):
    short = params.model_copy(update={"backtest": params.backtest.model_copy(update={"folds": 2, "step_days": 5})})
    selection = run_backtest(rows, DEFINITIONS, risk_recipe(params.train, 7), short).selection
    assert (selection.calibration, selection.leave_out, selection.censored, selection.decided_on) == (
        "none",
        (),
        "leave_out",
        (),
    )
    assert "the labels of 0 folds were known when the test period began, 2 are needed" in caplog.text


def test_the_summary_tells_what_the_model_rests_on_in_each_fold(backtest, params):
    # Two features are left, and one of them has more than half.
    params = params.model_copy(update={"leakage": params.leakage.model_copy(update={"max_share": 0.7})})
    summary, tables = summarize(backtest, risk_recipe(params.train, 7), DEFINITIONS, params)
    attributions = tables["attributions"]
    assert attributions["feature"].tolist()[:2] in (["discount", "market_name"], ["market_name", "discount"])
    assert attributions["share"].sum() == pytest.approx(1)
    days = summary["as_of"]
    assert attributions[days].sum().tolist() == pytest.approx([1.0] * 6)
    assert (attributions["lowest"] <= attributions["share"]).all()
    assert summary["selection"]["leave_out"] == list(backtest.selection.leave_out)
    assert summary["accepted"] == {}
    assert tables["features"].columns.tolist() == ["as_of", "0.8", "0.95", "1"]
    assert tables["features"]["as_of"].tolist() == summary["selection"]["decided_on"]
    assert tables["censored"].columns.tolist() == ["as_of", "leave_out", "weigh"]


def test_a_feature_that_tells_the_outcome_is_named(params, rows):
    leaky = rows.assign(noise_3=(rows["returned"] + np.random.default_rng(3).normal(0, 0.2, len(rows))))
    recipe = risk_recipe(params.train, 7)
    leaking = run_backtest(leaky, DEFINITIONS, recipe, params)
    with pytest.raises(LeakageError, match=r"noise_3 makes up \d\d% of what the model risk rests on"):
        summarize(leaking, recipe, DEFINITIONS, params)
    accepted = params.leakage.model_copy(update={"accepted": {"noise_3": "asked at the door"}})
    with pytest.raises(LeakageError, match=r"AUC of 0\.9\d\d .* it rests most on noise_3 \(\d\d%\)"):
        summarize(leaking, recipe, DEFINITIONS, params.model_copy(update={"leakage": accepted}))
    both = params.leakage.model_copy(update={"accepted": {"noise_3": "asked at the door", "auc": "so it is"}})
    summary, _ = summarize(leaking, recipe, DEFINITIONS, params.model_copy(update={"leakage": both}))
    assert summary["accepted"] == {"noise_3": "asked at the door", "auc": "so it is"}
