import numpy as np
import pytest

from returns_risk.evaluation.metrics import measure_reasons

SHARES = np.array([[0.7, 0.2, 0.1], [0.4, 0.35, 0.25], [0.1, 0.1, 0.8], [0.5, 0.3, 0.2]])


def test_reasons_are_measured_by_their_likeliest_and_by_their_shares():
    metrics = measure_reasons(np.array([0, 1, 2, 1]), SHARES, min_share=0.5)
    assert metrics == {
        "accuracy": 0.5,
        "log_loss": pytest.approx(-np.log([0.7, 0.35, 0.8, 0.3]).mean()),
        "told_share": 0.75,
        "told_accuracy": pytest.approx(2 / 3),
        "lines": 4.0,
        "classes": 3.0,
    }


def test_where_no_reason_is_told_none_is_right():
    metrics = measure_reasons(np.array([0, 1, 2, 1]), SHARES, min_share=0.9)
    assert (metrics["told_share"], metrics["told_accuracy"]) == (0.0, 0.0)
