"""Metrics equal what one computes by hand."""

import numpy as np
import pandas as pd
import pytest

from returns_risk.evaluation import measure
from returns_risk.evaluation.metrics import calibration_curve, capacity_lines


def test_ten_lines_have_the_metrics_computed_by_hand(returned, risk):
    metrics = measure(returned, risk, capacity_share=0.2, bins=5)
    assert metrics == pytest.approx(
        {
            "auc": 17 / 21,  # of 3 x 7 pairs 7 + 6 + 4 are in order
            "average_precision": (1 / 1 + 2 / 3 + 3 / 6) / 3,
            "log_loss": 0.5333674321637234,
            "brier": 0.18525,
            "ece": 0.2 * (0.075 + 0.25 + 0.05 + 0.15 + 0.35),  # five bins of two lines
            "precision_at_capacity": 1 / 2,
            "recall_at_capacity": 1 / 3,
            "lift_at_capacity": 5 / 3,
            "lines": 10,
            "return_rate": 0.3,
        }
    )


def test_the_log_loss_of_two_lines_is_the_mean_of_their_logarithms():
    metrics = measure(np.array([True, False]), np.array([0.8, 0.4]), 0.5, 1)
    assert metrics["log_loss"] == pytest.approx(0.36698458754950174)  # -(ln 0.8 + ln 0.6) / 2


def test_ties_at_the_capacity_count_with_their_expected_value():
    returned = np.array([True, True, False, False, False])
    metrics = measure(returned, np.array([0.9, 0.5, 0.5, 0.5, 0.1]), capacity_share=0.4, bins=1)
    assert metrics["precision_at_capacity"] == pytest.approx((1 + 1 / 3) / 2)
    assert metrics["recall_at_capacity"] == pytest.approx((1 + 1 / 3) / 2)
    assert metrics["lift_at_capacity"] == pytest.approx((1 + 1 / 3) / 2 / 0.4)


def test_one_risk_for_all_is_as_good_as_chance(returned):
    metrics = measure(returned, np.full(10, 0.3), capacity_share=0.2, bins=5)
    assert metrics["auc"] == 0.5
    assert metrics["precision_at_capacity"] == pytest.approx(0.3)
    assert metrics["recall_at_capacity"] == pytest.approx(0.2)
    assert metrics["lift_at_capacity"] == pytest.approx(1.0)


def test_one_right_risk_for_all_is_calibrated(returned):
    assert measure(returned, np.full(10, 0.3), capacity_share=0.2, bins=5)["ece"] == pytest.approx(0.0)


def test_metrics_do_not_depend_on_the_order_of_the_lines():
    rng = np.random.default_rng(3)
    returned, risk = rng.random(200) < 0.3, rng.integers(1, 5, 200) / 10
    order = rng.permutation(200)
    assert measure(returned[order], risk[order], 0.1, 7) == pytest.approx(measure(returned, risk, 0.1, 7))


def test_a_perfect_ranking_has_the_highest_lift(returned):
    metrics = measure(returned, np.where(returned, 0.9, 0.1), capacity_share=0.3, bins=2)
    assert (metrics["auc"], metrics["average_precision"]) == (1.0, 1.0)
    assert metrics["recall_at_capacity"] == pytest.approx(1.0)
    assert metrics["lift_at_capacity"] == pytest.approx(10 / 3)


def test_more_bins_than_lines_leave_one_line_each(returned, risk):
    metrics = measure(returned, risk, capacity_share=0.2, bins=50)
    assert metrics["ece"] == pytest.approx(np.abs(returned - risk).mean())


@pytest.mark.parametrize(("lines", "share", "expected"), [(1000, 0.05, 50), (3, 0.05, 1), (10, 1.0, 10), (30, 0.05, 2)])
def test_capacity_is_a_share_of_the_lines_and_at_least_one(lines, share, expected):
    assert capacity_lines(lines, share) == expected


def test_a_series_is_measured_by_its_order_whatever_its_index():
    draws = np.random.default_rng(5)
    risk = draws.uniform(0, 1, 500)
    returned = draws.uniform(0, 1, 500) < risk
    index = draws.permutation(500) + 7
    assert measure(pd.Series(returned, index=index), pd.Series(risk, index=index)) == measure(returned, risk)
    curve = calibration_curve(pd.Series(returned, index=index), pd.Series(risk, index=index))
    pd.testing.assert_frame_equal(curve, calibration_curve(returned, risk))
