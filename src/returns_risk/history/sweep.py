"""The kernel: per key one linear sweep over its events for all measures and windows at once.

Events come sorted by day; a counting sort by key leaves them, key by key, sorted by day. A sweep then walks a key's
rows by as-of, takes events in as they become known and lets them drop out of each trailing window: every event is
touched once, and once more per window. Sums are whole numbers, so no order of adding changes them.
"""

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

__all__ = [
    "COLUMN_OPERATIONS",
    "DAY_BITS",
    "KIND_BITS",
    "LINES_BITS",
    "REASON_BITS",
    "UNITS_BITS",
    "sort_by_code",
    "sort_events",
    "sweep",
    "turned",
]

COLUMN_OPERATIONS = (
    "sum", "rate", "money_rate", "days_since", "pending", "usual_quantity", "usual_unit_price", "tenure",
    "interpurchase", "rate_trend", "sum_trend", "reason_share", "kept_size",
)  # fmt: skip
"""What a column can be made of; their positions are the kernel's operation codes."""
(
    _SUM, _RATE, _MONEY_RATE, _DAYS_SINCE, _PENDING, _USUAL_QUANTITY, _USUAL_PRICE, _TENURE,
    _INTERPURCHASE, _RATE_TREND, _SUM_TREND, _REASON_SHARE, _KEPT_SIZE,
) = range(len(COLUMN_OPERATIONS))  # fmt: skip
UNITS_BITS, LINES_BITS, REASON_BITS, KIND_BITS, DAY_BITS = 32, 1, 12, 3, 16
"""An event in one 64-bit word, from the lowest bits: units, lines, 1 + reason, kind, days since the first event."""
_LINES_AT = UNITS_BITS
_REASON_AT = _LINES_AT + LINES_BITS
_KIND_AT = _REASON_AT + REASON_BITS
_DAY_AT = _KIND_AT + KIND_BITS
_UNITS_MASK, _REASON_MASK, _KIND_MASK = 2**UNITS_BITS - 1, 2**REASON_BITS - 1, 2**KIND_BITS - 1
_NO_DAY = -(2**30)
"""Earlier than any day."""
_ORDERED = 0
_KEPT = 3
"""Positions of *ordered* and *kept* among the kinds of events."""
Array = npt.NDArray[Any]


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def sort_by_code(codes: Array, count: int) -> tuple[Array, Array]:
    """Sort stably by a code from 0 to ``count`` - 1; negative codes are left out. O(n + count).

    Returns
    -------
    order : int32 of shape (n_sorted,)
        Positions in ``codes``, code by code.
    begins : int64 of shape (count + 1,)
        Where each code begins in ``order``.
    """
    begins = np.zeros(count + 1, dtype=np.int64)
    for code in codes:
        if code >= 0:
            begins[code + 1] += 1
    for code in range(count):
        begins[code + 1] += begins[code]
    place = begins[:-1].copy()
    order = np.empty(begins[-1], dtype=np.int32)
    for position in range(len(codes)):
        code = codes[position]
        if code >= 0:
            order[place[code]] = position
            place[code] += 1
    return order, begins


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def sort_events(
    codes: Array, line: Array, event: Array, money: Array, size: Array, count: int
) -> tuple[Array, Array, Array, Array]:
    """Bring events, sorted by day, into the order of their keys, and within a key of their days. O(n + count).

    Parameters
    ----------
    codes : key of each order line, from 0 to ``count`` - 1, negative for none
    line, event : of each event
    money : of each event; may be empty where nobody asks for it
    size : of each order line, 0 for none; may be empty likewise

    Returns
    -------
    event, money, size : of each event, in the new order
    begins : int64 of shape (count + 1,)
    """
    begins = np.zeros(count + 1, dtype=np.int64)
    for one in line:
        if codes[one] >= 0:
            begins[codes[one] + 1] += 1
    for code in range(count):
        begins[code + 1] += begins[code]
    place = begins[:-1].copy()
    sorted_event = np.empty(begins[-1], dtype=np.int64)
    sorted_money = np.empty(begins[-1] if len(money) else 0, dtype=np.int64)
    sorted_size = np.empty(begins[-1] if len(size) else 0, dtype=np.int32)
    for position in range(len(line)):
        code = codes[line[position]]
        if code >= 0:
            sorted_event[place[code]] = event[position]
            if len(money):
                sorted_money[place[code]] = money[position]
            if len(size):
                sorted_size[place[code]] = size[line[position]]
            place[code] += 1
    return sorted_event, sorted_money, sorted_size, begins


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def turned(block: Array) -> Array:
    """Return a table of rows as a table of columns, both contiguous."""
    rows, columns = block.shape
    out = np.empty((columns, rows), dtype=block.dtype)
    # Some rows at a time stay in the cache while all their columns are written.
    for begin in range(0, rows, 256):
        for column in range(columns):
            for row in range(begin, min(begin + 256, rows)):
                out[column, row] = block[row, column]
    return out


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def sweep(
    events: tuple[Array, Array, Array, Array],
    rows: tuple[Array, Array, Array, Array, Array],
    row_order: Array,
    row_begins: Array,
    windows: Array,
    slots: int,
    accumulators: Array,
    reason_accumulators: Array,
    program: Array,
    scales: Array,
    strength: float,
    priors: Array,
    out: Array,
) -> None:
    """Fill the columns of one entity for all rows that have a key.

    Parameters
    ----------
    events : events, money, sizes and begins of the keys, as from ``sort_events``; money and sizes are empty where
        nothing sums them
    rows : as_of, ordered_on (days since the first event), quantity, unit_price, size (0 for none) of each row
    row_order, row_begins : rows key by key, by as-of within each
    windows : trailing days, shape (n_windows,); position n_windows means all time
    slots : number of sums that are kept
    accumulators : shape (n_kinds, 4), in which of them a kind's lines, units, money and distinct days go; -1 for not
    reason_accumulators : shape (1 + n_reasons,), in which of them a reason's returned lines go; -1 for not
    program : int64 of shape (n_columns, 5): operation, window, first and second operand, second window or prior
    scales : float64 of shape (n_columns,), by which sums are multiplied
    strength : weight of the priors, in lines
    priors : float32 of shape (n_priors, n_rows)
    out : float32 of shape (n_rows, n_columns)
    """
    event_of, money_of, size_of, event_begins = events
    as_of, ordered_on, quantity, unit_price, size = rows
    with_money, with_size = len(money_of) > 0, len(size_of) > 0
    kinds, spans = accumulators.shape[0], len(windows)
    # Row n_windows holds what has come in, the others what has dropped out of each window.
    sums = np.zeros((spans + 1, slots), dtype=np.int64)
    latest = np.empty((spans + 1, kinds), dtype=np.int64)
    heads = np.empty(spans + 1, dtype=np.int64)
    before = np.zeros(4, dtype=np.int64)
    for key in range(len(row_begins) - 1):
        if row_begins[key] == row_begins[key + 1]:
            continue
        begin, end = event_begins[key], event_begins[key + 1]
        sums[:] = 0
        latest[:] = _NO_DAY
        heads[:] = begin
        before[:] = 0
        kept_sizes, kept_lines = 0, 0
        own, first_order, last_order, reached = begin, _NO_DAY, _NO_DAY, _NO_DAY
        for place in range(row_begins[key], row_begins[key + 1]):
            row = row_order[place]
            for span in range(spans + 1):
                until = as_of[row] if span == spans else as_of[row] - windows[span]
                head = heads[span]
                while head < end and event_of[head] >> _DAY_AT < until:
                    event = event_of[head]
                    what, lines = (event >> _KIND_AT) & _KIND_MASK, (event >> _LINES_AT) & 1
                    reason = (event >> _REASON_AT) & _REASON_MASK
                    if accumulators[what, 0] >= 0:
                        sums[span, accumulators[what, 0]] += lines
                    if accumulators[what, 1] >= 0:
                        sums[span, accumulators[what, 1]] += event & _UNITS_MASK
                    if accumulators[what, 2] >= 0:
                        sums[span, accumulators[what, 2]] += money_of[head]
                    if latest[span, what] != event >> _DAY_AT:
                        latest[span, what] = event >> _DAY_AT
                        if accumulators[what, 3] >= 0:
                            sums[span, accumulators[what, 3]] += 1
                    if with_size and span == spans and what == _KEPT and lines == 1 and size_of[head] > 0:
                        kept_sizes += size_of[head]
                        kept_lines += 1
                    if reason_accumulators[reason] >= 0:
                        sums[span, reason_accumulators[reason]] += lines
                    head += 1
                heads[span] = head
            # What was ordered on earlier days: a line is always known of itself.
            if ordered_on[row] < reached:
                before[:] = 0
                own, first_order, last_order = begin, _NO_DAY, _NO_DAY
            reached = ordered_on[row]
            while own < end and event_of[own] >> _DAY_AT < ordered_on[row]:
                event = event_of[own]
                if (event >> _KIND_AT) & _KIND_MASK == _ORDERED:
                    before[0] += (event >> _LINES_AT) & 1
                    before[1] += event & _UNITS_MASK
                    if with_money:
                        before[2] += money_of[own]
                    if last_order != event >> _DAY_AT:
                        before[3] += 1
                        last_order = event >> _DAY_AT
                    if first_order == _NO_DAY:
                        first_order = event >> _DAY_AT
                own += 1
            for column in range(len(program)):
                operation, window, a, b, c = program[column]
                value = np.nan
                if operation == _SUM:
                    value = _within(sums, window, spans, a) * scales[column]
                elif operation in (_RATE, _REASON_SHARE):
                    closed = _within(sums, window, spans, a)
                    back = (
                        closed - _within(sums, window, spans, b)
                        if operation == _RATE
                        else _within(sums, window, spans, b)
                    )
                    value = (back + strength * priors[c, row]) / (closed + strength)
                elif operation == _MONEY_RATE:
                    closed = _within(sums, window, spans, a)
                    worth = _within(sums, window, spans, b)
                    stayed = _within(sums, window, spans, c)
                    lost = closed * (1 - stayed / worth) if worth > 0 else 0.0
                    weight = closed if worth > 0 else 0.0
                    value = (lost + strength * priors[0, row]) / (weight + strength)
                elif operation == _DAYS_SINCE:
                    if a == _ORDERED:
                        value = ordered_on[row] - last_order if last_order != _NO_DAY else np.nan
                    else:
                        value = as_of[row] - latest[spans, a] if latest[spans, a] != _NO_DAY else np.nan
                elif operation == _PENDING:
                    value = sums[spans, a] - sums[spans, b]
                elif operation == _USUAL_QUANTITY:
                    if before[0] > 0 and before[1] > 0:
                        value = quantity[row] / (before[1] / before[0])
                elif operation == _USUAL_PRICE:
                    if before[1] > 0 and before[2] > 0:
                        value = unit_price[row] / (before[2] * scales[column] / before[1])
                elif operation == _TENURE:
                    value = ordered_on[row] - first_order if first_order != _NO_DAY else np.nan
                elif operation == _INTERPURCHASE:
                    if before[3] > 1:
                        value = (last_order - first_order) / (before[3] - 1)
                elif operation == _KEPT_SIZE:
                    if size[row] > 0 and kept_lines > 0:
                        value = (size[row] - kept_sizes / kept_lines) * scales[column]
                elif operation == _RATE_TREND:
                    value = out[row, a] - out[row, b]
                elif operation == _SUM_TREND:
                    whole = _within(sums, c, spans, a)
                    if whole > 0:
                        value = (_within(sums, window, spans, a) / windows[window]) / (whole / windows[c])
                out[row, column] = value


@numba.njit(nogil=True, cache=True, inline="always")  # type: ignore[untyped-decorator]
def _within(sums: Array, window: int, spans: int, slot: int) -> int:
    """Return the sum inside a window: all that has come in, less what has dropped out of it."""
    if window == spans:
        return sums[spans, slot]  # type: ignore[no-any-return]
    return sums[spans, slot] - sums[window, slot]  # type: ignore[no-any-return]
