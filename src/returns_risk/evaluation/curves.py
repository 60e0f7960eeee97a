"""The points of the ROC, precision-recall, lift and calibration curves."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.evaluation.metrics import BINS, expected_returned

__all__ = ["calibration_curve", "curves"]

Values = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_POINTS = 200
_DIGITS = 9
_NORMAL_95 = 1.959964


def curves(returned: Flags, risk: Values) -> dict[str, pd.DataFrame]:
    """Trace how a ranking does at each depth, at 200 equal steps.

    Parameters
    ----------
    returned, risk : shape (n_lines,), both classes present

    Returns
    -------
    ``roc`` (false_positive_rate, true_positive_rate), ``pr`` (recall, precision) and ``lift``
    (share_of_lines, lift).
    """
    order = np.argsort(-risk, kind="stable")
    # Rounded, since thirds of ties do not add up to whole lines and a curve would fall by a hair.
    found = np.concatenate([[0], np.cumsum(expected_returned(returned, risk)[order])]).round(_DIGITS)
    depth = np.unique(np.linspace(0, len(risk), _POINTS + 1).round().astype(np.int64))
    hits, misses = found[depth], (depth - found[depth]).round(_DIGITS)
    recall = hits / found[-1]
    beyond = depth > 0
    precision = hits[beyond] / depth[beyond]
    return {
        "roc": pd.DataFrame({"false_positive_rate": misses / (len(risk) - found[-1]), "true_positive_rate": recall}),
        "pr": pd.DataFrame({"recall": recall[beyond], "precision": precision}),
        "lift": pd.DataFrame({"share_of_lines": depth[beyond] / len(risk), "lift": precision / returned.mean()}),
    }


def calibration_curve(returned: Flags, risk: Values, bins: int = BINS) -> pd.DataFrame:
    """Compare predicted and observed shares in equally filled bins.

    Returns
    -------
    ``predicted``, ``observed``, ``low`` and ``high`` (95 % Wilson interval of the observed share; Wilson 1927)
    and ``lines``, one row per bin.
    """
    parts = [part for part in np.array_split(np.argsort(risk, kind="stable"), bins) if len(part)]
    lines = np.array([len(part) for part in parts], dtype=np.float64)
    expected = expected_returned(returned, risk)
    observed = np.array([expected[part].mean() for part in parts])
    centre = (observed + _NORMAL_95**2 / (2 * lines)) / (1 + _NORMAL_95**2 / lines)
    spread = np.sqrt(observed * (1 - observed) / lines + (_NORMAL_95 / (2 * lines)) ** 2)
    half = _NORMAL_95 * spread / (1 + _NORMAL_95**2 / lines)
    return pd.DataFrame(
        {
            "predicted": [risk[part].mean() for part in parts],
            "observed": observed,
            "low": centre - half,
            "high": centre + half,
            "lines": lines.astype(np.int64),
        }
    )
