"""Events of order lines in the order of their days, from which every entity's history is computed."""

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.history.event_encoding import (
    DAY_AT,
    KIND_AT,
    KINDS,
    LAST_DAY,
    LINES_AT,
    MONEY_SCALE,
    MOST_REASONS,
    MOST_UNITS,
    REASON_AT,
)
from returns_risk.history.outcomes import Outcomes

__all__ = ["Events", "build_events"]

Array = npt.NDArray[Any]
_ORDERED, _RETURNED, _KEPT, _CLOSED, _REMAINDER, _CANCELLED, _REVOKED = range(len(KINDS))
_LARGEST = 2**32
"""Units of a line from which the number must be an error."""


@dataclass(frozen=True)
class Events:
    """Events by day, arrays of shape (n_events,)."""

    line: npt.NDArray[np.int32]
    """Position of the order line."""
    word: npt.NDArray[np.int64]
    """Units, lines, reason, kind and day, packed (``event_encoding``)."""
    money: npt.NDArray[np.int64]
    """In 1 / MONEY_SCALE."""

    def __len__(self) -> int:
        return len(self.word)

    def before(self, day: int) -> "Events":
        """Return the events that are known at the start of a day."""
        end = int(np.searchsorted(self.word, np.int64(day) << DAY_AT))
        return Events(self.line[:end], self.word[:end], self.money[:end])

    def renumber_reasons(self, numbers: npt.NDArray[np.int64]) -> "Events":
        """Give the reasons other numbers; ``numbers`` has shape (n_reasons,), old and new count from 0."""
        table = np.concatenate([[0], numbers + 1])
        old = (self.word >> REASON_AT) & (MOST_REASONS + 1)
        return Events(self.line, self.word + ((table[old] - old) << REASON_AT), self.money)


def build_events(lines: pd.DataFrame, outcomes: Outcomes) -> Events:
    """List the events of all order lines by the day from the end of which they are known.

    A line is *returned* once, on its first return, but each return adds its units and money. On the day
    its window closes it is *closed*, unless it was cancelled before, and *kept* with the units that had
    not come back; it counts as a kept line if none had. Rates compare closed lines with kept
    lines: returns come early and keeping is known late, so returned against kept would run high
    whenever orders grow. A line is *settled* once, when it is closed or cancelled; until then it is pending.

    O(n) in the number of events: their days are few, so they are counted, not compared. Events that never happen
    are left out.

    Parameters
    ----------
    lines : order_lines with a RangeIndex; ``quantity`` and ``unit_price`` without gaps
    outcomes : of the same lines

    Raises
    ------
    OverflowError
        A day lies before 1970, there are more than 1,022 reasons, or a line has 4,294,967,296 units or more.
    """
    quantity = lines["quantity"].to_numpy(dtype=np.int64)
    price = np.rint(lines["unit_price"].to_numpy(dtype=np.float64) * MONEY_SCALE).astype(np.int64)
    days = (outcomes.ordered_on, outcomes.closes_on, outcomes.cancelled_on)
    known = [column for column in (*days, outcomes.return_on) if len(column)]
    first = min((int(column.min()) for column in known), default=0)
    last = max((int(column.max(initial=0, where=column <= LAST_DAY)) for column in known), default=0)
    _require(len(outcomes.reasons) <= MOST_REASONS, f"{len(outcomes.reasons)} reasons: at most {MOST_REASONS} fit")
    _require(first >= 0, f"day {first} lies before 1970-01-01")
    units = max(int(quantity.max(initial=0)), int(outcomes.return_units.max(initial=0)))
    _require(units < _LARGEST, f"{units} units of an event: fewer than {_LARGEST} fit")
    arguments = (*days, quantity, price, *_returns_by_line(outcomes, len(lines)))
    # The first walk counts the events of each day, so that the second knows where those of a day start.
    counts = np.zeros(max(last - first, 0) + 2, dtype=np.int64)
    nothing = (np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    _walk(False, first, last, *arguments, counts[1:], *nothing)
    starts = np.cumsum(counts)
    count = int(starts[-1])
    out = (np.empty(count, dtype=np.int32), np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int64))
    _walk(True, first, last, *arguments, starts, *out)
    return Events(*out)


