"""Keys have dense numbers in a table, and the same hash in any table."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from returns_risk.history.keys import KeyCodes

VALUES = st.one_of(st.none(), st.sampled_from(["", "a", "b", "ab", "A", "ä", "1"]))


def hashes_by_row(frame, columns):
    """The hash of each row's key, None where it has none."""
    keys = KeyCodes(frame)
    codes = keys.codes(columns)
    hashes = keys.hashes(columns, codes)
    return [int(hashes[code]) if code >= 0 else None for code in codes]


@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=12), st.randoms())
def test_a_row_has_the_same_hash_in_any_table(rows, random):
    frame = pd.DataFrame(rows, columns=["x", "y"], dtype="str")
    order = random.sample(range(len(rows)), len(rows))
    remote = hashes_by_row(frame.iloc[order].reset_index(drop=True), ["x", "y"])
    assert hashes_by_row(frame, ["x", "y"]) == [remote[order.index(row)] for row in range(len(rows))]


@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=12))
def test_keys_have_the_same_hash_exactly_where_they_are_equal(rows):
    hashes = hashes_by_row(pd.DataFrame(rows, columns=["x", "y"], dtype="str"), ["x", "y"])
    for item, its in zip(rows, hashes, strict=True):
        for other, theirs in zip(rows, hashes, strict=True):
            if None in item:
                assert its is None
            else:
                assert (its == theirs) == (item == other)


def test_numbers_and_days_keep_their_hash_whatever_their_column_looks_like():
    complete = hashes_by_row(pd.DataFrame({"year": pd.array([1990, 1985], dtype="Int64")}), ["year"])
    gaps = hashes_by_row(pd.DataFrame({"year": pd.array([None, 1985, 1990], dtype="Int64")}), ["year"])
    floats = hashes_by_row(pd.DataFrame({"year": [1985.0, np.nan, 1990.0]}), ["year"])
    assert gaps == [None, complete[1], complete[0]]
    assert floats == [complete[1], None, complete[0]]
    days = pd.DatetimeIndex(["2026-01-01", pd.NaT, "2026-02-01"])
    seconds, finer = (hashes_by_row(pd.DataFrame({"day": days.as_unit(unit)}), ["day"]) for unit in ("s", "us"))
    assert seconds == finer
    assert seconds[1] is None


def test_two_keys_that_read_alike_together_are_two_keys():
    frame = pd.DataFrame({"a": ["x", "xy", "x"], "b": ["yz", "z", "yz"]})
    assert KeyCodes(frame).codes(["a", "b"]).tolist() == [0, 1, 0]
    crossed = pd.DataFrame({"a": ["x", "x", "y"], "b": ["p", "q", "p"]})
    assert KeyCodes(crossed).codes(["a", "b"]).tolist() == [0, 1, 2]
    assert KeyCodes(frame).codes([]).tolist() == [0, 0, 0]
    assert KeyCodes(frame.iloc[:0]).codes(["a", "b"]).tolist() == []


@pytest.mark.parametrize("columns", [[], ["x"]])
def test_no_rows_have_no_keys(columns):
    keys = KeyCodes(pd.DataFrame({"x": pd.Series([], dtype="str")}))
    codes = keys.codes(columns)
    assert len(codes) == len(keys.hashes(columns, codes)) == 0
