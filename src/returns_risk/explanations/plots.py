"""SHAP summaries as pictures."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.files import atomic_file

__all__ = ["plot_attributions"]

_SHOWN = 20


def plot_attributions(
    contributions: npt.NDArray[np.float64], encoded: pd.DataFrame, folder: Path, seed: int
) -> list[Path]:
    """Draw the beeswarm and the mean absolute SHAP value of the strongest features.

    Parameters
    ----------
    contributions : SHAP values with the base in the last column, shape (n_lines, n_features + 1)
    encoded : the matrix the booster read, shape (n_lines, n_features)
    seed : of the jitter in the beeswarm

    Returns
    -------
    Paths of ``shap_beeswarm.png`` and ``shap_bar.png`` in ``folder``.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt
    import shap

    explanation = shap.Explanation(
        values=contributions[:, :-1],
        base_values=contributions[:, -1],
        data=encoded.to_numpy(),
        feature_names=list(encoded.columns),
    )
    paths = [folder / "shap_beeswarm.png", folder / "shap_bar.png"]
    for path in paths:
        plt.figure()
        with _quiet():
            if path.stem == "shap_beeswarm":
                # shap scatters its points with numpy's global generator and takes no other.
                np.random.seed(seed)  # noqa: NPY002
                shap.plots.beeswarm(explanation, max_display=_SHOWN, show=False)
            else:
                shap.plots.bar(explanation, max_display=_SHOWN, show=False)
        with atomic_file(path) as aside:
            # Without the version in its header the picture is the same on every run.
            plt.savefig(aside, format="png", dpi=110, bbox_inches="tight", metadata={"Software": None})
        plt.close("all")
    return paths


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep shap from warning of columns without any value."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="All-NaN slice encountered", category=RuntimeWarning)
        yield
