"""The tested lines of all folds together, measured in parts."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.params import Params
from returns_risk.evaluation.backtest import MODEL, TestedFold
from returns_risk.evaluation.metrics import BINS, measure
from returns_risk.evaluation.ranked import Ranked, rank
from returns_risk.evaluation.resampling import interval, resample_weights

__all__ = ["COMPARED", "MEASURED", "PooledLines"]

Values = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
MEASURED = (
    "lines", "return_rate", "mean_risk", "auc", "auc_low", "auc_high", "log_loss", "log_loss_low", "log_loss_high",
    "ece", "ece_by_chance",
)  # fmt: skip
"""Columns of ``PooledLines.measure``."""
COMPARED = ("category_rate_auc", "category_rate_log_loss", "better_by", "better_by_low", "better_by_high")
"""Columns of ``PooledLines.compare_category_rate``."""
_DRAWS = 50  # of labels, for the calibration error that chance alone gives


@dataclass(frozen=True)
class PooledLines:
    """Lines of all folds, by row, with the risks of each predictor."""

    lines: pd.DataFrame
    slices: pd.DataFrame
    risks: dict[str, Values]
    params: Params

    @classmethod
    def of(cls, tested: list[TestedFold], params: Params) -> "PooledLines":
        """Concatenate the folds."""
        return cls(
            pd.concat([fold.lines for fold in tested], ignore_index=True),
            pd.concat([fold.slices for fold in tested], ignore_index=True),
            {name: np.concatenate([fold.risks[name] for fold in tested]) for name in tested[0].risks},
            params,
        )

    def measure(self, part: Flags) -> dict[str, float] | None:
        """Return ``MEASURED`` (and more) of the model on part of the lines; None if too few or all of one class."""
        returned, risk = self._returned(part), self.risks[MODEL][part]
        if len(returned) < self.params.backtest.slice_lines or returned.all() or not returned.any():
            return None
        ranked, weights = self._rank(MODEL, part), list(self._weights(part))
        auc = interval([ranked.discriminate(weight)["auc"] for weight in weights])
        log_loss = interval([ranked.log_loss(weight) for weight in weights])
        return measure(returned, risk, self.params.evaluate.capacity_share) | {
            "mean_risk": float(risk.mean()),
            **dict(zip(("auc_low", "auc_high", "log_loss_low", "log_loss_high"), (*auc, *log_loss), strict=True)),
            "ece_by_chance": _error_by_chance(risk, self.params.seed),
        }

    def compare_category_rate(self, part: Flags) -> dict[str, float]:
        """Compare the log loss of the model with that of the rate of category and market, on part of the lines."""
        model, other = self._rank(MODEL, part), self._rank("category_rate", part)
        low, high = interval([other.log_loss(weight) - model.log_loss(weight) for weight in self._weights(part)])
        ones = np.ones(int(part.sum()))
        return {
            "category_rate_auc": other.discriminate(ones)["auc"],
            "category_rate_log_loss": other.log_loss(ones),
            "better_by": other.log_loss(ones) - model.log_loss(ones),
            "better_by_low": low,
            "better_by_high": high,
        }

    def _returned(self, part: Flags) -> Flags:
        return np.asarray(self.lines["returned"].to_numpy(dtype=bool)[part])

    def _rank(self, predictor: str, part: Flags) -> Ranked:
        return rank(self._returned(part), self.risks[predictor][part], None, self.params.evaluate.capacity_share)

    def _weights(self, part: Flags) -> Any:
        return resample_weights(self.lines["customer_id"][part], self.params.backtest.resamples, self.params.seed)


def _error_by_chance(risk: Values, seed: int) -> float:
    """Return the mean calibration error of lines whose risks are exactly right.

    The error is never below 0, and so the fewer lines the greater by chance alone (Roelofs et al. 2022, Mitigating bias
    in calibration error estimation): an error that is not above this is no evidence against the risks.
    """
    draws = np.random.default_rng(seed)
    filled = [part for part in np.array_split(np.sort(risk, kind="stable"), BINS) if len(part)]
    errors = [
        sum(abs(float((draws.random(len(part)) < part).mean() - part.mean())) * len(part) for part in filled)
        for _ in range(_DRAWS)
    ]
    return float(np.mean(errors) / len(risk))
