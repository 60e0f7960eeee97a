"""What each line adds to the tiles, on which day."""

import numpy as np
import pandas as pd

from returns_risk.days import NEVER
from returns_risk.history import Outcomes, build_events

KINDS = ("ordered", "returned", "closed", "kept", "cancelled")


def events(quantity=3, price=0.1, closes=10, cancelled=NEVER, returns=()):
    """Events of one line ordered on day 1; returns as (day, units)."""
    outcomes = Outcomes(
        ordered_on=np.array([1], dtype=np.int32),
        closes_on=np.array([closes], dtype=np.int32),
        cancelled_on=np.array([cancelled], dtype=np.int32),
        shipped_on=np.array([NEVER], dtype=np.int32),
        return_line=np.zeros(len(returns), dtype=np.int64),
        return_on=np.array([day for day, _ in returns], dtype=np.int32),
        return_units=np.array([units for _, units in returns], dtype=np.int64),
    )
    found = build_events(pd.DataFrame({"quantity": [quantity], "unit_price": [price]}), outcomes)
    return {
        kind: [(int(day), *sums) for day, sums in zip(found[kind].day, found[kind].sums.tolist(), strict=True)]
        for kind in KINDS
        if len(found[kind].day)
    }


def test_a_line_that_stays_is_closed_and_kept_on_the_day_its_window_closes():
    assert events() == {"ordered": [(1, 1, 3, 3000)], "closed": [(10, 1, 3, 3000)], "kept": [(10, 1, 3, 3000)]}


def test_a_line_of_which_a_part_came_back_keeps_units_but_is_no_kept_line():
    found = events(returns=[(5, 1)])
    assert found["returned"] == [(5, 1, 1, 1000)]
    assert found["kept"] == [(10, 0, 2, 2000)]
    assert found["closed"] == [(10, 1, 3, 3000)]


def test_a_line_that_comes_back_in_parts_is_returned_once_with_all_its_units():
    found = events(returns=[(7, 2), (5, 1)])
    assert found["returned"] == [(5, 1, 1, 1000), (7, 0, 2, 2000)]
    assert "kept" not in found


def test_two_returns_on_one_day_are_one_returned_line():
    assert [lines for _, lines, *_ in events(returns=[(5, 1), (5, 1)])["returned"]] == [1, 0]


def test_more_units_than_were_ordered_leave_nothing_kept():
    found = events(quantity=1, returns=[(5, 2)])
    assert found["returned"] == [(5, 1, 2, 2000)]
    assert "kept" not in found


def test_a_return_on_the_last_day_of_the_window_counts_against_keeping_and_one_later_does_not():
    assert "kept" not in events(returns=[(10, 3)])
    found = events(returns=[(11, 3)])
    assert found["kept"] == [(10, 1, 3, 3000)]
    assert found["returned"] == [(11, 1, 3, 3000)]


def test_a_cancelled_line_is_neither_closed_nor_kept():
    assert events(cancelled=4) == {"ordered": [(1, 1, 3, 3000)], "cancelled": [(4, 1, 3, 3000)]}
    assert "closed" not in events(cancelled=10)


def test_a_cancellation_after_the_window_closed_does_not_undo_what_was_known():
    found = events(cancelled=11)
    assert found["closed"] == [(10, 1, 3, 3000)]
    assert found["kept"] == [(10, 1, 3, 3000)]


def test_money_is_whole_ten_thousandths():
    assert events(quantity=3, price=9.9)["ordered"] == [(1, 1, 3, 297_000)]


def test_an_empty_shop_has_no_events():
    nothing = np.array([], dtype=np.int32)
    none = nothing.astype(np.int64)
    found = build_events(
        pd.DataFrame({"quantity": none, "unit_price": none.astype(float)}),
        Outcomes(nothing, nothing, nothing, nothing, none, nothing, none),
    )
    assert [len(found[kind].day) for kind in KINDS] == [0] * 5
