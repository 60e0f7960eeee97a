"""SHAP summaries as pictures."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.explain.dependence import measure_interactions, plot_dependence, plot_interactions
from returns_risk.explain.pictures import pyplot, save_picture
from returns_risk.io.files import atomic_directory, write_csv
from returns_risk.model import Classifier

__all__ = ["plot_attributions", "plot_classifiers"]

Values = npt.NDArray[np.float64]
_SHOWN = 20
_COMPARED = 12
_DRAWN = 8


def plot_classifiers(
    classifiers: dict[str, Classifier], rows: pd.DataFrame, folder: Path, seed: int
) -> dict[str, list[Path]]:
    """Draw what each classifier rests on, as ``<folder>/<name>/*.png``; the folder is replaced as a whole.

    A risk gets beeswarm, bar, dependence of its strongest features, and their interactions, also as
    ``interactions.csv``. Of reasons only strength is shown: a direction would be one for each class.

    Parameters
    ----------
    rows : features

    Returns
    -------
    Paths of the pictures by classifier.
    """
    with atomic_directory(folder) as aside:
        for name, classifier in classifiers.items():
            (aside / name).mkdir()
            contributions, encoded = classifier.contributions(rows), classifier.encoding_(rows)
            if classifier.target_.classes:
                plot_attributions(np.abs(contributions).sum(axis=1), encoded, aside / name, seed, ["bar"])
            else:
                _draw_risk(contributions, encoded, classifier.encoding_.levels, aside / name, seed)
    return {name: sorted((folder / name).glob("*.png")) for name in classifiers}


def _draw_risk(
    contributions: Values, encoded: pd.DataFrame, levels: dict[str, tuple[str, ...]], folder: Path, seed: int
) -> None:
    plot_attributions(contributions, encoded, folder, seed)
    magnitude = pd.Series(np.abs(contributions[:, :-1]).mean(axis=0), index=encoded.columns)
    strongest = [str(name) for name in magnitude.sort_values(ascending=False, kind="stable").index[:_COMPARED]]
    interactions = measure_interactions(contributions, encoded, strongest)
    write_csv(folder / "interactions.csv", interactions.reset_index())
    plot_interactions(interactions, folder / "shap_interactions.png")
    plot_dependence(contributions, encoded, levels, interactions.head(_DRAWN), folder / "shap_dependence.png")


def plot_attributions(
    contributions: Values, encoded: pd.DataFrame, folder: Path, seed: int, pictures: Sequence[str] = ("beeswarm", "bar")
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
    plt = pyplot()
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
        with warnings.catch_warnings():
            # shap warns of columns without any value.
            warnings.filterwarnings("ignore", message="All-NaN slice encountered", category=RuntimeWarning)
            if path.stem == "shap_beeswarm":
                # shap scatters its points with numpy's global generator and takes no other.
                np.random.seed(seed)  # noqa: NPY002
                shap.plots.beeswarm(explanation, max_display=_SHOWN, show=False)
            else:
                shap.plots.bar(explanation, max_display=_SHOWN, show=False)
        save_picture(path)
    return paths
