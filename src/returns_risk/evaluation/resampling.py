"""Bootstrap over customers, intervals, and p-values corrected for their number."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.evaluation.ranked import Ranked, rank

__all__ = ["bootstrap_intervals", "holm", "interval", "resample_weights"]

Values = npt.NDArray[np.float64]


def resample_weights(clusters: npt.ArrayLike, resamples: int, seed: int) -> Iterator[Values]:
    """Draw a weight for each line, the same for all lines of a cluster: the Poisson bootstrap.

    Whole clusters are drawn, since the returns of a customer or an order come together (Hanley & MacGibbon 2006,
    Creating non-parametric bootstrap samples using Poisson frequencies; Field & Welsh 2007, Bootstrapping clustered
    data). Scores whose weights come from the same seed and clusters are paired. ``scipy.stats.bootstrap`` draws no
    clusters.

    Parameters
    ----------
    clusters : customer or order of each line, shape (n_lines,)

    Yields
    ------
    Whole numbers from 0 on, shape (n_lines,), ``resamples`` times; at least one number is above 0.
    """
    codes, distinct = pd.factorize(np.asarray(clusters))
    draws = np.random.default_rng(seed)
    for _ in range(resamples):
        weight = draws.poisson(1.0, len(distinct)).astype(np.float64)
        yield (weight if weight.any() else np.ones(len(distinct)))[codes]


def interval(samples: Any, level: float = 0.95) -> tuple[float, float]:
    """Return the percentile interval of bootstrap samples; missing samples are left out, NaN if all are missing.

    >>> interval([1.0, 2.0, 3.0, float("nan")], level=1.0)
    (1.0, 3.0)
    """
    known = np.asarray(samples, dtype=np.float64)
    known = known[~np.isnan(known)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def holm(p_values: npt.ArrayLike) -> Values:
    """Correct p-values for their number (Holm 1979, A simple sequentially rejective multiple test procedure).

    Own code: scipy has no such function, and statsmodels would be a dependency for these lines alone.

    >>> holm([0.25, 0.0625, 0.5]).tolist()
    [0.5, 0.1875, 0.5]
    """
    values = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    factors = np.arange(len(values), 0, -1)
    corrected = np.empty(len(values))
    corrected[order] = np.maximum.accumulate(np.minimum(1.0, factors * values[order]))
    return corrected


def bootstrap_intervals(
    returned: npt.NDArray[np.bool_],
    risks: dict[str, Values],
    customers: npt.ArrayLike,
    capacity_share: float,
    resamples: int,
    seed: int,
) -> pd.DataFrame:
    """Return each predictor's metrics with 95 % intervals; all predictors share the bootstrap samples of customers.

    Parameters
    ----------
    risks : by predictor, shape (n_lines,)
    customers : customer of each line, shape (n_lines,)

    Returns
    -------
    ``predictor``, ``metric`` (``auc``, ``average_precision``, ``log_loss``, ``brier``, ``precision_at_capacity``),
    ``value``, ``low``, ``high``.
    """
    ranked = {name: rank(returned, risk, None, capacity_share) for name, risk in risks.items()}
    squares = {name: (risk - returned) ** 2 for name, risk in risks.items()}
    samples = [
        {name: _score(ranked[name], squares[name], weight) for name in risks}
        for weight in resample_weights(customers, resamples, seed)
    ]
    parts = []
    for name in risks:
        for metric, value in _score(ranked[name], squares[name], np.ones(len(returned))).items():
            low, high = interval([sample[name][metric] for sample in samples])
            parts.append({"predictor": name, "metric": metric, "value": value, "low": low, "high": high})
    return pd.DataFrame(parts)


def _score(ranked: Ranked, square: Values, weight: Values) -> dict[str, float]:
    measured = ranked.measure(weight)
    return {
        **ranked.discriminate(weight),
        "log_loss": measured["log_loss"],
        "brier": float((weight * square).sum() / weight.sum()),
        "precision_at_capacity": measured["precision_at_capacity"],
    }
