"""Baselines know what training knew and nothing else."""

from typing import Any

import pandas as pd
import pytest

from returns_risk.evaluation import base_rate, smoothed_rate


@pytest.fixture
def known():
    """Customer c1 sent both his a back, c2 kept both her b: with strength 2 the rates are 3/4 and 1/4."""
    return pd.DataFrame(
        {"sku": ["a", "a", "b", "b"], "customer_id": ["c1", "c1", "c2", "c2"], "returned": [True, True, False, False]}
    )


def rates(known: pd.DataFrame, lines: list[tuple[str | None, str | None]], prior_lines: float = 2.0) -> Any:
    test = pd.DataFrame(lines, columns=["sku", "customer_id"])
    return smoothed_rate(known, test, prior_lines).round(6).tolist()


def test_the_base_rate_is_the_share_returned_in_training(known):
    assert base_rate(known.head(3), known.head(2)).tolist() == [2 / 3, 2 / 3]


def test_shifts_of_sku_and_customer_add_up_in_log_odds(known):
    # ln 3 + ln 3 = ln 9; ln 3 - ln 3 = 0.
    assert rates(known, [("a", "c1"), ("b", "c2"), ("a", "c2")]) == [0.9, 0.1, 0.5]


def test_a_new_sku_or_customer_shifts_nothing(known):
    assert rates(known, [("a", "new"), ("new", "c1"), ("new", "c2"), ("new", "new")]) == [0.75, 0.75, 0.25, 0.5]


def test_a_missing_sku_or_customer_shifts_nothing(known):
    assert rates(known, [("a", None), (None, None)]) == [0.75, 0.5]


def test_more_strength_pulls_towards_the_base_rate(known):
    # (2 + 38 / 2) / (2 + 38) = 0.525.
    assert rates(known, [("a", "new"), ("b", "new")], prior_lines=38.0) == [0.525, 0.475]


def test_what_became_of_the_tested_lines_changes_nothing(known):
    test = known.assign(returned=[False, False, True, True])
    assert smoothed_rate(known, test, 2.0).tolist() == smoothed_rate(known, test.drop(columns="returned"), 2.0).tolist()


def test_lines_of_the_test_period_are_no_part_of_what_is_known(known):
    later = known.assign(sku="c", customer_id="c3", returned=True)
    before = smoothed_rate(known, known, 2.0)
    assert smoothed_rate(known, pd.concat([known, later]), 2.0)[:4].tolist() == before.tolist()


def test_a_line_alone_has_the_rate_it_has_in_a_batch(known):
    batch = smoothed_rate(known, known, 2.0)
    assert [smoothed_rate(known, known.iloc[[i]], 2.0)[0] for i in range(4)] == batch.tolist()
