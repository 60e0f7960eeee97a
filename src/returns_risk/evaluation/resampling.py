"""How far a measured number would move with other customers."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["bootstrap", "interval", "resample_weights"]

Values = npt.NDArray[np.float64]


def resample_weights(clusters: npt.ArrayLike, resamples: int, seed: int) -> Iterator[Values]:
    """Draw a weight for each line, the same for all lines of a cluster: the Poisson bootstrap.

    Whole clusters are drawn, since the returns of a customer or an order come together (Hanley & MacGibbon 2006,
    Creating non-parametric bootstrap samples using Poisson frequencies; Field & Welsh 2007, Bootstrapping clustered
    data). Scores whose weights come from the same seed and clusters are paired.

    Parameters
    ----------
    clusters : what each line belongs to, shape (n_lines,)

    Yields
    ------
    Whole numbers from 0 on, shape (n_lines,), ``resamples`` times; at least one is above 0.
    """
    codes, found = pd.factorize(np.asarray(clusters))
    draws = np.random.default_rng(seed)
    for _ in range(resamples):
        weight = draws.poisson(1.0, len(found)).astype(np.float64)
        yield (weight if weight.any() else np.ones(len(found)))[codes]


def bootstrap(
    score: Callable[[Values], dict[str, float]], clusters: npt.ArrayLike, resamples: int, seed: int
) -> pd.DataFrame:
    """Compute scores once for each set of weights.

    Parameters
    ----------
    score : gives named scores of the lines under weights of shape (n_lines,); NaN where they cannot be told

    Returns
    -------
    DataFrame of shape (resamples, n_scores).
    """
    return pd.DataFrame([score(weight) for weight in resample_weights(clusters, resamples, seed)])


def interval(samples: Any, level: float = 0.95) -> tuple[float, float]:
    """Return the percentile interval of bootstrap samples, those that could not be told left out; NaN for none.

    >>> interval([1.0, 2.0, 3.0, float("nan")], level=1.0)
    (1.0, 3.0)
    """
    told = np.asarray(samples, dtype=np.float64)
    told = told[~np.isnan(told)]
    if not len(told):
        return float("nan"), float("nan")
    low, high = np.quantile(told, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
