"""What happens to a line, and from which day it counts; numbers by hand."""

import numpy as np
import pandas as pd
import pytest

from returns_risk.contract.days import NEVER
from returns_risk.history import COUNTS_AS, KINDS, Outcomes
from returns_risk.history.event_encoding import (
    DAY_AT,
    KIND_AT,
    LINES_AT,
    MOST_LINES,
    MOST_REASONS,
    MOST_UNITS,
    REASON_AT,
)
from returns_risk.history.events import build_events

COUNTED = ["ordered", "returned", "closed", "kept", "cancelled"]


def outcomes_of(ordered=1, closes=10, cancelled=NEVER, returns=(), reasons=None):
    """Outcomes of one line with returns given as (day, units)."""
    return Outcomes(
        ordered_on=np.array([ordered], dtype=np.int32),
        closes_on=np.array([closes], dtype=np.int32),
        cancelled_on=np.array([cancelled], dtype=np.int32),
        shipped_on=np.array([NEVER], dtype=np.int32),
        return_line=np.zeros(len(returns), dtype=np.int64),
        return_on=np.array([day for day, _ in returns], dtype=np.int32),
        return_units=np.array([units for _, units in returns], dtype=np.int64),
        return_reason=None if reasons is None else np.array(reasons, dtype=np.int16),
        reasons=() if reasons is None else ("one", "two"),
    )


def packed_events(quantity=3, price=0.1, **outcomes):
    """The line's events unpacked: (kind, day, lines, units, reason, money)."""
    result = build_events(pd.DataFrame({"quantity": [quantity], "unit_price": [price]}), outcomes_of(**outcomes))
    return [
        (KINDS[packed >> KIND_AT & 7], packed >> DAY_AT, packed >> LINES_AT & MOST_LINES, packed & MOST_UNITS,
         packed >> REASON_AT & MOST_REASONS + 1, money)
        for packed, money in zip(result.word.tolist(), result.money.tolist(), strict=True)
    ]  # fmt: skip


def events(**line):
    """What the line's events count as: (day, lines, units, money) by event."""
    result: dict[str, list[tuple[int, ...]]] = {event: [] for event in COUNTED}
    for kind, day, lines, units, _, money in packed_events(**line):
        for event in set(COUNTS_AS[kind]) & set(COUNTED):
            result[event].append((day, lines, units, money))
    return {event: selected for event, selected in result.items() if selected}


def test_a_line_that_stays_is_closed_and_kept_on_the_day_its_window_closes():
    assert events() == {"ordered": [(1, 1, 3, 3000)], "closed": [(10, 1, 3, 3000)], "kept": [(10, 1, 3, 3000)]}


def test_a_line_of_which_a_part_came_back_keeps_units_but_is_no_kept_line():
    result = events(returns=[(5, 1)])
    assert result["returned"] == [(5, 1, 1, 1000)]
    assert result["kept"] == [(10, 0, 2, 2000)]
    assert result["closed"] == [(10, 1, 3, 3000)]


def test_a_line_that_comes_back_in_parts_is_returned_once_with_all_its_units():
    result = events(returns=[(7, 2), (5, 1)])
    assert result["returned"] == [(5, 1, 1, 1000), (7, 0, 2, 2000)]
    assert "kept" not in result


def test_two_returns_on_one_day_are_one_returned_line():
    assert [lines for _, lines, *_ in events(returns=[(5, 1), (5, 1)])["returned"]] == [1, 0]


def test_more_units_than_were_ordered_leave_nothing_kept():
    result = events(quantity=1, returns=[(5, 2)])
    assert result["returned"] == [(5, 1, 2, 2000)]
    assert "kept" not in result


def test_a_return_on_the_last_day_of_the_window_counts_against_keeping_and_one_later_does_not():
    assert "kept" not in events(returns=[(10, 3)])
    result = events(returns=[(11, 3)])
    assert result["kept"] == [(10, 1, 3, 3000)]
    assert result["returned"] == [(11, 1, 3, 3000)]


def test_a_cancelled_line_is_neither_closed_nor_kept():
    assert events(cancelled=4) == {"ordered": [(1, 1, 3, 3000)], "cancelled": [(4, 1, 3, 3000)]}
    assert "closed" not in events(cancelled=10)


def test_a_cancellation_after_the_window_closed_does_not_undo_what_was_known():
    result = events(cancelled=11)
    assert result["closed"] == [(10, 1, 3, 3000)]
    assert result["kept"] == [(10, 1, 3, 3000)]


def test_money_is_whole_ten_thousandths():
    assert events(quantity=3, price=9.9)["ordered"] == [(1, 1, 3, 297_000)]


def test_an_empty_shop_has_no_events():
    nothing = np.array([], dtype=np.int32)
    none = nothing.astype(np.int64)
    lines = pd.DataFrame({"quantity": none, "unit_price": none.astype(float)})
    assert len(build_events(lines, Outcomes(nothing, nothing, nothing, nothing, none, nothing, none))) == 0


def test_a_line_settles_once():
    def settled(**line):
        return [day for kind, day, *_ in packed_events(**line) if "settled" in COUNTS_AS[kind]]

    assert settled() == [10]
    assert settled(returns=[(5, 3)]) == [10]
    assert settled(cancelled=10) == [10]
    assert settled(cancelled=12) == [10]


def test_a_reason_is_packed_with_its_return_and_the_lower_one_is_first_of_a_day():
    assert [item[2:5] for item in packed_events(returns=[(5, 1), (5, 2)], reasons=[1, -1])][1:3] == [
        (1, 2, 0),
        (0, 1, 2),
    ]


def test_more_units_than_fit_are_packed_into_several_events_of_a_single_line():
    result = packed_events(quantity=2 * MOST_UNITS + 1)
    assert [item[2:4] for item in result if item[0] == "ordered"] == [(1, MOST_UNITS), (0, MOST_UNITS), (0, 1)]
    assert sum(item[5] for item in result if item[0] == "ordered") == 1000 * (2 * MOST_UNITS + 1)


def test_values_that_cannot_be_packed_are_refused():
    with pytest.raises(OverflowError, match="day -1 lies before 1970-01-01"):
        packed_events(ordered=-1)
    with pytest.raises(OverflowError, match="4294967296 units of an event"):
        packed_events(quantity=2**32)


def test_events_before_a_day_are_those_of_the_days_before():
    result = build_events(pd.DataFrame({"quantity": [1], "unit_price": [1.0]}), outcomes_of())
    assert [len(result.before(day)) for day in (0, 1, 2, 10, 11)] == [0, 0, 1, 1, 2]
