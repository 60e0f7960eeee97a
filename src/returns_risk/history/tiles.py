"""Tiles: the events of a key summed up by day, kind, reason and size, in the same words as single events."""

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from returns_risk.history.event_encoding import DAY_AT, LINES_AT, MOST_LINES, MOST_REASONS, MOST_UNITS, REASON_AT
from returns_risk.history.events import Events
from returns_risk.history.sorts import sort_events

__all__ = [
    "Tiles",
    "day_sums",
    "events_of_days",
    "merge_tiles",
    "no_tiles",
    "renumber_reasons",
    "sum_up",
    "within_days",
    "without_days",
]

Array = npt.NDArray[Any]
_FEW = 24
"""Up to so many words it is faster to sort them in place than to sort their positions."""


@dataclass(frozen=True)
class Tiles:
    """Sums per key and day, key by key and within a key by day; what is summed and how is in ``words``."""

    key: npt.NDArray[np.uint64]
    """Hash of each key, ascending, shape (n_keys,)."""
    begins: npt.NDArray[np.int64]
    """Where each key's tiles begin, shape (n_keys + 1,)."""
    word: npt.NDArray[np.int64]
    """Shape (n_tiles,)."""
    money: npt.NDArray[np.int64]
    """Shape (n_tiles,)."""
    size: npt.NDArray[np.int32]
    """Shape (n_tiles,), or empty where sizes are not kept."""

    def __len__(self) -> int:
        return len(self.word)

    def same_as(self, other: "Tiles") -> npt.NDArray[np.bool_]:
        """Return for each key of both together whether it has the same tiles in both, in the order of the keys."""
        keys = np.union1d(self.key, other.key)
        return np.asarray(_same(_align(self, keys), _align(other, keys), len(keys)))


