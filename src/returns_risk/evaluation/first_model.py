"""A first model, which has no champion, beside predictors without features."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from returns_risk.config.yaml_files import Frozen
from returns_risk.evaluation.ranked import Ranked
from returns_risk.evaluation.resampling import interval

__all__ = ["BASE_RATE", "BaselineDifference", "beside_baselines", "tell_baselines"]

Values = npt.NDArray[np.float64]
BASE_RATE = "base_rate"


class BaselineDifference(Frozen):
    """Log loss of a first model beside a predictor without features."""

    baseline: str
    log_loss: float
    difference: float
    """Model less baseline, with its interval."""
    low: float
    high: float


def beside_baselines(
    model: Ranked, losses: Mapping[str, Values], beaten: Values, level: float
) -> tuple[BaselineDifference, ...]:
    """Put the log loss of a first model beside that of each baseline; ``beaten`` has shape (resamples, n_baselines)."""
    found = []
    for place, (name, loss) in enumerate(losses.items()):
        low, high = interval(beaten[:, place], level)
        difference = float((model.loss - loss).mean())
        found.append(
            BaselineDifference(baseline=name, log_loss=float(loss.mean()), difference=difference, low=low, high=high)
        )
    return tuple(found)


def tell_baselines(found: tuple[BaselineDifference, ...], measured: dict[str, float]) -> list[str]:
    """Say what a first model is worth beside predictors without features; the base rate's verdict comes first."""
    told = []
    for one in found:
        how = "better" if one.high < 0 else "worse" if one.difference > 0 else "not shown to be better"
        told.append(
            f"log_loss: model {measured['log_loss']:.4g}, {one.baseline} {one.log_loss:.4g}, difference "
            f"{one.difference:+.4g} with interval [{one.low:+.4g}, {one.high:+.4g}]: {how}"
        )
    return told
