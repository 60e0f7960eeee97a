"""Sizes as numbers that can be compared."""

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["size_rank"]

_LETTERS = {"XXS": 0, "XS": 1, "S": 2, "M": 3, "L": 4, "XL": 5, "XXL": 6, "XXXL": 7}
_MANY_X = re.compile(r"(\d)XL")
_NUMBER = re.compile(r"\d{1,3}(?:[.,]5)?")


def size_rank(sizes: pd.Series) -> npt.NDArray[np.float64]:
    """Return each size as a number: letters by their order, numbers as they are; NaN for anything else.

    Ranks of two sizes can be compared where both are of one system, as within a category.

    >>> size_rank(pd.Series(["M", "xl", "3XL", "38", "42,5", "one size", None])).tolist()
    [3.0, 5.0, 7.0, 38.0, 42.5, nan, nan]
    """
    codes, names = pd.factorize(sizes)
    ranks = np.array([*(_rank(str(name)) for name in names), np.nan])
    return np.asarray(ranks[codes])


def _rank(size: str) -> float:
    text = size.strip().upper()
    if text in _LETTERS:
        return float(_LETTERS[text])
    if many := _MANY_X.fullmatch(text):
        return float(_LETTERS["XL"] - 1 + int(many[1]))
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else np.nan
