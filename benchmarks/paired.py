"""How much worse or better predictors are than another one on the same lines."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.evaluation import interval, resample_weights
from returns_risk.evaluation.ranked import rank

__all__ = ["differences"]

RESAMPLES = 1000
SEED = 7
Values = npt.NDArray[np.float64]


def differences(
    returned: npt.NDArray[np.bool_], risks: dict[str, Values], customers: pd.Series, reference: str
) -> dict[str, list[str]]:
    """Return the differences of AUC and of log loss of each predictor to a reference, as text.

    Their 95 % intervals are of a paired bootstrap over customers.
    """
    ranked = {name: rank(returned, risk, None, 0.05) for name, risk in risks.items()}

    def score(weight: Values) -> dict[str, Values]:
        return {
            name: np.array([one.discriminate(weight)["auc"], one.measure(weight)["log_loss"]])
            for name, one in ranked.items()
        }

    value = score(np.ones(len(returned)))
    samples = [score(weight) for weight in resample_weights(customers, RESAMPLES, SEED)]
    texts = {}
    for name in risks.keys() - {reference}:
        moved = np.array([sample[name] - sample[reference] for sample in samples])
        spans = [interval(moved[:, metric]) for metric in range(2)]
        centre = value[name] - value[reference]
        texts[name] = [f"{centre[i]:+.4f} ({low:+.4f} to {high:+.4f})" for i, (low, high) in enumerate(spans)]
    return texts
