"""Slices of the lines, and whether a challenger is worse than the champion on one."""

import itertools
import logging
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.params import Cut, GateParams
from returns_risk.config.yaml_files import Frozen
from returns_risk.evaluation.ranked import Ranked, mean_by_level
from returns_risk.evaluation.resampling import holm

__all__ = ["SliceDifference", "SliceTests", "cut_slices"]

Values = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
_logger = logging.getLogger(__name__)


class SliceDifference(Frozen):
    """Log loss of both models on the lines of one slice."""

    dimension: str
    level: str
    lines: int
    champion: float
    challenger: float
    difference: float
    p_value: float
    """Probability that a challenger within the allowed worsening looks this bad by chance, corrected for all slices."""
    worse: bool


class SliceTests:
    """Compares the log loss of two models on every slice, over bootstrap samples.

    Parameters
    ----------
    slices : text, shape (n_lines, n_dimensions)
    champion, challenger : the same lines as each model ranks them
    """

    def __init__(self, slices: pd.DataFrame, champion: Ranked, challenger: Ranked) -> None:
        factorized = {str(name): pd.factorize(slices[name], sort=True) for name in slices}
        self.codes = [(code, len(levels)) for code, levels in factorized.values()]
        self.names = [(name, str(level)) for name, (_, levels) in factorized.items() for level in levels]
        self.losses = champion.loss, challenger.loss
        self.samples: list[Values] = []

    def add_sample(self, weight: Values) -> None:
        """Compute the difference of the log losses on each slice under the weights of a bootstrap sample."""
        champion, challenger = self.losses
        self.samples.append(mean_by_level(challenger - champion, weight, self.codes))

    def evaluate(self, customer: npt.ArrayLike, params: GateParams) -> tuple[SliceDifference, ...]:
        """Test each slice that has enough lines and customers: a one-sided normal test with the bootstrap's error."""
        ones = np.ones(len(self.losses[0]))
        champion, challenger = (mean_by_level(loss, ones, self.codes) for loss in self.losses)
        lines, customers = self._count(customer)
        tested = np.flatnonzero((lines >= params.slice_lines) & (customers >= params.slice_customers))
        excess = challenger - champion * (1 + params.allowed_worsening.slice_log_loss)
        errors = np.nanstd(np.array(self.samples), axis=0)
        corrected = holm([_p_value(excess[slice_], errors[slice_]) for slice_ in tested])
        return tuple(
            SliceDifference(
                dimension=self.names[slice_][0],
                level=self.names[slice_][1],
                lines=int(lines[slice_]),
                champion=float(champion[slice_]),
                challenger=float(challenger[slice_]),
                difference=float(challenger[slice_] - champion[slice_]),
                p_value=float(p_value),
                worse=bool(p_value <= 1 - params.level),
            )
            for slice_, p_value in zip(tested, corrected, strict=True)
        )

    def _count(self, customer: npt.ArrayLike) -> tuple[Counts, Counts]:
        """Count the lines and the customers of each slice."""
        return _join(np.bincount(code, minlength=levels) for code, levels in self.codes), _join(
            pd.Series(np.asarray(customer)).groupby(code).nunique().reindex(range(levels), fill_value=0).to_numpy()
            for code, levels in self.codes
        )


def _join(counts: Iterator[Any]) -> Counts:
    return np.concatenate([np.empty(0, dtype=np.int64), *counts])


def _p_value(excess: float, error: float) -> float:
    """Return the probability of an excess this large if there were none."""
    from scipy.stats import norm

    if error == 0:
        return 0.0 if excess > 0 else 1.0
    return float(norm.sf(excess / error))


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
    position = np.searchsorted(edges, column.to_numpy(dtype=np.float64, na_value=np.nan), side="right")
    return pd.Series(names[np.where(column.isna(), len(names) - 1, position)], index=column.index, dtype="str")
