"""How much the effect of one feature depends on another."""

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["measure_interactions"]

Values = npt.NDArray[np.float64]
_PARTS = 6
_FEW = 20


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
