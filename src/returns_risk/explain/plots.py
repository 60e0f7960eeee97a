"""SHAP summaries as pictures."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.explain.dependence import measure_interactions, plot_dependence, plot_interactions
from returns_risk.explain.pictures import pyplot, save_picture
from returns_risk.io.files import atomic_directory, write_csv
from returns_risk.model import Classifier

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["plot_attributions", "plot_classifiers"]

Values = npt.NDArray[np.float64]
_SHOWN = 20
_BINS = 200  # of SHAP values, within which dots are parted
_FEWEST_DOTS = 20
_COMPARED = 12
_DRAWN = 8


def plot_classifiers(classifiers: dict[str, Classifier], rows: pd.DataFrame, folder: Path) -> dict[str, list[Path]]:
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
                plot_attributions(np.abs(contributions).sum(axis=1), encoded, aside / name, ["bar"])
            else:
                _draw_risk(contributions, encoded, classifier.encoding_.levels, aside / name)
    return {name: sorted((folder / name).glob("*.png")) for name in classifiers}


def _draw_risk(contributions: Values, encoded: pd.DataFrame, levels: dict[str, tuple[str, ...]], folder: Path) -> None:
    plot_attributions(contributions, encoded, folder)
    magnitude = pd.Series(np.abs(contributions[:, :-1]).mean(axis=0), index=encoded.columns)
    strongest = [str(name) for name in magnitude.sort_values(ascending=False, kind="stable").index[:_COMPARED]]
    interactions = measure_interactions(contributions, encoded, strongest)
    write_csv(folder / "interactions.csv", interactions.reset_index())
    plot_interactions(interactions, folder / "shap_interactions.png")
    plot_dependence(contributions, encoded, levels, interactions.head(_DRAWN), folder / "shap_dependence.png")


def plot_attributions(
    contributions: Values, encoded: pd.DataFrame, folder: Path, pictures: Sequence[str] = ("beeswarm", "bar")
) -> list[Path]:
    """Draw the beeswarm and the mean absolute SHAP value of the strongest features.

    Own code: importing shap for its two pictures takes longer than drawing them.

    Parameters
    ----------
    contributions : SHAP values with the base in the last column, shape (n_lines, n_features + 1)
    encoded : the matrix the booster read, shape (n_lines, n_features)
    pictures : ``beeswarm``, ``bar``

    Returns
    -------
    Paths of ``shap_<picture>.png`` in ``folder``.
    """
    magnitude = np.abs(contributions[:, :-1]).mean(axis=0)
    strongest = np.argsort(-magnitude, kind="stable")[:_SHOWN][::-1]
    for name in pictures:
        _, axis = pyplot().subplots(figsize=(8, 1.2 + 0.32 * len(strongest)))
        if name == "bar":
            axis.barh(range(len(strongest)), magnitude[strongest])
            axis.set_xlabel("mean absolute SHAP value, log-odds")
        else:
            _draw_beeswarm(axis, contributions, encoded, strongest)
        axis.set_yticks(range(len(strongest)), encoded.columns[strongest], fontsize=8)
        save_picture(folder / f"shap_{name}.png")
    return [folder / f"shap_{name}.png" for name in pictures]


def _draw_beeswarm(axis: "Axes", contributions: Values, encoded: pd.DataFrame, strongest: npt.NDArray[np.intp]) -> None:
    """Draw a dot for each line: by its SHAP value, beside others of the same value, coloured by the feature's rank."""
    for height, feature in enumerate(strongest):
        effect, rank = contributions[:, feature], encoded.iloc[:, feature].rank(pct=True)
        known = rank.notna().to_numpy()
        place = height + _spread(effect)
        axis.scatter(effect[~known], place[~known], color="lightgrey", s=4, rasterized=True)
        dots = axis.scatter(
            effect[known], place[known], c=rank[known], cmap="coolwarm", vmin=0, vmax=1, s=4, rasterized=True
        )
    axis.axvline(0, color="grey", linewidth=0.6)
    axis.set_xlabel("SHAP value, log-odds")
    axis.figure.colorbar(dots, ax=axis, label="value of the feature (rank); grey: missing", ticks=[0, 1])


def _spread(effect: Values) -> Values:
    """Return offsets within (-0.4, 0.4) that part dots of about the same value, the more there are the wider."""
    bins = np.round((effect - effect.min()) / (np.ptp(effect) or 1.0) * _BINS).astype(np.int64)
    turn = pd.Series(bins).groupby(bins).cumcount().to_numpy()
    side = np.where(turn % 2, 1, -1) * ((turn + 1) // 2)
    return np.asarray(side * (0.8 / max(int(turn.max()) + 1, _FEWEST_DOTS)))
