"""Dense numbers for the values of one or more columns."""

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["Codes", "KeyCodes", "key_codes"]

Codes = npt.NDArray[np.int64]


class KeyCodes:
    """Numbers for the value combinations of a table's columns; each column's texts are looked up only once."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame
        self._single: dict[str, Codes] = {}

    def of(self, columns: list[str]) -> Codes:
        """Give each value combination a number from 0, in order of appearance; -1 where one is missing.

        Without columns all rows are one: number 0.
        """
        codes = np.zeros(len(self._frame), dtype=np.int64)
        for number, name in enumerate(columns):
            part = self._one(name)
            if number == 0:
                codes = part
                continue
            both = np.where((codes < 0) | (part < 0), -1, codes * (part.max(initial=0) + 1) + part)
            codes = pd.factorize(both, use_na_sentinel=False)[0].astype(np.int64)
            codes = _without_missing(codes, both)
        return codes

    def _one(self, name: str) -> Codes:
        if name not in self._single:
            self._single[name] = pd.factorize(self._frame[name])[0].astype(np.int64)
        return self._single[name]


def key_codes(frame: pd.DataFrame, columns: list[str]) -> Codes:
    """Give each value combination of ``columns`` a number from 0, as ``KeyCodes.of``.

    >>> key_codes(pd.DataFrame({"a": ["x", "x", None, "y"], "b": [1, 2, 1, 1]}), ["a", "b"]).tolist()
    [0, 1, -1, 2]
    """
    return KeyCodes(frame).of(columns)


def _without_missing(codes: Codes, combined: Codes) -> Codes:
    """Take the number that stands for a missing value out of the others."""
    missing = np.flatnonzero(combined < 0)
    if not len(missing):
        return codes
    gap = codes[missing[0]]
    return np.where(combined < 0, -1, codes - (codes > gap))