def sum_up(
    events: Events, codes: npt.NDArray[np.int32], hashes: npt.NDArray[np.uint64], sizes: npt.NDArray[np.int32]
) -> Tiles:
    """Sum events up by key and day. O(n), apart from the sort of the keys.

    Parameters
    ----------
    events : by day
    codes : key of each order line, from 0, negative for none
    hashes : of each key, shape (n_keys,)
    sizes : of each order line, 0 for none; empty to leave them out
    """
    order = np.argsort(hashes, kind="stable")
    rank = np.empty(len(order) + 1, dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    rank[-1] = -1
    word, money, size, begins = sort_events(rank[codes], events.line, events.word, events.money, sizes, len(order))
    return _without_empty(hashes[order], *_compact(word, money, size, begins))


def merge_tiles(one: Tiles, other: Tiles) -> Tiles:
    """Add up the tiles of both. O(n)."""
    if not len(one.key) or not len(other.key):
        return one if len(one.key) else other
    keys = np.union1d(one.key, other.key)
    return Tiles(keys, *_ordered(_compact(*_interleave(_align(one, keys), _align(other, keys)))))


def without_days(tiles: Tiles, days: npt.NDArray[np.int64]) -> Tiles:
    """Leave out the tiles of some days."""
    there = np.isin(tiles.word >> DAY_AT, days)
    return _of(tiles, ~there) if there.any() else tiles


def within_days(tiles: Tiles, first: int, until: int) -> Tiles:
    """Leave out the tiles before one day and from another on."""
    day = tiles.word >> DAY_AT
    there = (day >= first) & (day < until)
    return tiles if there.all() else _of(tiles, there)


def no_tiles() -> Tiles:
    """Return the tiles of no keys."""
    nothing = np.zeros(0, dtype=np.int64)
    return Tiles(nothing.astype(np.uint64), np.zeros(1, dtype=np.int64), nothing, nothing, nothing.astype(np.int32))


def events_of_days(events: Events, days: npt.NDArray[np.int64]) -> Events:
    """Return the events of some days, by day as before."""
    chosen = np.isin(events.word >> DAY_AT, days)
    return Events(events.line[chosen], events.word[chosen], events.money[chosen])


def renumber_reasons(events: Events, numbers: npt.NDArray[np.int64]) -> Events:
    """Give reasons other numbers; ``numbers`` has shape (n_reasons,), both from 0."""
    table = np.concatenate([[0], numbers + 1])
    former = (events.word >> REASON_AT) & (MOST_REASONS + 1)
    return Events(events.line, events.word + ((table[former] - former) << REASON_AT), events.money)


def day_sums(
    events: Events, digests: npt.NDArray[np.uint64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.uint64]]:
    """Sum up each day's events in one number that any change of them changes (but for a chance of 2^-64).

    Parameters
    ----------
    digests : hash of each order line's values, shape (n_lines,)

    Returns
    -------
    days, number of events, sums; of days that have events
    """
    days = events.word >> DAY_AT
    first = int(days[0]) if len(days) else 0
    counts, sums = _day_sums(events.line, events.word, events.money, digests, first)
    there = np.flatnonzero(counts)
    return there + first, counts[there], sums[there]


def _align(tiles: Tiles, keys: npt.NDArray[np.uint64]) -> tuple[Array, ...]:
    """Return words, money, sizes, and where those of each of some keys begin and end; nothing for one it lacks."""
    place = np.searchsorted(tiles.key, keys)
    if not len(tiles.key):
        return tiles.word, tiles.money, tiles.size, np.zeros_like(place), np.zeros_like(place)
    place[place == len(tiles.key)] = 0
    there = tiles.key[place] == keys
    begins = np.where(there, tiles.begins[place], 0)
    ends = np.where(there, tiles.begins[place + 1], 0)
    return tiles.word, tiles.money, tiles.size, begins, ends


def _of(tiles: Tiles, chosen: npt.NDArray[np.bool_]) -> Tiles:
    begins = np.concatenate([[0], np.cumsum(chosen)])[tiles.begins]
    size = tiles.size[chosen] if len(tiles.size) else tiles.size
    return _without_empty(tiles.key, tiles.word[chosen], tiles.money[chosen], size, begins)


def _without_empty(key: Array, word: Array, money: Array, size: Array, begins: Array) -> Tiles:
    """Leave out keys without tiles."""
    there = begins[1:] > begins[:-1]
    return Tiles(key[there], np.append(begins[:-1][there], len(word)), word, money, size)


def _ordered(parts: tuple[Array, Array, Array, Array]) -> tuple[Array, Array, Array, Array]:
    word, money, size, begins = parts
    return begins, word, money, size


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _compact(word: Array, money: Array, size: Array, begins: Array) -> tuple[Array, Array, Array, Array]:
    """Add up what has the same key, day, kind, reason and size, and bring it into their order.

    ``word`` stands key by key and within a key by day, and is brought into order in place. What adds up to more than a
    word holds stands in several; these are never more than there were before.
    """
    with_size = len(size) > 0
    out_word, out_money, out_size = np.empty_like(word), np.empty_like(money), np.empty_like(size)
    out_begins = np.zeros_like(begins)
    out = 0
    for key in range(len(begins) - 1):
        begin, end = begins[key], begins[key + 1]
        while begin < end:
            day = word[begin] >> DAY_AT
            until = begin + 1
            while until < end and word[until] >> DAY_AT == day:
                until += 1
            _order(word, money, size, begin, until)
            while begin < until:
                what, of_size = word[begin] >> REASON_AT, size[begin] if with_size else np.int32(0)
                lines, units, worth = np.int64(0), np.int64(0), np.int64(0)
                while begin < until and word[begin] >> REASON_AT == what and (not with_size or size[begin] == of_size):
                    lines += (word[begin] >> LINES_AT) & MOST_LINES
                    units += word[begin] & MOST_UNITS
                    worth += money[begin]
                    begin += 1
                while True:
                    some_lines, some_units = min(lines, MOST_LINES), min(units, MOST_UNITS)
                    out_word[out] = (what << REASON_AT) | (some_lines << LINES_AT) | some_units
                    out_money[out] = worth
                    if with_size:
                        out_size[out] = of_size
                    out += 1
                    lines, units, worth = lines - some_lines, units - some_units, np.int64(0)
                    if lines == 0 and units == 0:
                        break
        out_begins[key + 1] = out
    return out_word[:out].copy(), out_money[:out].copy(), out_size[: out if with_size else 0].copy(), out_begins


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _order(word: Array, money: Array, size: Array, begin: int, end: int) -> None:
    """Bring the words of a key's day into the order of kind, reason and size, in place."""
    with_size = len(size) > 0
    if end - begin > _FEW:
        what = word[begin:end] >> REASON_AT
        if with_size:
            what = (what << 32) | size[begin:end]
        order = np.argsort(what, kind="mergesort") + begin
        word[begin:end], money[begin:end] = word[order], money[order]
        if with_size:
            size[begin:end] = size[order]
        return
    for place in range(begin + 1, end):
        one, worth, of_size = word[place], money[place], size[place] if with_size else np.int32(0)
        at = place
        while at > begin and (
            word[at - 1] >> REASON_AT > one >> REASON_AT
            or (with_size and word[at - 1] >> REASON_AT == one >> REASON_AT and size[at - 1] > of_size)
        ):
            word[at], money[at] = word[at - 1], money[at - 1]
            if with_size:
                size[at] = size[at - 1]
            at -= 1
        word[at], money[at] = one, worth
        if with_size:
            size[at] = of_size


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _interleave(one: tuple[Array, ...], other: tuple[Array, ...]) -> tuple[Array, Array, Array, Array]:
    """Put the words of two aligned sets of tiles together, key by key and within a key by day."""
    word_a, money_a, size_a, begins_a, ends_a = one
    word_b, money_b, size_b, begins_b, ends_b = other
    count = (ends_a - begins_a).sum() + (ends_b - begins_b).sum()
    with_size = len(size_a) > 0 or len(size_b) > 0
    word, money = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64)
    size = np.empty(count if with_size else 0, dtype=np.int32)
    begins = np.zeros(len(begins_a) + 1, dtype=np.int64)
    out = 0
    for key in range(len(begins_a)):
        a, b = begins_a[key], begins_b[key]
        while a < ends_a[key] or b < ends_b[key]:
            first = b >= ends_b[key] or (a < ends_a[key] and word_a[a] >> DAY_AT <= word_b[b] >> DAY_AT)
            word[out] = word_a[a] if first else word_b[b]
            money[out] = money_a[a] if first else money_b[b]
            if with_size:
                size[out] = size_a[a] if first else size_b[b]
            if first:
                a += 1
            else:
                b += 1
            out += 1
        begins[key + 1] = out
    return word, money, size, begins


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _same(one: tuple[Array, ...], other: tuple[Array, ...], count: int) -> Array:
    word_a, money_a, size_a, begins_a, ends_a = one
    word_b, money_b, size_b, begins_b, ends_b = other
    same = np.empty(count, dtype=np.bool_)
    for key in range(count):
        length = ends_a[key] - begins_a[key]
        equal = length == ends_b[key] - begins_b[key]
        for at in range(length):
            if not equal:
                break
            a, b = begins_a[key] + at, begins_b[key] + at
            equal = word_a[a] == word_b[b] and money_a[a] == money_b[b]
            if equal and len(size_a) and len(size_b):
                equal = size_a[a] == size_b[b]
        same[key] = equal
    return same


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _day_sums(line: Array, word: Array, money: Array, digests: Array, first: int) -> tuple[Array, Array]:
    days = (word[-1] >> DAY_AT) - first + 1 if len(word) else 0
    counts, sums = np.zeros(days, dtype=np.int64), np.zeros(days, dtype=np.uint64)
    for event in range(len(word)):
        day = (word[event] >> DAY_AT) - first
        mixed = digests[line[event]] ^ (np.uint64(word[event]) * np.uint64(0x9E3779B97F4A7C15))
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed ^= np.uint64(money[event])
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        counts[day] += 1
        sums[day] += mixed ^ (mixed >> np.uint64(31))
    return counts, sums
