"""Sorting by day and key, and what fits into a word. The sweep itself is held against two oracles elsewhere."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.days import NEVER
from returns_risk.history import EVENTS, Events
from returns_risk.history.stream import merge_events
from returns_risk.history.sweep import sort_by_code, sort_events, turned

CODES = st.lists(st.integers(-1, 4), max_size=40)


@settings(deadline=None)
@given(CODES)
def test_sorting_by_code_is_stable_and_leaves_out_what_has_none(codes):
    order, begins = sort_by_code(np.array(codes, dtype=np.int64), 5)
    expected = sorted((position for position, code in enumerate(codes) if code >= 0), key=lambda one: codes[one])
    assert order.tolist() == expected
    assert begins.tolist() == [sum(0 <= code < until for code in codes) for until in range(6)]


def events_of(days, kind="ordered"):
    """Events of one kind, one line each, on some days."""
    none = Events(np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros((0, 3), np.int64))
    lines = np.arange(len(days), dtype=np.int64)
    sums = np.column_stack([np.ones_like(lines), lines + 1, (lines + 1) * 10])
    return dict.fromkeys(EVENTS, none) | {kind: Events(lines, np.array(days, dtype=np.int32), sums)}


def test_events_stand_by_day_and_what_never_happens_is_left_out():
    stream = merge_events(events_of([5, 3, int(NEVER), 5, 4]))
    assert stream.line.tolist() == [1, 4, 0, 3]
    assert stream.first_day == 3
    assert (stream.event >> 48).tolist() == [0, 1, 2, 2]
    assert (stream.event & (2**32 - 1)).tolist() == [2, 5, 1, 4]
    assert stream.money.tolist() == [20, 50, 10, 40]


def test_no_events_are_no_events():
    assert len(merge_events(events_of([])).line) == 0


def test_what_does_not_fit_into_a_word_is_refused():
    with pytest.raises(OverflowError, match="70000 days between the first and the last event"):
        merge_events(events_of([0, 70_000]))
    events = events_of([1], "returned")
    returned = events["returned"]
    many = Events(returned.line, returned.day, returned.sums, np.array([5000], dtype=np.int16))
    with pytest.raises(OverflowError, match="5001 reasons of an event"):
        merge_events(events | {"returned": many})


def test_events_come_key_by_key_and_within_a_key_by_day():
    stream = merge_events(events_of([5, 3, 5, 4]))
    codes = np.array([1, 0, -1, 1], dtype=np.int64)
    sizes = np.array([7, 8, 9, 0], dtype=np.int32)
    event, money, size, begins = sort_events(codes, stream.line, stream.event, stream.money, sizes, 2)
    assert begins.tolist() == [0, 1, 3]
    assert money.tolist() == [20, 40, 10]
    assert size.tolist() == [8, 0, 7]
    assert (event >> 48).tolist() == [0, 1, 2]
    assert len(sort_events(codes, stream.line, stream.event, stream.money[:0], sizes[:0], 2)[1]) == 0


@settings(deadline=None)
@given(st.integers(0, 600), st.integers(1, 5))
def test_turning_a_table_moves_no_value(rows, columns):
    block = np.arange(rows * columns, dtype=np.float32).reshape(rows, columns)
    assert np.array_equal(turned(block), block.T)
    assert turned(block).flags.c_contiguous
