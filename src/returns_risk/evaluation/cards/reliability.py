"""The reliability curve as a picture."""

import pandas as pd

from returns_risk.explain import picture, pyplot

__all__ = ["draw_reliability"]


def draw_reliability(curve: pd.DataFrame) -> bytes:
    """Draw observed against predicted shares with their intervals, as PNG.

    Parameters
    ----------
    curve : ``predicted``, ``observed``, ``low``, ``high``, as ``calibration_curve`` returns them
    """
    plt = pyplot()
    _, axis = plt.subplots(figsize=(5, 4.5))
    most = max(curve["predicted"].max(), curve["high"].max())
    axis.plot([0, most], [0, most], color="grey", linewidth=0.8)
    reach = (curve["observed"] - curve["low"], curve["high"] - curve["observed"])
    axis.errorbar(curve["predicted"], curve["observed"], yerr=reach, fmt="o", capsize=3, markersize=4)
    axis.set_xlabel("predicted risk")
    axis.set_ylabel("share returned, 95 % interval")
    return picture()
