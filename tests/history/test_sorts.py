"""Sorting by day and key. The sweep itself is compared with two oracles elsewhere."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.history.sorts import sort_by_code, sort_events, transpose

CODES = st.lists(st.integers(-1, 4), max_size=40)


@settings(deadline=None)
@given(CODES)
def test_sorting_by_code_is_stable_and_leaves_out_what_has_none(codes):
    order, begins = sort_by_code(np.array(codes, dtype=np.int64), 5)
    expected = sorted((position for position, code in enumerate(codes) if code >= 0), key=lambda item: codes[item])
    assert order.tolist() == expected
    assert begins.tolist() == [sum(0 <= code < until for code in codes) for until in range(6)]


def test_events_come_key_by_key_and_within_a_key_as_they_were():
    codes = np.array([1, 0, -1, 1], dtype=np.int64)
    line, packed = np.array([1, 3, 0, 2], dtype=np.int32), np.array([30, 40, 50, 51], dtype=np.int64)
    money, sizes = packed * 10, np.array([7, 8, 9, 0], dtype=np.int32)
    result, money_found, size_found, begins = sort_events(codes, line, packed, money, sizes, 2)
    assert begins.tolist() == [0, 1, 3]
    assert result.tolist() == [30, 40, 50]
    assert money_found.tolist() == [300, 400, 500]
    assert size_found.tolist() == [8, 0, 7]
    assert len(sort_events(codes, line, packed, money[:0], sizes[:0], 2)[1]) == 0


@settings(deadline=None)
@given(st.integers(0, 600), st.integers(1, 5))
def test_turning_a_table_moves_no_value(rows, columns):
    block = np.arange(rows * columns, dtype=np.float32).reshape(rows, columns)
    assert np.array_equal(transpose(block), block.T)
    assert transpose(block).flags.c_contiguous
