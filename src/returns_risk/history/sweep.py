"""The kernel: for each key one linear sweep over its events for all measures and windows at once.

Events come key by key and, within a key, by day. A sweep walks a key's rows by as-of, takes events in as they become
known and lets them drop out of each trailing window: every event is read once, and once more for each window. Sums are
whole numbers, so no order of adding changes them.
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
from returns_risk.history.operations import (
    DAYS,
    DAYS_SINCE,
    FIRST,
    HEAD,
    INTERPURCHASE,
    KEPT_SIZE,
    LAST,
    LINES,
    MONEY,
    NO_DAY,
    RATE_TREND,
    REACHED,
    SUM,
    SUM_TREND,
    TENURE,
    UNITS,
    USUAL_PRICE,
    USUAL_QUANTITY,
    combine_sums,
    compare_line,
    sum_trend,
)

__all__ = ["Program", "sweep"]

_REASON_MASK, _KIND_MASK = MOST_REASONS + 1, 2 ** (DAY_AT - KIND_AT) - 1
_ORDERED, _KEPT = KINDS.index("ordered"), KINDS.index("kept")
Array = npt.NDArray[Any]
Program = tuple[Array, int, tuple[Array, Array], tuple[Array, Array], Array, Array, Array]
"""What the kernel computes of an entity:

- windows : trailing days, shape (n_windows,); position n_windows means all time
- slots : number of sums
- adds : where each kind's pairs start, shape (n_kinds + 1,), and pairs of a slot and the measure that is added to it
- marks : where each kind's pairs start, and pairs of a position in EVENTS and the slot of its distinct days or -1
- reason_slots : shape (1 + n_reasons,), the slot to which a reason's returned lines are added, or -1
- operations : int64 of shape (n_columns, 5): operation, window, first and second operand, second window or prior
- scales : float64 of shape (n_columns,), by which sums are multiplied
"""


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
    rows : as_of, ordered_on (days), quantity, unit_price, size (0 for none, below 0 for letters) of each row
    row_order : rows key by key, by as-of within each, and where each key's start
    program : the columns, see ``Program``
    strength : weight of the priors, in lines
    priors : float32 of shape (n_priors, n_rows)
    out : float32 of shape (n_rows, n_columns)
    """
    windows, slots, operations, scales = program[0], program[1], program[5], program[6]
    # Most columns are sums; computed on their own they take half the time.
    plain, others = np.flatnonzero(operations[:, 0] == SUM), np.flatnonzero(operations[:, 0] != SUM)
    plan = (plain, operations[plain], scales[plain], others, _needs_orders(operations), bool(program[4].max() >= 0))
    # Row n_windows + 1 sums all known events, each row before it the events that have dropped out of that window; out
    # of the window of all time, row n_windows, none drops.
    sums = np.zeros((len(windows) + 2, slots), dtype=np.int64)
    latest = np.empty((len(windows) + 1, len(EVENTS)), dtype=np.int64)
    heads = np.empty(len(windows) + 1, dtype=np.int64)
    state = (sums, latest, heads, np.zeros(4, dtype=np.int64), np.zeros(8, dtype=np.int64))
    _sweep_keys(events, rows, row_order, program, plan, state, strength, priors, out)


# Counting references (NRT) to the arrays in each step would take longer than the steps.
@numba.njit(nogil=True, cache=True, _nrt=False)  # type: ignore[untyped-decorator]
def _sweep_keys(
    events: tuple[Array, Array, Array, Array],
    rows: tuple[Array, Array, Array, Array, Array],
    row_order: tuple[Array, Array],
    program: Program,
    plan: tuple[Array, Array, Array, Array, bool, bool],
    state: tuple[Array, Array, Array, Array, Array],
    strength: float,
    priors: Array,
    out: Array,
) -> None:
    words, money, sizes, event_begins = events
    as_of, ordered_on, quantity, unit_price, size = rows
    order, row_begins = row_order
    windows, _, (add_begins, adds), (mark_begins, marks), reason_slots, operations, scales = program
    plain, plain_operations, plain_scales, others, with_orders, with_reasons = plan
    sums, latest, heads, kept, orders = state
    spans = len(windows)
    for key in range(len(row_begins) - 1):
        if row_begins[key] == row_begins[key + 1]:
            continue
        start, end = event_begins[key], event_begins[key + 1]
        sums[:] = 0
        latest[:] = NO_DAY
        heads[:] = start
        kept[:] = 0
        orders[REACHED] = 2**30
        for at in range(row_begins[key], row_begins[key + 1]):
            row = order[at]
            _take_events(
                words, money, sizes, end, as_of[row], windows, add_begins, adds, mark_begins, marks, reason_slots,
                with_reasons, heads, sums, latest, kept,
            )  # fmt: skip
            if with_orders:
                _take_orders(words, money, start, end, ordered_on[row], orders)
            columns = out[row]
            for number in range(len(plain)):
                slot = plain_operations[number, 2]
                value = sums[spans + 1, slot] - sums[plain_operations[number, 1], slot]
                columns[plain[number]] = value * plain_scales[number]
            for column in others:
                operation, window, a, b, c = operations[column]
                if operation in (USUAL_QUANTITY, USUAL_PRICE, TENURE, INTERPURCHASE, KEPT_SIZE):
                    columns[column] = compare_line(
                        operation, ordered_on[row], quantity[row], unit_price[row], size[row], orders, kept,
                        scales[column],
                    )  # fmt: skip
                elif operation == RATE_TREND:
                    columns[column] = columns[a] - columns[b]
                elif operation == DAYS_SINCE:
                    until = ordered_on[row] if a == _ORDERED else as_of[row]
                    day = orders[LAST] if a == _ORDERED else latest[spans, a]
                    columns[column] = until - day if day != NO_DAY else np.nan
                elif operation == SUM_TREND:
                    columns[column] = sum_trend(sums, windows, window, a, c)
                else:
                    columns[column] = combine_sums(operation, sums, window, a, b, c, strength, priors, row)


