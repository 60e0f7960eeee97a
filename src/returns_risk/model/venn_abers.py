"""Venn-Abers interval of a risk: the calibrated probability if the line were kept, and if it were returned.

Own code: scikit-learn has none, and MAPIE computes the interval anew from all calibration lines at each prediction; a
bundle stores one small table instead.
"""

import numpy as np
import numpy.typing as npt

from returns_risk.config.yaml_files import Frozen

__all__ = ["VennAbers", "fit_venn_abers"]

Values = npt.NDArray[np.float64]
_LEVELS = 256
"""Margins are rounded to this number of levels; the guarantee holds for any score, and so for the rounded margin."""


class VennAbers(Frozen):
    """Inductive Venn-Abers predictor (Vovk & Petej 2014, Venn-Abers predictors), by level of the margin."""

    edges: tuple[float, ...]
    """Margin from which on the next level begins, ascending; one fewer than levels."""
    low: tuple[float, ...]
    """Probability of return if the line were kept, per level."""
    high: tuple[float, ...]
    """Probability of return if the line were returned."""

    def __call__(self, margin: Values) -> tuple[Values, Values]:
        """Return the lower and the upper probability of each margin, each of shape (n_lines,)."""
        level = np.searchsorted(self.edges, margin, side="right")
        return np.asarray(self.low)[level], np.asarray(self.high)[level]


def fit_venn_abers(margin: Values, returned: npt.NDArray[np.bool_]) -> VennAbers:
    """Fit on lines that the booster has not seen.

    A new line is added, once as kept and once as returned; each time isotonic regression of all lines gives it a
    probability. The isotonic value at a level is the greatest, over all starts at or before it, of the smallest mean up
    to any end after it (Barlow et al. 1972), so that all levels are computed in advance.

    Parameters
    ----------
    margin, returned : shape (n_lines,), at least one line
    """
    order = np.argsort(margin, kind="stable")
    values, positive = margin[order], returned[order].astype(np.float64)
    wanted = np.linspace(0, len(values), min(_LEVELS, len(values)) + 1).round().astype(np.int64)[1:-1]
    # A level begins where the margin changes: equal margins are on the same level.
    begins = np.unique(np.searchsorted(values, values[wanted], side="left"))
    begins = np.append(0, begins[begins > 0])
    lines = np.append(0, np.cumsum(np.diff(np.append(begins, len(values)))))
    returns = np.append(0, np.cumsum(np.add.reduceat(positive, begins)))
    low, high = (tuple(_at_level(lines, returns, level, label) for level in range(len(begins))) for label in (0.0, 1.0))
    edges = (values[begins[1:]] + values[begins[1:] - 1]) / 2
    return VennAbers(edges=tuple(edges.tolist()), low=low, high=high)


def _at_level(lines: npt.NDArray[np.int64], returns: Values, level: int, label: float) -> float:
    """Return the isotonic value of a new line at a level; ``lines`` and ``returns`` are sums before each level."""
    begin, end = np.arange(level + 1), np.arange(level + 1, len(lines))
    means = (returns[end][None, :] - returns[begin][:, None] + label) / (
        lines[end][None, :] - lines[begin][:, None] + 1
    )
    return float(means.min(axis=1).max())
