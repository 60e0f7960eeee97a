"""Operations by which the kernel computes history columns from sums and earlier orders."""

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

__all__ = [
    "COLUMN_OPERATIONS", "DAYS", "DAYS_SINCE", "FIRST", "HEAD", "INTERPURCHASE", "KEPT_SIZE", "LAST", "LINES", "MONEY",
    "NO_DAY", "RATE_TREND", "REACHED", "SUM", "SUM_TREND", "TENURE", "UNITS", "USUAL_PRICE", "USUAL_QUANTITY",
    "combine_sums", "compare_line", "sum_trend",
]  # fmt: skip

Array = npt.NDArray[Any]
COLUMN_OPERATIONS = (
    "sum", "rate", "money_rate", "days_since", "pending", "usual_quantity", "usual_unit_price", "tenure",
    "interpurchase", "rate_trend", "sum_trend", "reason_share", "kept_size",
)  # fmt: skip
"""The operations; their positions are the kernel's operation codes."""
(
    SUM, RATE, MONEY_RATE, DAYS_SINCE, PENDING, USUAL_QUANTITY, USUAL_PRICE, TENURE,
    INTERPURCHASE, RATE_TREND, SUM_TREND, REASON_SHARE, KEPT_SIZE,
) = range(len(COLUMN_OPERATIONS))  # fmt: skip
NO_DAY = -(2**30)
"""Earlier than any day."""
LINES, UNITS, MONEY, DAYS, FIRST, LAST, HEAD, REACHED = range(8)
"""Positions in the state of earlier orders: their sums, first and last day, the next event, and the day reached."""


@numba.njit(nogil=True, cache=True, inline="always")  # type: ignore[untyped-decorator]
def compare_line(
    operation: int,
    ordered_on: int,
    quantity: float,
    unit_price: float,
    size: int,
    orders: Array,
    kept: Array,
    scale: float,
) -> float:
    """Compare a line with what its key ordered on earlier days, or with the sizes it kept; NaN without any."""
    value = np.nan
    if operation == USUAL_QUANTITY:
        if orders[LINES] > 0 and orders[UNITS] > 0:
            value = quantity / (orders[UNITS] / orders[LINES])
    elif operation == USUAL_PRICE:
        if orders[UNITS] > 0 and orders[MONEY] > 0:
            value = unit_price / (orders[MONEY] * scale / orders[UNITS])
    elif operation == TENURE:
        if orders[FIRST] != NO_DAY:
            value = ordered_on - orders[FIRST]
    elif operation == INTERPURCHASE:
        if orders[DAYS] > 1:
            value = (orders[LAST] - orders[FIRST]) / (orders[DAYS] - 1)
    else:
        # Sizes in letters are below 0; they compare with letters alone.
        system, sign = (0, 1) if size > 0 else (2, -1)
        if size != 0 and kept[system + 1] > 0:
            value = sign * (size - kept[system] / kept[system + 1]) * scale
    return value


@numba.njit(nogil=True, cache=True, inline="always")  # type: ignore[untyped-decorator]
def combine_sums(
    operation: int, sums: Array, window: int, a: int, b: int, c: int, strength: float, priors: Array, row: int
) -> float:
    """Return a smoothed rate or share, or the number of pending lines."""
    known = len(sums) - 1
    first, second = sums[known, a] - sums[window, a], sums[known, b] - sums[window, b]
    if operation == PENDING:
        return float(first - second)
    if operation == MONEY_RATE:
        # Lines weigh as much as they cost: a closed line counts for the share of the closed money that did not stay.
        stayed = sums[known, c] - sums[window, c]
        lost = first * (1 - stayed / second) if second > 0 else 0.0
        weight = first if second > 0 else 0.0
        return float((lost + strength * priors[0, row]) / (weight + strength))
    back = first - second if operation == RATE else second
    return float((back + strength * priors[c, row]) / (first + strength))


@numba.njit(nogil=True, cache=True, inline="always")  # type: ignore[untyped-decorator]
def sum_trend(sums: Array, windows: Array, short: int, slot: int, long: int) -> float:
    """Return a sum a day in the short window divided by that in the long one; NaN where the long one is empty."""
    known = sums[len(sums) - 1, slot]
    total = known - sums[long, slot]
    if total <= 0:
        return np.nan
    return float(((known - sums[short, slot]) / windows[short]) / (total / windows[long]))
