"""How good a ranking and its probabilities are, in figures and in curves."""

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = [
    "BINS",
    "DIGITS",
    "calibration_curve",
    "capacity_lines",
    "curves",
    "expected_returned",
    "measure",
    "measure_reasons",
    "round_figures",
]

Values = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
BINS = 10
"""Bins of the calibration error and its curve; errors compare only at the same number."""
_POINTS = 200
DIGITS = 9
"""Decimals of measured figures; the last ones of sums differ between kinds of processors."""
_NORMAL_95 = 1.959964


def measure(
    returned: npt.ArrayLike, risk: npt.ArrayLike, capacity_share: float = 0.05, bins: int = BINS
) -> dict[str, float]:
    """Measure predicted risks against what came back.

    Parameters
    ----------
    returned : shape (n_lines,), both classes present
    risk : predicted probability of return, shape (n_lines,)
    capacity_share : share of lines that operations can act on
    bins : of the expected calibration error

    Returns
    -------
    ``auc``, ``average_precision``, ``log_loss``, ``brier``, ``ece`` (expected calibration error over
    equally filled bins; Naeini et al. 2015, Obtaining well calibrated probabilities using Bayesian
    binning), ``precision_at_capacity``, ``recall_at_capacity``, ``lift_at_capacity`` (precision over the
    share returned), ``lines`` and ``return_rate``. Ties at the capacity count with their expected value.
    """
    from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

    returned, risk = np.asarray(returned, dtype=bool), np.asarray(risk, dtype=np.float64)
    precision = _precision_at(returned, risk, capacity_lines(len(risk), capacity_share))
    rate = float(returned.mean())
    measured = {
        "auc": float(roc_auc_score(returned, risk)),
        "average_precision": float(average_precision_score(returned, risk)),
        "log_loss": float(log_loss(returned, risk)),
        "brier": float(brier_score_loss(returned, risk)),
        "ece": _calibration_error(returned, risk, bins),
        "precision_at_capacity": precision,
        "recall_at_capacity": precision * capacity_lines(len(risk), capacity_share) / float(returned.sum()),
        "lift_at_capacity": precision / rate,
        "lines": float(len(returned)),
        "return_rate": rate,
    }
    return round_figures(measured)


def measure_reasons(label: npt.NDArray[np.int64], shares: Values, min_share: float) -> dict[str, float]:
    """Measure predicted shares of reasons against the reasons that were stated.

    Parameters
    ----------
    label : position of each line's reason, shape (n_lines,)
    shares : predicted share of each reason, shape (n_lines, n_classes)
    min_share : the likeliest reason is shown from this share on

    Returns
    -------
    ``accuracy`` of the likeliest reason, ``log_loss``, ``told_share`` of lines whose likeliest reason is shown,
    ``told_accuracy`` among these (0 where none is), ``lines`` and ``classes``.
    """
    from sklearn.metrics import log_loss

    right, shown = shares.argmax(axis=1) == label, shares.max(axis=1) >= min_share
    measured = {
        "accuracy": float(right.mean()),
        "log_loss": float(log_loss(label, shares, labels=np.arange(shares.shape[1]))),
        "told_share": float(shown.mean()),
        "told_accuracy": float(right[shown].mean()) if shown.any() else 0.0,
        "lines": float(len(label)),
        "classes": float(shares.shape[1]),
    }
    return round_figures(measured)


def round_figures(measured: dict[str, float]) -> dict[str, float]:
    """Round figures to ``DIGITS``."""
    return {name: round(value, DIGITS) for name, value in measured.items()}


def capacity_lines(lines: int, capacity_share: float) -> int:
    """Return the number of lines operations can act on, at least one.

    >>> capacity_lines(1000, 0.05)
    50
    """
    return max(1, round(lines * capacity_share))


def expected_returned(returned: Flags, risk: Values) -> Values:
    """Give each line the share returned among the lines of its risk, so that the order of ties never counts.

    >>> expected_returned(np.array([True, False, True]), np.array([0.2, 0.2, 0.9])).tolist()
    [0.5, 0.5, 1.0]
    """
    _, group, lines = np.unique(risk, return_inverse=True, return_counts=True)
    return np.asarray((np.bincount(group, weights=returned) / lines)[group])


def _precision_at(returned: Flags, risk: Values, lines: int) -> float:
    """Share returned among the riskiest lines; lines tied at the border count by their mean."""
    border = np.partition(risk, -lines)[-lines]
    above, tied = risk > border, risk == border
    expected = returned[above].sum() + (lines - above.sum()) * returned[tied].mean()
    return float(expected / lines)


def _calibration_error(returned: Flags, risk: Values, bins: int) -> float:
    order, expected = np.argsort(risk, kind="stable"), expected_returned(returned, risk)
    gaps = [
        abs(float(expected[part].mean()) - float(risk[part].mean())) * len(part)
        for part in np.array_split(order, bins)
        if len(part)
    ]
    return float(sum(gaps) / len(risk))


def curves(returned: npt.ArrayLike, risk: npt.ArrayLike) -> dict[str, pd.DataFrame]:
    """Trace how a ranking does at each depth, at 200 equal steps.

    Parameters
    ----------
    returned, risk : shape (n_lines,), both classes present

    Returns
    -------
    ``roc`` (false_positive_rate, true_positive_rate), ``pr`` (recall, precision) and ``lift``
    (share_of_lines, lift).
    """
    returned, risk = np.asarray(returned, dtype=bool), np.asarray(risk, dtype=np.float64)
    order = np.argsort(-risk, kind="stable")
    # Rounded, since thirds of ties do not add up to whole lines and a curve would fall by a hair.
    hits_by_depth = np.concatenate([[0], np.cumsum(expected_returned(returned, risk)[order])]).round(DIGITS)
    depth = np.unique(np.linspace(0, len(risk), _POINTS + 1).round().astype(np.int64))
    hits, misses = hits_by_depth[depth], (depth - hits_by_depth[depth]).round(DIGITS)
    recall = hits / hits_by_depth[-1]
    beyond = depth > 0
    precision = hits[beyond] / depth[beyond]
    return {
        "roc": pd.DataFrame(
            {"false_positive_rate": misses / (len(risk) - hits_by_depth[-1]), "true_positive_rate": recall}
        ),
        "pr": pd.DataFrame({"recall": recall[beyond], "precision": precision}),
        "lift": pd.DataFrame({"share_of_lines": depth[beyond] / len(risk), "lift": precision / returned.mean()}),
    }


def calibration_curve(returned: npt.ArrayLike, risk: npt.ArrayLike, bins: int = BINS) -> pd.DataFrame:
    """Compare predicted and observed shares in equally filled bins.

    Returns
    -------
    ``predicted``, ``observed``, ``low`` and ``high`` (95 % Wilson interval of the observed share; Wilson 1927)
    and ``lines``, one row per bin.
    """
    returned, risk = np.asarray(returned, dtype=bool), np.asarray(risk, dtype=np.float64)
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
