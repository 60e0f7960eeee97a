"""Lines as one model ranks them, ready to be measured under many sets of weights."""

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from returns_risk.evaluation.metrics import capacity_lines

__all__ = ["Ranked", "mean_by_level", "rank"]

Values = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
_EPSILON = 1e-15  # a risk of exactly 0 or 1 would cost an infinite log loss


@dataclass(frozen=True)
class Ranked:
    """The lines by falling risk."""

    loss: Values
    """Log loss of each line, in the lines' own order, shape (n_lines,)."""
    order: Places
    """Lines from the riskiest on, shape (n_lines,)."""
    ties: Places
    """Where in that order the lines of each distinct risk begin, shape (n_risks,)."""
    returned: Values
    gain: Values | None
    """In that order, shape (n_lines,)."""
    capacity_share: float

    def measure(self, weight: Values) -> dict[str, float]:
        """Return the metrics of the lines, each counted as often as its weight says.

        Parameters
        ----------
        weight : whole numbers, shape (n_lines,)

        Returns
        -------
        ``log_loss``; ``precision_at_capacity``, the share returned among the flagged lines, which are the riskiest up
        to the capacity; and, where gains are known, ``value_at_capacity``, the sum of the gains of those lines.
        """
        total = float(weight.sum())
        capacity = capacity_lines(int(total), self.capacity_share)
        flagged = self._flagged(weight, capacity)
        metrics = {
            "log_loss": self.log_loss(weight),
            "precision_at_capacity": float((flagged * self.returned[: len(flagged)]).sum() / capacity),
        }
        if self.gain is not None:
            metrics["value_at_capacity"] = float((flagged * self.gain[: len(flagged)]).sum())
        return metrics

    def log_loss(self, weight: Values) -> float:
        """Return the log loss of the lines, each counted as often as its weight says."""
        # Not a BLAS product: its threads cost more than they save on machines with few cores.
        return float((weight * self.loss).sum() / weight.sum())

    def discriminate(self, weight: Values) -> dict[str, float]:
        """Return ``auc`` and ``average_precision`` of the lines, each counted as often as its weight says.

        As scikit-learn's with ``sample_weight``, ties included; NaN where the weights leave one class only.
        """
        auc, average_precision = _discriminate(self.order, self.ties, self.returned, weight)
        return {"auc": auc, "average_precision": average_precision}

    def _flagged(self, weight: Values, capacity: int) -> Values:
        """Return how often each of the riskiest lines is flagged; lines tied at the border share what room is left."""
        # Twice the capacity nearly always holds enough of the weight, and spares a walk over all lines.
        for risks in (int(np.searchsorted(self.ties, 2 * capacity)), len(self.ties)):
            end = int(self.ties[risks]) if risks < len(self.ties) else len(self.order)
            ranked = weight[self.order[:end]]
            if ranked.sum() >= capacity:
                break
        starts = self.ties[:risks]
        tied = np.add.reduceat(ranked, starts)
        room = capacity - (np.cumsum(tied) - tied)
        share = np.clip(np.divide(room, tied, out=np.zeros_like(tied), where=tied > 0), 0.0, 1.0)
        return np.asarray(ranked * np.repeat(share, np.diff(np.append(starts, end))))


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _discriminate(order: Places, ties: Places, returned: Values, weight: Values) -> tuple[float, float]:
    """Return AUC and average precision in one pass over the ranked lines: it is done for each bootstrap sample."""
    hits, misses, above, precision = 0.0, 0.0, 0.0, 0.0
    for tie in range(len(ties)):
        hits_tied, misses_tied = 0.0, 0.0
        end = ties[tie + 1] if tie + 1 < len(ties) else len(order)
        for place in range(ties[tie], end):
            counted = weight[order[place]]
            hits_tied += counted * returned[place]
            misses_tied += counted * (1.0 - returned[place])
        above += misses_tied * (hits + hits_tied / 2)
        hits += hits_tied
        misses += misses_tied
        if hits_tied > 0.0:
            precision += hits_tied * hits / (hits + misses)
    if hits == 0.0 or misses == 0.0:
        return np.nan, np.nan
    return above / (hits * misses), precision / hits


def rank(returned: npt.NDArray[np.bool_], risk: Values, gain: Values | None, capacity_share: float) -> Ranked:
    """Sort lines by risk.

    Parameters
    ----------
    returned, risk, gain : shape (n_lines,); ``gain`` in money, of flagging the line
    capacity_share : share of lines that operations can act on
    """
    clipped = np.clip(risk, _EPSILON, 1 - _EPSILON)
    order = np.argsort(-risk, kind="stable")
    ranked = risk[order]
    return Ranked(
        loss=-np.log(np.where(returned, clipped, 1 - clipped)),
        order=order,
        ties=np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1])),
        returned=returned[order].astype(np.float64),
        gain=None if gain is None else gain[order],
        capacity_share=capacity_share,
    )


def mean_by_level(values: Values, weight: Values, codes: list[tuple[Places, int]]) -> Values:
    """Return weighted means by level, dimension after dimension; NaN where a level has no weight.

    ``codes`` has for each dimension the level of each line, shape (n_lines,), and the number of levels.
    """
    means = [np.empty(0)]
    weighted = weight * values
    for code, levels in codes:
        weights = np.bincount(code, weights=weight, minlength=levels)
        sums = np.bincount(code, weights=weighted, minlength=levels)
        means.append(np.divide(sums, weights, out=np.full(levels, np.nan), where=weights > 0))
    return np.concatenate(means)
