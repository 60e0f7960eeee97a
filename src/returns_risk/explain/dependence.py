"""How the effect of a feature depends on its value and on other features: measured and drawn."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.explain.pictures import pyplot, save_picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["measure_interactions", "plot_dependence", "plot_interactions"]

_PARTS = 6
_FEW = 20
Values = npt.NDArray[np.float64]
_LEVELS = 12
_COLUMNS = 2


def measure_interactions(contributions: Values, encoded: pd.DataFrame, features: list[str]) -> pd.DataFrame:
    """Measure by how much the SHAP value of a feature varies with another one while its own value stays the same.

    Lines are put in cells by the values of both features, or by sixths where there are many; the standard deviation
    of the cells' mean SHAP value at the same first feature is returned, less its expectation by chance. Unlike
    SHAP interaction values, which no library computes for LightGBM's splits on categories, it takes them; the idea is
    that of ``shap.utils.approximate_interactions`` (Lundberg et al. 2020, From local explanations to global
    understanding with explainable AI for trees).

    Parameters
    ----------
    contributions : SHAP values, shape (n_lines, n_features) or with the base in a last column
    encoded : what the booster read, shape (n_lines, n_features)
    features : those to compare

    Returns
    -------
    Log-odds, shape (n, n): row, whose effect; column, on what it depends; 0 on the diagonal. Not symmetric: effects are
    shared out between the two.
    """
    position = {str(name): number for number, name in enumerate(encoded.columns)}
    parts = {name: _part(encoded[name].to_numpy(dtype=np.float64)) for name in features}
    strengths = [
        [
            0.0 if name == other else _dependence(contributions[:, position[name]], parts[name], parts[other])
            for other in features
        ]
        for name in features
    ]
    return pd.DataFrame(strengths, index=pd.Index(features, name="feature"), columns=features)


def _part(column: Values) -> npt.NDArray[np.int64]:
    """Return the bin of each value: its own for few values, sixths for many; missing values have a bin."""
    known = np.unique(column[~np.isnan(column)])
    if len(known) > _FEW:
        known = np.unique(np.nanquantile(column, np.arange(1, _PARTS) / _PARTS))
    return np.where(np.isnan(column), len(known) + 1, np.searchsorted(known, column, side="left")).astype(np.int64)


def _dependence(effect: Values, feature: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> float:
    lines = pd.DataFrame({"feature": feature, "cell": feature * (other.max(initial=0) + 1) + other, "effect": effect})
    residual = lines["effect"] - lines.groupby("feature")["effect"].transform("mean")
    between = residual.groupby(lines["cell"]).transform("mean")
    freedom = lines["cell"].nunique() - lines["feature"].nunique()
    by_chance = ((residual - between) ** 2).sum() / max(len(lines) - lines["cell"].nunique(), 1) * freedom
    return float(np.sqrt(max((between**2).sum() - by_chance, 0.0) / len(lines)))


def plot_dependence(
    contributions: Values,
    encoded: pd.DataFrame,
    levels: dict[str, tuple[str, ...]],
    interactions: pd.DataFrame,
    path: Path,
) -> Path:
    """Draw the SHAP values of features along their values, coloured by what each depends on most.

    Parameters
    ----------
    contributions, encoded : as for ``measure_interactions``
    levels : names of the codes of categories; such features are drawn as the mean of their most frequent levels
    interactions : of ``measure_interactions``; its rows are the features drawn
    """
    plt = pyplot()
    rows = -(-len(interactions) // _COLUMNS)
    figure, axes = plt.subplots(rows, _COLUMNS, figsize=(12, 3.6 * rows), squeeze=False, layout="constrained")
    for axis, name in zip(axes.flat, interactions.index, strict=False):
        effect = contributions[:, encoded.columns.get_loc(name)]
        if name in levels:
            _draw_levels(axis, effect, encoded[name], levels[name])
        else:
            partner = str(interactions.loc[name].idxmax())
            dots = axis.scatter(encoded[name], effect, c=encoded[partner].rank(pct=True), s=6, cmap="viridis")
            figure.colorbar(dots, ax=axis, label=f"{partner} (rank)", ticks=[0, 1])
        axis.axhline(0, color="grey", linewidth=0.6)
        axis.set_title(name, fontsize=10)
        axis.set_ylabel("SHAP value, log-odds")
    for axis in axes.flat[len(interactions) :]:
        axis.set_visible(False)
    return save_picture(path)


def _draw_levels(axis: "Axes", effect: Values, codes: pd.Series, levels: tuple[str, ...]) -> None:
    """Draw the mean SHAP value of the most frequent levels, with the middle half of the lines as whiskers."""
    names = pd.Series(np.array([*levels, "unknown"], dtype=object)[codes.fillna(len(levels)).astype(int)])
    shown = names.value_counts(sort=True).head(_LEVELS).index
    parts = [effect[(names == level).to_numpy()] for level in shown]
    middle = np.array([part.mean() for part in parts])
    lower, upper = (np.array([np.quantile(part, quantile) for part in parts]) for quantile in (0.25, 0.75))
    whiskers = np.abs(np.vstack([np.minimum(lower - middle, 0), np.maximum(upper - middle, 0)]))
    axis.bar(range(len(shown)), middle, yerr=whiskers, error_kw={"linewidth": 0.8})
    axis.set_xticks(range(len(shown)), [str(level) for level in shown], rotation=40, ha="right", fontsize=8)


def plot_interactions(interactions: pd.DataFrame, path: Path) -> Path:
    """Draw how much the effect of each feature depends on each other feature (``measure_interactions``)."""
    plt = pyplot()
    size = 2.5 + 0.45 * len(interactions)
    figure, axis = plt.subplots(figsize=(size + 2.5, size), layout="constrained")
    image = axis.imshow(interactions.to_numpy(), cmap="viridis", vmin=0)
    axis.set_xticks(range(len(interactions)), interactions.columns, rotation=60, ha="right", fontsize=8)
    axis.set_yticks(range(len(interactions)), interactions.index, fontsize=8)
    axis.set_xlabel("depends on")
    axis.set_ylabel("effect of")
    figure.colorbar(image, ax=axis, label="standard deviation, log-odds")
    return save_picture(path)
