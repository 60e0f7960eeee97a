"""Dimensions along which quality is told apart."""

import itertools
import logging
from collections.abc import Mapping

import numpy as np
import pandas as pd

from returns_risk.config.params import Cut

__all__ = ["cut_slices"]

_logger = logging.getLogger(__name__)


def cut_slices(rows: pd.DataFrame, dimensions: Mapping[str, Cut]) -> pd.DataFrame:
    """Return the slice of each row in each dimension, as text.

    Parameters
    ----------
    rows : features
    dimensions : column and how it is cut: ``values`` (a category as it is), ``known`` (``new`` where the number is
        missing, ``known`` where not: a missing tenure is a new customer), ``thirds`` of the rows, or edges; a column
        that ``rows`` lacks is left out with a notice

    >>> rows = pd.DataFrame({"lines": [1.0, 2.0, 7.0], "tenure": [None, 3.0, 4.0]})
    >>> cut_slices(rows, {"lines": (2, 4), "tenure": "known"}).to_numpy().tolist()
    [['below 2', 'new'], ['2 to 4', 'known'], ['from 4', 'known']]
    """
    absent = [name for name in dimensions if name not in rows]
    if absent:
        _logger.warning("slices left out: the source has no %s", ", ".join(absent))
    return pd.DataFrame(
        {name: _cut(rows[name], how) for name, how in dimensions.items() if name in rows}, index=rows.index
    )


def _cut(column: pd.Series, how: Cut) -> pd.Series:
    if how == "values":
        return column.astype("str").fillna("unknown")
    if how == "known":
        return pd.Series(np.where(column.isna(), "new", "known"), index=column.index, dtype="str")
    edges = tuple(np.unique(column.quantile([1 / 3, 2 / 3]).round(2))) if how == "thirds" else tuple(how)
    between = [f"{low:g} to {high:g}" for low, high in itertools.pairwise(edges)]
    names = np.array([f"below {edges[0]:g}", *between, f"from {edges[-1]:g}", "unknown"], dtype=object)
    place = np.searchsorted(edges, column.to_numpy(dtype=np.float64, na_value=np.nan), side="right")
    return pd.Series(names[np.where(column.isna(), len(names) - 1, place)], index=column.index, dtype="str")
