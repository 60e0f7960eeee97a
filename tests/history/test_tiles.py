"""Tiles: sums by key and day, put together, taken apart, and equal however they came about."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.history.event_encoding import DAY_AT, KIND_AT, LINES_AT, MOST_LINES, MOST_UNITS, REASON_AT
from returns_risk.history.events import Events
from returns_risk.history.tiles import (
    day_sums,
    events_of_days,
    merge_tiles,
    no_tiles,
    renumber_reasons,
    sum_up,
    within_days,
    without_days,
)

HASHES = np.array([30, 10, 20], dtype=np.uint64)
NO_SIZES = np.zeros(0, dtype=np.int32)
WORDS = st.tuples(
    st.integers(0, 5),  # line
    st.integers(1, 6),  # day
    st.integers(0, 6),  # kind
    st.integers(0, 3),  # 1 + reason
    st.sampled_from([0, 1, MOST_LINES]),
    st.sampled_from([0, 2, MOST_UNITS]),
    st.integers(0, 10**12),
)


def events_of(rows):
    rows = sorted(rows, key=lambda row: row[1])
    words = [
        day << DAY_AT | kind << KIND_AT | reason << REASON_AT | lines << LINES_AT | units
        for _, day, kind, reason, lines, units, _ in rows
    ]
    return Events(
        np.array([row[0] for row in rows], dtype=np.int32),
        np.array(words, dtype=np.int64),
        np.array([row[6] for row in rows], dtype=np.int64),
    )


def sums_of(tiles):
    """Lines, units and money by key, day, kind, reason and size."""
    sums: dict[tuple[int, ...], list[int]] = {}
    for number, key in enumerate(tiles.key.tolist()):
        for place in range(tiles.begins[number], tiles.begins[number + 1]):
            word = int(tiles.word[place])
            size = int(tiles.size[place]) if len(tiles.size) else 0
            into = sums.setdefault((key, word >> REASON_AT, size), [0, 0, 0])
            into[0] += word >> LINES_AT & MOST_LINES
            into[1] += word & MOST_UNITS
            into[2] += int(tiles.money[place])
    return {key: tuple(into) for key, into in sums.items()}


def plain_sums(events, codes, sizes):
    sums: dict[tuple[int, ...], list[int]] = {}
    for line, word, money in zip(events.line.tolist(), events.word.tolist(), events.money.tolist(), strict=True):
        if codes[line] >= 0:
            size = int(sizes[line]) if len(sizes) else 0
            into = sums.setdefault((int(HASHES[codes[line]]), word >> REASON_AT, size), [0, 0, 0])
            into[0] += word >> LINES_AT & MOST_LINES
            into[1] += word & MOST_UNITS
            into[2] += money
    return {key: tuple(into) for key, into in sums.items()}


CODES = st.lists(st.integers(-1, 2), min_size=6, max_size=6).map(lambda codes: np.array(codes, dtype=np.int32))
SIZES = st.just(NO_SIZES) | st.lists(st.sampled_from([0, 300, 4200]), min_size=6, max_size=6).map(
    lambda sizes: np.array(sizes, dtype=np.int32)
)


@settings(deadline=None)
@given(st.lists(WORDS, max_size=60), CODES, SIZES)
def test_tiles_hold_the_sums_of_the_events(rows, codes, sizes):
    events = events_of(rows)
    tiles = sum_up(events, codes, HASHES, sizes)
    assert sums_of(tiles) == plain_sums(events, codes, sizes)
    assert tiles.key.tolist() == sorted({key for key, *_ in sums_of(tiles)})
    days = [
        (tiles.word[begin:end] >> DAY_AT).tolist() for begin, end in zip(tiles.begins, tiles.begins[1:], strict=False)
    ]
    assert all(one == sorted(one) for one in days)


@settings(deadline=None)
@given(st.lists(WORDS, max_size=40), st.lists(WORDS, max_size=40), CODES, SIZES)
def test_two_parts_put_together_are_the_tiles_of_the_whole(some, others, codes, sizes):
    one, other = (sum_up(events_of(rows), codes, HASHES, sizes) for rows in (some, others))
    whole = sum_up(events_of(some + others), codes, HASHES, sizes)
    together = merge_tiles(one, other)
    assert together.same_as(whole).all()
    assert len(together) == len(whole)
    assert merge_tiles(other, one).same_as(whole).all()


@settings(deadline=None)
@given(st.lists(WORDS, max_size=40), CODES, st.sets(st.integers(1, 6)))
def test_days_taken_out_and_put_back_leave_the_whole(rows, codes, days):
    chosen = np.array(sorted(days), dtype=np.int64)
    events = events_of(rows)
    whole = sum_up(events, codes, HASHES, NO_SIZES)
    rest = without_days(whole, chosen)
    assert not np.isin(rest.word >> DAY_AT, chosen).any()
    back = sum_up(events_of_days(events, chosen), codes, HASHES, NO_SIZES)
    assert merge_tiles(rest, back).same_as(whole).all()


def test_what_fills_a_word_stands_in_several():
    rows = [(0, 1, 0, 0, MOST_LINES, 5, 7), (1, 1, 0, 0, 2, MOST_UNITS, 8)]
    tiles = sum_up(events_of(rows), np.zeros(2, dtype=np.int32), HASHES[:1], NO_SIZES)
    assert (tiles.word >> LINES_AT & MOST_LINES).tolist() == [MOST_LINES, 2]
    assert (tiles.word & MOST_UNITS).tolist() == [MOST_UNITS, 5]
    assert tiles.money.tolist() == [15, 0]


def test_a_part_of_the_days():
    rows = [(0, day, 0, 0, 1, 1, day) for day in range(1, 6)]
    tiles = sum_up(events_of(rows), np.zeros(1, dtype=np.int32), HASHES[:1], NO_SIZES)
    assert within_days(tiles, 2, 4).money.tolist() == [2, 3]
    assert len(within_days(tiles, 9, 12).key) == 0
    assert merge_tiles(no_tiles(), tiles) is tiles


def test_keys_with_other_tiles_are_told():
    def tiles(money, code=0):
        return sum_up(events_of([(0, 1, 0, 0, 1, 1, money)]), np.array([code], dtype=np.int32), HASHES, NO_SIZES)

    assert tiles(5).same_as(tiles(5)).tolist() == [True]
    assert tiles(5).same_as(tiles(6)).tolist() == [False]
    assert tiles(5).same_as(tiles(5, code=1)).tolist() == [False, False]


@settings(deadline=None)
@given(st.lists(WORDS, max_size=30), st.randoms(use_true_random=False))
def test_sums_of_days_do_not_depend_on_the_order_of_rows_and_change_with_every_value(rows, random):
    digests = np.array([11, 12, 13, 14, 15, 16], dtype=np.uint64)
    days, counts, sums = day_sums(events_of(rows), digests)
    assert dict(zip(days.tolist(), counts.tolist(), strict=True)) == {
        day: sum(row[1] == day for row in rows) for _, day, *_ in rows
    }
    shuffled = rows[:]
    random.shuffle(shuffled)
    assert day_sums(events_of(shuffled), digests)[2].tolist() == sums.tolist()
    if rows:
        line, day, kind, reason, lines, units, money = rows[0]
        for other in [(line, day, kind, reason, lines, units, money + 1), ((line + 1) % 6, *rows[0][1:])]:
            changed = day_sums(events_of([other, *rows[1:]]), digests)
            assert changed[2][changed[0] == day] != sums[days == day]


def test_reasons_get_other_numbers():
    events = events_of([(0, 1, 1, 0, 1, 1, 0), (0, 2, 1, 1, 1, 1, 0), (0, 3, 1, 2, 1, 1, 0)])
    assert (renumber_reasons(events, np.array([5, 0])).word >> REASON_AT & 1023).tolist() == [0, 6, 1]
