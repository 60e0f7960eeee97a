"""A window of a key's events is a difference of cumulative tile sums."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.days import NEVER
from returns_risk.history import Events, build_tiles

DAYS = st.integers(0, 12)
HAPPENED = st.lists(st.tuples(st.integers(0, 5), DAYS, st.integers(-3, 9)), max_size=25)
CODES = st.lists(st.integers(-1, 2), min_size=6, max_size=6)
ASKED = st.lists(st.tuples(st.integers(-1, 3), DAYS, DAYS), min_size=1, max_size=12)


def tiles(happened, codes):
    """Tiles of events given as (line, day, amount)."""
    line, day, amount = np.array(happened, dtype=np.int64).reshape(-1, 3).T
    sums = np.column_stack([np.ones_like(amount), amount, amount * 10])
    return build_tiles(Events(line, day.astype(np.int32), sums), np.array(codes, dtype=np.int64))


def days(values):
    return np.array(values, dtype=np.int32)


@given(HAPPENED, CODES, ASKED)
@settings(deadline=None, max_examples=200)
def test_a_window_equals_counting_one_by_one(happened, codes, asked):
    found = tiles(happened, codes).between(
        np.array([code for code, *_ in asked]),
        days([min(a, b) for _, a, b in asked]),
        days([max(a, b) for _, a, b in asked]),
    )
    for (code, one, other), sums in zip(asked, found.tolist(), strict=True):
        amounts = [
            amount
            for line, day, amount in happened
            if codes[line] == code >= 0 and min(one, other) <= day < max(one, other)
        ]
        assert sums == [len(amounts), sum(amounts), 10 * sum(amounts)]


@given(HAPPENED, CODES, ASKED)
@settings(deadline=None, max_examples=200)
def test_the_last_day_equals_looking_one_by_one(happened, codes, asked):
    found = tiles(happened, codes).last_day(np.array([code for code, *_ in asked]), days([end for *_, end in asked]))
    for (code, _, end), last in zip(asked, found.tolist(), strict=True):
        before = [day for line, day, _ in happened if codes[line] == code >= 0 and day < end]
        assert last == max(before, default=NEVER)


def test_the_first_day_of_a_window_is_in_it_and_its_end_is_not():
    some = tiles([(0, 3, 1), (0, 4, 1), (0, 5, 1)], [0] * 6)
    code = np.array([0])
    assert some.between(code, days([3]), days([5]))[:, 0].tolist() == [2]
    assert some.between(code, days([4]), days([4]))[:, 0].tolist() == [0]


def test_a_window_that_reaches_before_1970_holds_nothing_of_the_key_before():
    some = tiles([(0, int(NEVER) - 9, 1), (1, 1, 1)], [0, 1, 0, 0, 0, 0])
    assert some.between(np.array([1]), days([-400]), days([2]))[:, 0].tolist() == [1]


@pytest.mark.parametrize("happened", [[], [(0, 3, 1)]])
def test_a_line_without_a_key_has_no_events(happened):
    some = tiles(happened, [-1] * 6)
    assert some.between(np.array([-1]), days([0]), days([9])).tolist() == [[0, 0, 0]]
    assert some.last_day(np.array([-1]), days([9])).tolist() == [NEVER]


def test_what_never_happens_is_in_no_window():
    some = tiles([(0, int(NEVER), 1)], [0] * 6)
    assert some.between(np.array([0]), days([0]), days([30_000]))[:, 0].tolist() == [0]
    assert some.last_day(np.array([0]), days([30_000])).tolist() == [NEVER]