def _returns_by_line(outcomes: Outcomes, lines: int) -> tuple[Array, Array, Array, Array]:
    """Return where each line's returns begin, and their days, units and reasons (from 1; 0 for none), by day."""
    reason = (
        np.zeros(len(outcomes.return_on), dtype=np.int64)
        if outcomes.return_reason is None
        else outcomes.return_reason.astype(np.int64) + 1
    )
    # Of two returns on one day the reason decides which is first, so that the order of the rows does not.
    rank = outcomes.return_line * (MOST_REASONS + 2) * (1 << 20) + outcomes.return_on * (MOST_REASONS + 2) + reason
    order = np.argsort(rank)
    begins = np.zeros(lines + 1, dtype=np.int64)
    np.cumsum(np.bincount(outcomes.return_line, minlength=lines), out=begins[1:])
    return begins, outcomes.return_on[order], outcomes.return_units[order], reason[order]


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _walk(
    writing: bool,
    first: int,
    last: int,
    ordered_on: Array,
    closes_on: Array,
    cancelled_on: Array,
    quantity: Array,
    price: Array,
    return_begins: Array,
    return_on: Array,
    return_units: Array,
    return_reason: Array,
    positions: Array,
    out_line: Array,
    out_word: Array,
    out_money: Array,
) -> None:
    """Go through all events of all lines: count them by day, or write them to their positions."""
    out = (out_line, out_word, out_money)
    for line in range(len(ordered_on)):
        units, back = quantity[line], 0
        money = units * price[line]
        _emit(writing, first, last, line, ordered_on[line], _ORDERED, 0, 1, units, money, positions, out)
        for at in range(return_begins[line], return_begins[line + 1]):
            returned, lines = return_units[at], 1 if at == return_begins[line] else 0
            day, reason, refund = return_on[at], return_reason[at], returned * price[line]
            _emit(writing, first, last, line, day, _RETURNED, reason, lines, returned, refund, positions, out)
            if day <= closes_on[line]:
                back += returned
        cancelled, closes = cancelled_on[line], closes_on[line]
        # A cancellation that becomes known only after the window has closed must not change earlier features.
        if cancelled <= closes:
            _emit(writing, first, last, line, cancelled, _CANCELLED, 0, 1, units, money, positions, out)
            continue
        _emit(writing, first, last, line, cancelled, _REVOKED, 0, 1, units, money, positions, out)
        kind = _KEPT if back == 0 else _CLOSED
        _emit(writing, first, last, line, closes, kind, 0, 1, units, money, positions, out)
        if 0 < back < units:
            stayed = units - back
            _emit(writing, first, last, line, closes, _REMAINDER, 0, 0, stayed, stayed * price[line], positions, out)


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _emit(
    writing: bool,
    first: int,
    last: int,
    line: int,
    day: int,
    kind: int,
    reason: int,
    lines: int,
    units: int,
    money: int,
    positions: Array,
    out: tuple[Array, Array, Array],
) -> None:
    """Count or write one event, in several words where its units need them."""
    if day > last:
        return
    left = units
    while True:
        packed = min(left, MOST_UNITS)
        if writing:
            at = positions[day - first]
            out[0][at] = line
            word = (np.int64(day) << DAY_AT) | (np.int64(kind) << KIND_AT) | (np.int64(reason) << REASON_AT)
            out[1][at] = word | (np.int64(lines) << LINES_AT) | np.int64(packed)
            out[2][at] = money
        positions[day - first] += 1
        left -= packed
        lines, money = 0, 0
        if left <= 0:
            break


def _require(fits: bool, finding: str) -> None:
    if not fits:
        raise OverflowError(finding)
