"""Sorts by dense codes: counted, not compared."""

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

__all__ = ["sort_by_code", "sort_events", "transpose"]

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
    target = begins[:-1].copy()
    order = np.empty(begins[-1], dtype=np.int32)
    for position in range(len(codes)):
        code = codes[position]
        if code >= 0:
            order[target[code]] = position
            target[code] += 1
    return order, begins


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def sort_events(
    codes: Array, line: Array, word: Array, money: Array, size: Array, count: int
) -> tuple[Array, Array, Array, Array]:
    """Bring events, sorted by day, into the order of their keys, and within a key of their days. O(n + count).

    Parameters
    ----------
    codes : key of each order line, from 0 to ``count`` - 1, negative for none
    line, word : of each event
    money : of each event; empty where no column needs it
    size : of each order line, 0 for none; empty likewise

    Returns
    -------
    word, money, size : of each event, in the new order
    begins : int64 of shape (count + 1,)
    """
    begins = np.zeros(count + 1, dtype=np.int64)
    for position in line:
        if codes[position] >= 0:
            begins[codes[position] + 1] += 1
    for code in range(count):
        begins[code + 1] += begins[code]
    target = begins[:-1].copy()
    sorted_word = np.empty(begins[-1], dtype=np.int64)
    sorted_money = np.empty(begins[-1] if len(money) else 0, dtype=np.int64)
    sorted_size = np.empty(begins[-1] if len(size) else 0, dtype=np.int32)
    for position in range(len(line)):
        code = codes[line[position]]
        if code >= 0:
            sorted_word[target[code]] = word[position]
            if len(money):
                sorted_money[target[code]] = money[position]
            if len(size):
                sorted_size[target[code]] = size[line[position]]
            target[code] += 1
    return sorted_word, sorted_money, sorted_size, begins


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def transpose(block: Array) -> Array:
    """Return a table of rows as a table of columns, both contiguous."""
    rows, columns = block.shape
    out = np.empty((columns, rows), dtype=block.dtype)
    # Blocks of rows stay in the cache while all their columns are written.
    for start in range(0, rows, 256):
        for column in range(columns):
            for row in range(start, min(start + 256, rows)):
                out[column, row] = block[row, column]
    return out
