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

    Lines are put in cells by the values of both features, or by the sixths where there are many; the standard deviation
    of the cells' mean SHAP value while the first feature stays is told, less what such cells show by chance. Unlike
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
    place = {str(name): at for at, name in enumerate(encoded.columns)}
    parts = {name: _part(encoded[name].to_numpy(dtype=np.float64)) for name in features}
    found = [
        [
            0.0 if one == other else _depends(contributions[:, place[one]], parts[one], parts[other])
            for other in features
        ]
        for one in features
    ]
    return pd.DataFrame(found, index=pd.Index(features, name="feature"), columns=features)


def _part(column: Values) -> npt.NDArray[np.int64]:
    """Return the part of each value: few values are a part each, many are cut in sixths; missing ones are one, too."""
    known = np.unique(column[~np.isnan(column)])
    if len(known) > _FEW:
        known = np.unique(np.nanquantile(column, np.arange(1, _PARTS) / _PARTS))
    return np.where(np.isnan(column), len(known) + 1, np.searchsorted(known, column, side="left")).astype(np.int64)


def _depends(effect: Values, own: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> float:
    lines = pd.DataFrame({"own": own, "cell": own * (other.max(initial=0) + 1) + other, "effect": effect})
    rest = lines["effect"] - lines.groupby("own")["effect"].transform("mean")
    between = rest.groupby(lines["cell"]).transform("mean")
    freedom = lines["cell"].nunique() - lines["own"].nunique()
    by_chance = ((rest - between) ** 2).sum() / max(len(lines) - lines["cell"].nunique(), 1) * freedom
    return float(np.sqrt(max((between**2).sum() - by_chance, 0.0) / len(lines)))
