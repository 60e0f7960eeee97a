"""Numbers for the values of one or more columns: dense ones for a table, lasting ones for what is kept."""

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["Codes", "Hashes", "KeyCodes", "key_codes"]

Codes = npt.NDArray[np.int32]
Hashes = npt.NDArray[np.uint64]


class KeyCodes:
    """Numbers for the value combinations of a table's columns; each column's values are looked up only once."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame
        self._single: dict[str, tuple[Codes, pd.Index]] = {}

    def of(self, columns: list[str]) -> Codes:
        """Give each value combination a number from 0, in order of appearance; -1 where one is missing.

        Without columns all rows are one: number 0.
        """
        codes = np.zeros(len(self._frame), dtype=np.int32)
        for number, name in enumerate(columns):
            part = self._one(name)[0]
            if number == 0:
                codes = part
                continue
            both = codes * (np.int64(part.max(initial=0)) + 1) + part
            both[(codes < 0) | (part < 0)] = -1
            codes = _without_missing(pd.factorize(both, use_na_sentinel=False)[0].astype(np.int32), both)
        return codes

    def hashes(self, columns: list[str], codes: Codes) -> Hashes:
        """Return for each number that ``of`` gave the hash of its values, the same in any table, shape (n_codes,).

        64 bits: two of 20 million keys share one with a chance of 1 in 100,000.
        """
        first = np.flatnonzero(np.diff(np.maximum.accumulate(codes), prepend=-1))
        hashes = np.zeros(len(first), dtype=np.uint64)
        for name in columns:
            part, values = self._one(name)
            hashes = _mix(hashes, _hash_values(values)[part[first]])
        return hashes

    def digests(self, columns: list[str]) -> Hashes:
        """Return for each row one hash of all its values, missing ones included, shape (n_rows,)."""
        digest = np.zeros(len(self._frame), dtype=np.uint64)
        for name in columns:
            part, values = self._one(name)
            digest = _mix(digest, np.append(_hash_values(values), np.uint64(0))[part])
        return digest

    def _one(self, name: str) -> tuple[Codes, pd.Index]:
        if name not in self._single:
            codes, values = pd.factorize(self._frame[name])
            self._single[name] = codes.astype(np.int32), pd.Index(values)
        return self._single[name]


def key_codes(frame: pd.DataFrame, columns: list[str]) -> Codes:
    """Give each value combination of ``columns`` a number from 0, as ``KeyCodes.of``.

    >>> key_codes(pd.DataFrame({"a": ["x", "x", None, "y"], "b": [1, 2, 1, 1]}), ["a", "b"]).tolist()
    [0, 1, -1, 2]
    """
    return KeyCodes(frame).of(columns)


def _without_missing(codes: Codes, combined: npt.NDArray[np.int64]) -> Codes:
    """Take the number that stands for a missing value out of the others."""
    missing = np.flatnonzero(combined < 0)
    if not len(missing):
        return codes
    gap = codes[missing[0]]
    return np.where(combined < 0, np.int32(-1), codes - (codes > gap))


def _hash_values(values: pd.Index) -> Hashes:
    # A column of whole numbers is one of floats on the night on which one of them is missing.
    if pd.api.types.is_numeric_dtype(values.dtype):
        plain = values.to_numpy(dtype=np.float64)
    elif pd.api.types.is_datetime64_any_dtype(values.dtype):
        plain = values.as_unit("ns").asi8  # type: ignore[attr-defined]
    else:
        plain = values.to_numpy(dtype=object)
    return pd.util.hash_array(plain, categorize=False)


def _mix(hashes: Hashes, others: Hashes) -> Hashes:
    """Combine two hashes into one; their order counts (the finaliser of splitmix64, Steele et al. 2014)."""
    mixed = hashes * np.uint64(0x9E3779B97F4A7C15) + others
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
