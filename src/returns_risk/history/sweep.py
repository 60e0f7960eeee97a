"""The kernel: per key one linear sweep over its events for all measures and windows at once.

Events come key by key and, within a key, by day, each on its own or summed up by day (tiles): the sums are the same. A
sweep walks a key's rows by as-of, takes events in as they become known and lets them drop out of each trailing window:
every event is touched once, and once more per window. Sums are whole numbers, so no order of adding changes them.
"""

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from returns_risk.history.event_encoding import (
    DAY_AT,
    EVENTS,
    KIND_AT,
    KINDS,
    LINES_AT,
    MOST_LINES,
    MOST_REASONS,
    MOST_UNITS,
    REASON_AT,
)

__all__ = ["COLUMN_OPERATIONS", "Program", "sweep"]

COLUMN_OPERATIONS = (
    "sum", "rate", "money_rate", "days_since", "pending", "usual_quantity", "usual_unit_price", "tenure",
    "interpurchase", "rate_trend", "sum_trend", "reason_share", "kept_size",
)  # fmt: skip
"""What a column can be made of; their positions are the kernel's operation codes."""
(
    _SUM, _RATE, _MONEY_RATE, _DAYS_SINCE, _PENDING, _USUAL_QUANTITY, _USUAL_PRICE, _TENURE,
    _INTERPURCHASE, _RATE_TREND, _SUM_TREND, _REASON_SHARE, _KEPT_SIZE,
) = range(len(COLUMN_OPERATIONS))  # fmt: skip
_REASON_MASK, _KIND_MASK = MOST_REASONS + 1, 2 ** (DAY_AT - KIND_AT) - 1
_NO_DAY = -(2**30)
"""Earlier than any day."""
_ORDERED, _KEPT = KINDS.index("ordered"), KINDS.index("kept")
_EVENTS = len(EVENTS)
Array = npt.NDArray[Any]
Program = tuple[Array, int, tuple[Array, Array], tuple[Array, Array], Array, Array, Array]
"""What the kernel computes of an entity:

- windows : trailing days, shape (n_windows,); position n_windows means all time
- slots : number of sums
- adds : where each kind's pairs begin, shape (n_kinds + 1,), and pairs of a slot and the measure that is added to it
- marks : where each kind's pairs begin, and pairs of a position in EVENTS and the slot of its distinct days or -1
- reason_slots : shape (1 + n_reasons,), the slot to which a reason's returned lines are added, or -1
- operations : int64 of shape (n_columns, 5): operation, window, first and second operand, second window or prior
- scales : float64 of shape (n_columns,), by which sums are multiplied
"""


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def sweep(
    events: tuple[Array, Array, Array, Array],
    rows: tuple[Array, Array, Array, Array, Array],
    row_order: tuple[Array, Array],
    program: Program,
    strength: float,
    priors: Array,
    out: Array,
) -> None:
    """Fill the columns of one entity for all rows that have a key.

    Parameters
    ----------
    events : words, money, sizes and begins of the keys, as from ``sort_events``; money and sizes are empty where
        nothing sums them
    rows : as_of, ordered_on (days), quantity, unit_price, size (0 for none) of each row
    row_order : rows key by key, by as-of within each, and where each key's begin
    program : the columns, see ``Program``
    strength : weight of the priors, in lines
    priors : float32 of shape (n_priors, n_rows)
    out : float32 of shape (n_rows, n_columns)
    """
    word_of, money_of, size_of, event_begins = events
    windows, slots, adds, marks, reason_slots, operations, scales = program
    order, row_begins = row_order
    as_of, ordered_on, quantity, unit_price, size = rows
    add_begins, adding = adds
    mark_begins, marking = marks
    with_money, with_size, with_reasons = len(money_of) > 0, len(size_of) > 0, reason_slots.max() >= 0
    with_orders = False
    # Most columns are sums; walked on their own they take half the time.
    plain, others = np.flatnonzero(operations[:, 0] == _SUM), np.flatnonzero(operations[:, 0] != _SUM)
    plain_windows, plain_slots, plain_scales = operations[plain, 1], operations[plain, 2], scales[plain]
    for column in others:
        operation = operations[column, 0]
        if operation in (_USUAL_QUANTITY, _USUAL_PRICE, _TENURE, _INTERPURCHASE) or (
            operation == _DAYS_SINCE and operations[column, 2] == _ORDERED
        ):
            with_orders = True
    spans = len(windows)
    # The last row holds what has come in, the others what has dropped out of each window; of all time, nothing.
    sums = np.zeros((spans + 2, slots), dtype=np.int64)
    total = sums[spans + 1]
    latest = np.empty((spans + 1, _EVENTS), dtype=np.int64)
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
            row = order[place]
            for span in range(spans + 1):
                until = np.int64(as_of[row] if span == spans else as_of[row] - windows[span]) << DAY_AT
                head, into = heads[span], sums[span] if span < spans else total
                while head < end and word_of[head] < until:
                    word = word_of[head]
                    kind = (word >> KIND_AT) & _KIND_MASK
                    lines = (word >> LINES_AT) & MOST_LINES
                    for at in range(add_begins[kind], add_begins[kind + 1]):
                        measure = adding[at, 1]
                        if measure == 0:
                            into[adding[at, 0]] += lines
                        elif measure == 1:
                            into[adding[at, 0]] += word & MOST_UNITS
                        else:
                            into[adding[at, 0]] += money_of[head]
                    for at in range(mark_begins[kind], mark_begins[kind + 1]):
                        event, slot = marking[at]
                        if latest[span, event] != word >> DAY_AT:
                            latest[span, event] = word >> DAY_AT
                            if slot >= 0:
                                into[slot] += 1
                    if with_size and span == spans and kind == _KEPT and size_of[head] > 0:
                        kept_sizes += size_of[head] * lines
                        kept_lines += lines
                    if with_reasons:
                        slot = reason_slots[(word >> REASON_AT) & _REASON_MASK]
                        if slot >= 0:
                            into[slot] += lines
                    head += 1
                heads[span] = head
            # What was ordered on earlier days: a line is always known of itself.
            if ordered_on[row] < reached:
                before[:] = 0
                own, first_order, last_order = begin, _NO_DAY, _NO_DAY
            reached = ordered_on[row]
            while with_orders and own < end and word_of[own] >> DAY_AT < ordered_on[row]:
                word = word_of[own]
                if (word >> KIND_AT) & _KIND_MASK == _ORDERED:
                    before[0] += (word >> LINES_AT) & MOST_LINES
                    before[1] += word & MOST_UNITS
                    if with_money:
                        before[2] += money_of[own]
                    if last_order != word >> DAY_AT:
                        before[3] += 1
                        last_order = word >> DAY_AT
                    if first_order == _NO_DAY:
                        first_order = word >> DAY_AT
                own += 1
            columns = out[row]
            for at in range(len(plain)):
                slot = plain_slots[at]
                columns[plain[at]] = (total[slot] - sums[plain_windows[at], slot]) * plain_scales[at]
            for column in others:
                operation, window, a, b, c = operations[column]
                value = np.nan
                if operation in (_RATE, _REASON_SHARE):
                    closed = total[a] - sums[window, a]
                    back = closed - (total[b] - sums[window, b]) if operation == _RATE else (total[b] - sums[window, b])
                    value = (back + strength * priors[c, row]) / (closed + strength)
                elif operation == _MONEY_RATE:
                    closed = total[a] - sums[window, a]
                    worth = total[b] - sums[window, b]
                    stayed = total[c] - sums[window, c]
                    lost = closed * (1 - stayed / worth) if worth > 0 else 0.0
                    weight = closed if worth > 0 else 0.0
                    value = (lost + strength * priors[0, row]) / (weight + strength)
                elif operation == _DAYS_SINCE:
                    if a == _ORDERED:
                        value = ordered_on[row] - last_order if last_order != _NO_DAY else np.nan
                    else:
                        value = as_of[row] - latest[spans, a] if latest[spans, a] != _NO_DAY else np.nan
                elif operation == _PENDING:
                    value = total[a] - total[b]
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
                    whole = total[a] - sums[c, a]
                    if whole > 0:
                        value = ((total[a] - sums[window, a]) / windows[window]) / (whole / windows[c])
                out[row, column] = value
