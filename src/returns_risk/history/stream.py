"""All events of all lines in the order of their days: what every entity's sweep reads."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from returns_risk.days import NEVER
from returns_risk.history.events import EVENTS, Events
from returns_risk.history.sweep import DAY_BITS, KIND_BITS, LINES_BITS, REASON_BITS, UNITS_BITS, sort_by_code

__all__ = ["Stream", "merge_events"]


@dataclass(frozen=True)
class Stream:
    """Events by day, arrays of shape (n_events,)."""

    line: npt.NDArray[np.int32]
    """Position of the order line."""
    event: npt.NDArray[np.int64]
    """Units, lines, reason, kind and day in one word, as ``sweep`` reads them."""
    money: npt.NDArray[np.int64]
    """In 1 / MONEY_SCALE."""
    first_day: int
    """From which the days of the events are counted."""


def merge_events(events: dict[str, Events]) -> Stream:
    """Merge the events of all kinds into one stream by day.

    O(n) in the number of events: their days are few, so they are counted, not compared. Events that never happen
    are left out.

    Parameters
    ----------
    events : by kind

    Raises
    ------
    OverflowError
        Events lie more than 179 years apart, there are more than 4,094 reasons, or a line has more than
        4,294,967,295 units.
    """
    some = [_happening(events[kind]) for kind in EVENTS]
    day = np.concatenate([one.day for one in some])
    first, last = int(day.min(initial=NEVER)), int(day.max(initial=0))
    since = np.maximum(day - np.int32(first), 0)
    turn = sort_by_code(since, max(last - first + 1, 1))[0]
    packed = np.concatenate([_packed(number, one) for number, one in enumerate(some)])
    _require(last - first, DAY_BITS, "days between the first and the last event")
    packed += since.astype(np.int64) << (UNITS_BITS + LINES_BITS + REASON_BITS + KIND_BITS)
    return Stream(
        line=np.concatenate([one.line for one in some]).astype(np.int32)[turn],
        event=packed[turn],
        money=np.concatenate([one.sums[:, 2] for one in some])[turn],
        first_day=first,
    )


def _happening(events: Events) -> Events:
    there = events.day != NEVER
    if there.all():
        return events
    reason = None if events.reason is None else events.reason[there]
    return Events(events.line[there], events.day[there], events.sums[there], reason)


def _packed(kind: int, events: Events) -> npt.NDArray[np.int64]:
    """Return everything but the day in the lower bits of a word."""
    units, lines = events.sums[:, 1], events.sums[:, 0]
    reason = np.zeros(len(lines), dtype=np.int64) if events.reason is None else events.reason.astype(np.int64) + 1
    for values, bits, what in (
        (units, UNITS_BITS, "units"),
        (lines, LINES_BITS, "lines"),
        (reason, REASON_BITS, "reasons"),
    ):
        _require(int(values.max(initial=0)), bits, f"{what} of an event")
    packed = units + (lines << UNITS_BITS) + (reason << (UNITS_BITS + LINES_BITS))
    word: npt.NDArray[np.int64] = packed + (np.int64(kind) << (UNITS_BITS + LINES_BITS + REASON_BITS))
    return word


def _require(largest: int, bits: int, what: str) -> None:
    if largest >= 2**bits:
        raise OverflowError(f"{largest} {what}: at most {2**bits - 1} fit into a word")
