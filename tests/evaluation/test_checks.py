"""The traffic lights of a card turn with the limits that they state."""

import math
from pathlib import Path

import pytest

from returns_risk.config.params import load_params
from returns_risk.evaluation.checks import check_limits

LEAKAGE = load_params(Path(__file__).parents[2] / "params.yaml").leakage
METRICS = {"model": {"log_loss": 0.45}, "base_rate": {"log_loss": 0.55}, "smoothed_rate": {"log_loss": 0.5}}
INTERVALS = {
    "log_loss": {
        "model": {"low": 0.43, "high": 0.47}, "base_rate": {"low": 0.53, "high": 0.57},
        "smoothed_rate": {"low": 0.48, "high": 0.52},
    }
}  # fmt: skip
GAP = {"dimension": "customer_age", "rate": "flag_rate", "p_value": 0.3}


def backtest(auc=0.76, part=0.2, accepted=None, slices=2):
    return {
        "summary": {"metrics": {"model": {"auc": {"mean": auc}}}, "accepted": accepted or {}},
        "attributions": [{"feature": "price", "share": part}, {"feature": "age", "share": 0.1}],
        "slices": [{}] * slices,
    }


def lights(metrics=METRICS, intervals=INTERVALS, past=None, gaps=(GAP,), weak=()):
    checks = check_limits(metrics, intervals, backtest() if past is None else past, list(gaps), list(weak), LEAKAGE)
    return [check.light for check in checks]


def test_a_good_model_is_green_throughout():
    assert lights() == ["green"] * 5


@pytest.mark.parametrize(
    ("loss", "high", "light"), [(0.45, 0.47, "green"), (0.49, 0.51, "amber"), (0.52, 0.54, "red"), (math.nan, 1, "red")]
)
def test_a_model_must_beat_the_simpler_predictors(loss, high, light):
    intervals = {"log_loss": INTERVALS["log_loss"] | {"model": {"low": 0.4, "high": high}}}
    assert lights(METRICS | {"model": {"log_loss": loss}}, intervals)[0] == light


def test_reasons_are_held_to_the_base_rate_alone():
    metrics = {"model": {"log_loss": 1.4}, "base_rate": {"log_loss": 1.7}}
    (check,) = check_limits(metrics, {}, {}, [], [], LEAKAGE)
    assert (check.limit, check.light) == ("log loss below that of the base rate", "green")
    assert check.measured == "model 1.400; base rate 1.700"


def test_too_good_is_red_unless_somebody_accepted_it():
    assert lights(past=backtest(auc=0.95, part=0.6))[1:3] == ["red", "red"]
    accepted = {"auc": "orders are confirmed by phone", "price": "one price a category"}
    assert lights(past=backtest(auc=0.95, part=0.6, accepted=accepted))[1:3] == ["amber", "amber"]
    assert lights(past=backtest(auc=0.92, part=0.5))[1:3] == ["green", "green"]


def test_weak_slices_and_groups_apart_are_amber_and_what_was_not_measured_says_so():
    checks = check_limits(METRICS, INTERVALS, backtest(), [GAP | {"p_value": 0.01}], ["market DE"], LEAKAGE)
    assert [(check.light, check.measured) for check in checks[3:]] == [
        ("amber", "above it: market DE (of 2)"),
        ("amber", "beyond it: customer age (chosen) (of 1)"),
    ]
    assert lights(past=backtest(slices=0), gaps=())[3:] == ["not measured", "not measured"]
