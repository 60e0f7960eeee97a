"""The metrics of a test period with intervals."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.evaluation.ranked import Ranked, rank
from returns_risk.evaluation.resampling import interval, resample_weights

__all__ = ["bootstrap_intervals"]

Values = npt.NDArray[np.float64]


def bootstrap_intervals(
    returned: npt.NDArray[np.bool_],
    risks: dict[str, Values],
    customers: npt.ArrayLike,
    capacity_share: float,
    resamples: int,
    seed: int,
) -> pd.DataFrame:
    """Return each predictor's metrics with 95 % intervals from one bootstrap over customers for all of them.

    Parameters
    ----------
    risks : by predictor, shape (n_lines,)
    customers : whose line it is, shape (n_lines,)

    Returns
    -------
    ``predictor``, ``metric`` (``auc``, ``average_precision``, ``log_loss``, ``brier``, ``precision_at_capacity``),
    ``value``, ``low``, ``high``.
    """
    ranked = {name: rank(returned, risk, None, capacity_share) for name, risk in risks.items()}
    squares = {name: (risk - returned) ** 2 for name, risk in risks.items()}
    drawn = [
        {name: _score(ranked[name], squares[name], weight) for name in risks}
        for weight in resample_weights(customers, resamples, seed)
    ]
    parts = []
    for name in risks:
        for metric, value in _score(ranked[name], squares[name], np.ones(len(returned))).items():
            low, high = interval([one[name][metric] for one in drawn])
            parts.append({"predictor": name, "metric": metric, "value": value, "low": low, "high": high})
    return pd.DataFrame(parts)


def _score(ranked: Ranked, square: Values, weight: Values) -> dict[str, float]:
    return {
        **ranked.discriminate(weight),
        "log_loss": ranked.measure(weight)["log_loss"],
        "brier": float((weight * square).sum() / weight.sum()),
        "precision_at_capacity": ranked.measure(weight)["precision_at_capacity"],
    }
