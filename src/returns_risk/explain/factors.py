"""SHAP values summed by factor."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.features import Feature

__all__ = ["OTHER_FACTORS", "sum_factors"]

OTHER_FACTORS = "all else"
"""Name of the sum of all weaker factors."""


def sum_factors(
    contributions: npt.NDArray[np.float64], catalogue: list[Feature], most: int
) -> list[list[tuple[str, float]]]:
    """Sum SHAP values by entity (the customer, the item, the basket ...); they add up to the score of the line.

    Parameters
    ----------
    contributions : SHAP values with the base in the last column, shape (n_lines, n_features + 1)
    catalogue : what each column means, in the same order
    most : the number of strongest factors of each line that are kept apart; the others are ``OTHER_FACTORS``

    Returns
    -------
    For each line its factors, named by entity, with their log-odds, the strongest first, ``OTHER_FACTORS`` last;
    without the base.
    """
    groups = [feature.group for feature in catalogue]
    summed = pd.DataFrame(contributions[:, :-1]).T.groupby(groups, sort=False).sum().T
    names, values = [str(name) for name in summed.columns], summed.to_numpy(dtype=np.float64)
    order = np.argsort(-np.abs(values), axis=1, kind="stable")
    factors = [
        [(names[position], float(values[line, position])) for position in ranked[:most]]
        for line, ranked in enumerate(order)
    ]
    if len(names) > most:
        for line, ranked in enumerate(order):
            factors[line].append((OTHER_FACTORS, float(values[line, ranked[most:]].sum())))
    return factors
