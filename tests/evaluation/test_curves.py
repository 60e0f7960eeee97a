"""Curves start and end where they must and pass through the points one computes by hand."""

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from returns_risk.evaluation import curves
from returns_risk.evaluation.metrics import calibration_curve

LINES = st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=2, max_size=400).filter(
    lambda lines: len({flag for flag, _ in lines}) == 2
)


def arrays(lines: list[tuple[bool, float]]) -> tuple[Any, Any]:
    return np.array([flag for flag, _ in lines]), np.array([risk for _, risk in lines])


def test_ten_lines_have_the_roc_computed_by_hand(returned, risk):
    roc = curves(returned, risk)["roc"]
    assert (roc["true_positive_rate"] * 3).round(9).tolist() == [0, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3]
    assert (roc["false_positive_rate"] * 7).round(9).tolist() == [0, 0, 1, 1, 2, 3, 3, 4, 5, 6, 7]


def test_ten_lines_have_the_precision_and_lift_computed_by_hand(returned, risk):
    drawn = curves(returned, risk)
    assert drawn["pr"]["precision"].head(4).tolist() == pytest.approx([1, 1 / 2, 2 / 3, 2 / 4])
    assert drawn["pr"]["recall"].head(4).tolist() == pytest.approx([1 / 3, 1 / 3, 2 / 3, 2 / 3])
    assert drawn["lift"]["lift"].head(2).tolist() == pytest.approx([10 / 3, 5 / 3])
    assert drawn["lift"]["share_of_lines"].tolist() == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])


def test_many_lines_have_200_points():
    rng = np.random.default_rng(1)
    drawn = curves(rng.random(10_000) < 0.3, rng.random(10_000))
    assert {name: len(curve) for name, curve in drawn.items()} == {"roc": 201, "pr": 200, "lift": 200}


@settings(deadline=None)
@given(LINES)
@example([(False, 0.5), (True, 0.0), (True, 0.0), (True, 1.0), (True, 0.5), (True, 0.5)])
def test_the_roc_rises_from_0_0_to_1_1(lines):
    roc = curves(*arrays(lines))["roc"]
    assert roc.iloc[0].tolist() == [0, 0]
    assert roc.iloc[-1].tolist() == pytest.approx([1, 1])
    assert (np.diff(roc.to_numpy(), axis=0) >= 0).all()


@settings(deadline=None)
@given(LINES)
def test_recall_never_falls_and_ends_with_all_at_the_base_rate(lines):
    returned, risk = arrays(lines)
    drawn = curves(returned, risk)
    assert (np.diff(drawn["pr"]["recall"]) >= 0).all()
    assert drawn["pr"].iloc[-1].tolist() == pytest.approx([1, returned.mean()])
    assert drawn["lift"].iloc[-1].tolist() == pytest.approx([1, 1])


def test_curves_do_not_depend_on_the_order_of_lines_with_the_same_risk():
    rng = np.random.default_rng(3)
    returned, risk = rng.random(200) < 0.3, rng.integers(1, 5, 200) / 10
    order = rng.permutation(200)
    for name, curve in curves(returned[order], risk[order]).items():
        np.testing.assert_allclose(curve.to_numpy(), curves(returned, risk)[name].to_numpy(), err_msg=name)
    np.testing.assert_allclose(
        calibration_curve(returned[order], risk[order], 7).to_numpy(), calibration_curve(returned, risk, 7).to_numpy()
    )


def test_two_bins_of_ten_lines_are_those_computed_by_hand(returned, risk):
    curve = calibration_curve(returned, risk, 2)
    assert curve["lines"].tolist() == [5, 5]
    assert curve["predicted"].tolist() == pytest.approx([0.21, 0.70])
    assert curve["observed"].tolist() == pytest.approx([0.2, 0.4])
    # Wilson's interval for 1 of 5 and 2 of 5, as in published tables.
    assert curve["low"].tolist() == pytest.approx([0.0362, 0.1176], abs=1e-4)
    assert curve["high"].tolist() == pytest.approx([0.6245, 0.7693], abs=1e-4)


@settings(deadline=None)
@given(LINES, st.integers(1, 30))
def test_calibration_intervals_hold_the_observed_share_and_stay_shares(lines, bins):
    returned, risk = arrays(lines)
    curve = calibration_curve(returned, risk, bins)
    tolerance = 1e-9
    assert (curve["low"] <= curve["observed"] + tolerance).all()
    assert (curve["observed"] <= curve["high"] + tolerance).all()
    assert (curve[["low", "high"]] >= -tolerance).all(axis=None)
    assert (curve[["low", "high"]] <= 1 + tolerance).all(axis=None)
    assert curve["lines"].sum() == len(lines)
    assert (np.diff(curve["predicted"]) >= -tolerance).all()
