"""SHAP summaries as pictures."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.classifier import Classifier
from returns_risk.files import atomic_directory, atomic_file

__all__ = ["plot_attributions", "plot_classifiers"]

_SHOWN = 20


def plot_classifiers(
    classifiers: dict[str, Classifier], rows: pd.DataFrame, folder: Path, seed: int
) -> dict[str, list[Path]]:
    """Draw what each classifier rests on, as ``<folder>/<name>/*.png``; the folder is replaced as a whole.

    Parameters
    ----------
    rows : features

    Returns
    -------
    Paths of the pictures by classifier.
    """
    with atomic_directory(folder) as aside:
        for name, classifier in classifiers.items():
            contributions = classifier.contributions(rows)
            (aside / name).mkdir()
            if classifier.target.classes:
                # Of several classes only strength is shown: a direction would be one for each class.
                contributions = np.abs(contributions).sum(axis=1)
            drawn = ["bar"] if classifier.target.classes else ["beeswarm", "bar"]
            plot_attributions(contributions, classifier.encoding(rows), aside / name, seed, drawn)
    return {name: sorted((folder / name).glob("*.png")) for name in classifiers}


def plot_attributions(
    contributions: npt.NDArray[np.float64],
    encoded: pd.DataFrame,
    folder: Path,
    seed: int,
    pictures: Sequence[str] = ("beeswarm", "bar"),
) -> list[Path]:
    """Draw the beeswarm and the mean absolute SHAP value of the strongest features.

    Parameters
    ----------
    contributions : SHAP values with the base in the last column, shape (n_lines, n_features + 1)
    encoded : the matrix the booster read, shape (n_lines, n_features)
    seed : of the jitter in the beeswarm
    pictures : ``beeswarm``, ``bar``

    Returns
    -------
    Paths of ``shap_<picture>.png`` in ``folder``.
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
    paths = [folder / f"shap_{picture}.png" for picture in pictures]
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
