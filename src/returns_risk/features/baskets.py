"""Columns that compare a line with the other lines of its order that were known at its as-of."""

from collections.abc import Mapping
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.contract.days import Days
from returns_risk.features.line_definitions import Column
from returns_risk.history import MONEY_SCALE
from returns_risk.history.keys import KeyCodes
from returns_risk.history.sorts import sort_by_code

__all__ = ["basket_columns"]

Array = npt.NDArray[Any]
Values = npt.NDArray[np.float32]


def basket_columns(
    columns: Mapping[str, Column],
    lines: pd.DataFrame,
    keys: KeyCodes,
    ordered_on: Days,
    rows: npt.NDArray[np.int64],
    as_of: Days,
) -> dict[str, Values]:
    """Compute the columns of a basket definition.

    O(n_rows x lines of an order).

    Parameters
    ----------
    columns : by name, with verbs of a basket
    lines : all known order lines, as given by ``join_attributes``
    keys : of ``lines``
    ordered_on : day on which each of them became known
    rows : positions in ``lines`` of the requested lines, shape (n_rows,)
    as_of : as-of day of each row; later than the day of the line itself

    Returns
    -------
    Name and values (float32, shape (n_rows,)) of each column.
    """
    if not columns:
        return {}
    order = keys.codes(["order_id"])
    members = sort_by_code(order, int(order.max(initial=-1)) + 1)
    basket = (rows, as_of, order, ordered_on, *members)
    return {name: _column(column, lines, keys, basket) for name, column in columns.items()}


def _column(column: Column, lines: pd.DataFrame, keys: KeyCodes, basket: tuple[Array, ...]) -> Values:
    out = np.empty(len(basket[0]), dtype=np.float32)
    if column.verb == "distinct":
        _count_distinct(basket, np.zeros(len(lines), dtype=np.int64), keys.codes(column.operands), out)
    elif column.verb == "distinct_within":
        shared, different = (keys.codes([name]) for name in column.operands)
        _count_distinct(basket, shared, different, out)
    else:
        values = lines[column.operands[0]].to_numpy(dtype=np.float64, na_value=0.0)
        # Whole ten-thousandths add up to the same sum in any order.
        _compare(basket, np.rint(values * MONEY_SCALE), ("total", "share", "rank").index(column.verb), out)
    return out


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _compare(basket: tuple[Array, ...], values: Array, verb: int, out: Array) -> None:
    """Fill in the sum over the order (verb 0), the line's part of it (1), or its rank from the highest (2)."""
    rows, as_of, order, ordered_on, members, begins = basket
    for row in range(len(rows)):
        line = rows[row]
        total, above = 0.0, 0
        for at in range(begins[order[line]], begins[order[line] + 1]):
            other = members[at]
            if ordered_on[other] < as_of[row]:
                total += values[other]
                above += values[other] > values[line]
        if verb == 0:
            out[row] = total / MONEY_SCALE
        elif verb == 1:
            out[row] = values[line] / total if total != 0 else np.nan
        else:
            out[row] = above + 1


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _count_distinct(basket: tuple[Array, ...], shared: Array, value: Array, out: Array) -> None:
    """Count the different values among the order's lines that share a code with this line; NaN without a code."""
    rows, as_of, order, ordered_on, members, begins = basket
    for row in range(len(rows)):
        line = rows[row]
        count = 0
        start, end = begins[order[line]], begins[order[line] + 1]
        for at in range(start, end):
            other = members[at]
            fresh = ordered_on[other] < as_of[row] and value[other] >= 0 and shared[other] == shared[line]
            for earlier in range(start, at):
                if not fresh:
                    break
                same = members[earlier]
                if ordered_on[same] < as_of[row] and shared[same] == shared[line] and value[same] == value[other]:
                    fresh = False
            count += fresh
        out[row] = count if shared[line] >= 0 else np.nan
