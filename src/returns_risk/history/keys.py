"""Keys of entities: one number for each combination of values in columns of a table."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["Codes", "Hashes", "KeyCodes"]

Codes = npt.NDArray[np.int32]
Hashes = npt.NDArray[np.uint64]


class KeyCodes:
    """Numbers for the value combinations of a table's columns; each column and combination is numbered only once.

    >>> keys = KeyCodes(pd.DataFrame({"a": ["x", "x", None, "y"], "b": [1, 2, 1, 1]}))
    >>> keys.codes(["a", "b"]).tolist()
    [0, 1, -1, 2]
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame
        self._columns: dict[str, tuple[Codes, pd.Index]] = {}
        self._combinations: dict[tuple[str, ...], Codes] = {}

    def codes(self, columns: list[str], more: Sequence[Codes] = ()) -> Codes:
        """Give each value combination a number from 0, in order of appearance; -1 where a value is missing.

        Without columns all rows have number 0.

        Parameters
        ----------
        more : numbers from 0, negative for missing, as further columns
        """
        codes = self._combine(tuple(columns))
        for number, column in enumerate(more):
            codes = _pair(codes, column) if number or columns else column
        return codes

    def _combine(self, columns: tuple[str, ...]) -> Codes:
        if len(columns) < 2:
            return self._factorize(columns[0])[0] if columns else np.zeros(len(self._frame), dtype=np.int32)
        if columns not in self._combinations:
            pairs = _pair(self._combine(columns[:-1]), self._factorize(columns[-1])[0])
            self._combinations[columns] = pairs
        return self._combinations[columns]

    def hashes(self, columns: list[str], codes: Codes) -> Hashes:
        """Return for each number that ``codes`` gave the hash of its values, the same in any table, shape (n_codes,).

        64 bits: two of 20 million keys share a hash with a chance of 1 in 100,000.
        """
        first = np.flatnonzero(np.diff(np.maximum.accumulate(codes), prepend=-1))
        hashes = np.zeros(len(first), dtype=np.uint64)
        for name in columns:
            column, values = self._factorize(name)
            hashes = _mix(hashes, _hash_values(values)[column[first]])
        return hashes

    def _factorize(self, name: str) -> tuple[Codes, pd.Index]:
        if name not in self._columns:
            codes, values = pd.factorize(self._frame[name])
            self._columns[name] = codes.astype(np.int32), pd.Index(values)
        return self._columns[name]


def _pair(codes: Codes, column: Codes) -> Codes:
    """Give each combination of two numbers a number; -1 where one is missing."""
    pairs = codes * (np.int64(column.max(initial=0)) + 1) + column
    pairs[(codes < 0) | (column < 0)] = -1
    return _without_missing(pd.factorize(pairs, use_na_sentinel=False)[0].astype(np.int32), pairs)


def _without_missing(codes: Codes, pairs: npt.NDArray[np.int64]) -> Codes:
    """Close the gap that the number of the missing value leaves among the others."""
    missing = np.flatnonzero(pairs < 0)
    if not len(missing):
        return codes
    gap = codes[missing[0]]
    return np.where(pairs < 0, np.int32(-1), codes - (codes > gap))


def _hash_values(values: pd.Index) -> Hashes:
    # Whole numbers become floats in any partition where one of them is missing; both must hash alike.
    if pd.api.types.is_numeric_dtype(values.dtype):
        plain = values.to_numpy(dtype=np.float64)
    elif pd.api.types.is_datetime64_any_dtype(values.dtype):
        plain = values.as_unit("ns").asi8  # type: ignore[attr-defined]
    else:
        plain = values.to_numpy(dtype=object)
    return pd.util.hash_array(plain, categorize=False)


def _mix(hashes: Hashes, others: Hashes) -> Hashes:
    """Combine two hashes; their order counts (the finaliser of splitmix64, Steele et al. 2014)."""
    mixed = hashes * np.uint64(0x9E3779B97F4A7C15) + others
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
