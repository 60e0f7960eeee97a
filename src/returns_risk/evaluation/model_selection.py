"""What a backtest decides for training: how many features, which calibration, whether open windows are learnt from."""

import numpy as np
import pandas as pd

from returns_risk.config.yaml_files import Frozen

__all__ = ["ALL", "Choices", "choose_simplest", "keep_strongest"]

ALL = "1"
"""Name of the set of all features; the others are named by the share of the attributions they keep."""


class Choices(Frozen):
    """What training does where a recipe leaves it to the backtest."""

    calibration: str = "none"
    features: str = ALL
    """Share of the attributions that the features kept make up."""
    leave_out: tuple[str, ...] = ()
    """Features whose removal costs nothing."""
    censored: str = "leave_out"
    decided_on: tuple[str, ...] = ()
    """As-of days of the folds that decided: those all of whose labels were known when the test period began."""


def choose_simplest(found: pd.DataFrame) -> str:
    """Return the simplest way that is not clearly worse than the best.

    Judged by the mean log loss of the folds; clearly worse is by more than the standard error of the folds'
    differences (the one-standard-error rule; Breiman et al. 1984, Classification and regression trees).

    Parameters
    ----------
    found : log losses, a row a fold, a column a way, the simplest first
    """
    best = str(found.mean().idxmin())
    differences = found.sub(found[best], axis=0)
    error = differences.std(ddof=1) / np.sqrt(len(found))
    return next(str(way) for way in found if differences[way].mean() <= error[way])


def keep_strongest(shares: pd.Series, share: float) -> list[str]:
    """Return the fewest features that together make up a share of the attributions, in their own order.

    >>> keep_strongest(pd.Series({"price": 0.2, "size": 0.7, "brand": 0.1}), 0.8)
    ['price', 'size']
    """
    order = shares.sort_values(ascending=False, kind="stable")
    # A feature counts where those before it do not suffice; sums of shares miss 1 by a rounding error.
    kept = set(order.index[order.cumsum().shift(fill_value=0.0) < share - 1e-9])
    return [str(name) for name in shares.index if name in kept]