def _needs_orders(operations: Array) -> bool:
    """Return whether any column rests on orders before the day of the line."""
    compares = np.isin(operations[:, 0], (USUAL_QUANTITY, USUAL_PRICE, TENURE, INTERPURCHASE))
    return bool((compares | ((operations[:, 0] == DAYS_SINCE) & (operations[:, 2] == _ORDERED))).any())


@numba.njit(nogil=True, cache=True, inline="always")  # type: ignore[untyped-decorator]
def _take_events(
    words: Array,
    money: Array,
    sizes: Array,
    end: int,
    as_of: int,
    windows: Array,
    add_begins: Array,
    adds: Array,
    mark_begins: Array,
    marks: Array,
    reason_slots: Array,
    with_reasons: bool,
    heads: Array,
    sums: Array,
    latest: Array,
    kept: Array,
) -> None:
    """Add the events before the as-of to the sums of all time, and those before each window to its row of sums."""
    spans = len(windows)
    for span in range(spans + 1):
        is_total = span == spans
        until = np.int64(as_of if is_total else as_of - windows[span]) << DAY_AT
        head, into = heads[span], spans + 1 if is_total else span
        while head < end and words[head] < until:
            word = words[head]
            kind = (word >> KIND_AT) & _KIND_MASK
            lines = (word >> LINES_AT) & MOST_LINES
            for at in range(add_begins[kind], add_begins[kind + 1]):
                measure = adds[at, 1]
                if measure == 0:
                    sums[into, adds[at, 0]] += lines
                elif measure == 1:
                    sums[into, adds[at, 0]] += word & MOST_UNITS
                else:
                    sums[into, adds[at, 0]] += money[head]
            for at in range(mark_begins[kind], mark_begins[kind + 1]):
                event, slot = marks[at]
                if latest[span, event] != word >> DAY_AT:
                    latest[span, event] = word >> DAY_AT
                    if slot >= 0:
                        sums[into, slot] += 1
            if is_total and kind == _KEPT and len(sizes) > 0 and sizes[head] != 0:
                system = 0 if sizes[head] > 0 else 2
                kept[system] += sizes[head] * lines
                kept[system + 1] += lines
            if with_reasons:
                slot = reason_slots[(word >> REASON_AT) & _REASON_MASK]
                if slot >= 0:
                    sums[into, slot] += lines
            head += 1
        heads[span] = head


@numba.njit(nogil=True, cache=True, inline="always")  # type: ignore[untyped-decorator]
def _take_orders(words: Array, money: Array, start: int, end: int, ordered_on: int, orders: Array) -> None:
    """Bring the state of earlier orders to the day a line was ordered: a line is always known of itself."""
    if ordered_on < orders[REACHED]:
        orders[:] = 0
        orders[FIRST], orders[LAST], orders[HEAD] = NO_DAY, NO_DAY, start
    orders[REACHED] = ordered_on
    head = orders[HEAD]
    while head < end and words[head] >> DAY_AT < ordered_on:
        word = words[head]
        if (word >> KIND_AT) & _KIND_MASK == _ORDERED:
            orders[LINES] += (word >> LINES_AT) & MOST_LINES
            orders[UNITS] += word & MOST_UNITS
            if len(money) > 0:
                orders[MONEY] += money[head]
            if orders[LAST] != word >> DAY_AT:
                orders[DAYS] += 1
                orders[LAST] = word >> DAY_AT
            if orders[FIRST] == NO_DAY:
                orders[FIRST] = word >> DAY_AT
        head += 1
    orders[HEAD] = head
