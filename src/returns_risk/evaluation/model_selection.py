"""What training does where a recipe leaves it to the backtest."""

import numpy as np
import pandas as pd

from returns_risk.config.yaml_files import Frozen

__all__ = ["ALL", "ModelSelection", "choose_simplest", "weak_features"]

ALL = "1"
"""Name of the set of all features; the others are named by the share of the attributions they keep."""


class ModelSelection(Frozen):
    """Calibration, features and use of censored lines."""

    calibration: str = "none"
    features: str = ALL
    """Share of the attributions that the selected features make up."""
    leave_out: tuple[str, ...] = ()
    """Features whose removal costs nothing."""
    censored: str = "leave_out"
    decided_on: tuple[str, ...] = ()
    """As-of days of the deciding folds: all their labels were known when the test period began."""


def choose_simplest(losses: pd.DataFrame) -> str:
    """Return the simplest alternative that is not clearly worse than the best.

    The mean log loss of the folds decides; clearly worse is by more than the standard error of the folds' differences
    (the one-standard-error rule; Breiman et al. 1984, Classification and regression trees).

    Parameters
    ----------
    losses : log losses, a row for each fold, a column for each alternative, the simplest first
    """
    best = str(losses.mean().idxmin())
    differences = losses.sub(losses[best], axis=0)
    error = differences.std(ddof=1) / np.sqrt(len(losses))
    return next(str(name) for name in losses if differences[name].mean() <= error[name])


def weak_features(shares: pd.Series, share: float) -> tuple[str, ...]:
    """Return the features that are not among the fewest that together make up a share of the attributions.

    >>> weak_features(pd.Series({"price": 0.2, "size": 0.7, "brand": 0.1}), 0.8)
    ('brand',)
    """
    order = shares.sort_values(ascending=False, kind="stable")
    # A feature is needed where those before it do not suffice; sums of shares miss 1 by a rounding error.
    needed = set(order.index[order.cumsum().shift(fill_value=0.0) < share - 1e-9])
    return tuple(str(name) for name in shares.index if name not in needed)
