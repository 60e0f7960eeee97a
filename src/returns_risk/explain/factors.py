"""What a score is made of: SHAP values summed by factor."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.features import Feature

__all__ = ["REST", "sum_factors"]

Values = npt.NDArray[np.float64]
REST = "all else"


def sum_factors(contributions: Values, catalogue: list[Feature], most: int) -> list[list[tuple[str, float]]]:
    """Sum SHAP values by entity (the customer, the item, the basket ...); they add up to the score of the line.

    Parameters
    ----------
    contributions : SHAP values with the base in the last column, shape (n_lines, n_features + 1)
    catalogue : what each column means, in the same order
    most : so many factors are told apart, the strongest of each line; the others are ``REST``

    Returns
    -------
    For each line its factors, named by entity, with their log-odds, the strongest first, ``REST`` last; the base is
    not among them.
    """
    summed = pd.DataFrame(contributions[:, :-1]).T.groupby([one.group for one in catalogue], sort=False).sum().T
    names, values = [str(name) for name in summed.columns], summed.to_numpy(dtype=np.float64)
    order = np.argsort(-np.abs(values), axis=1, kind="stable")
    found = []
    for line, ranked in enumerate(order):
        told = [(names[place], float(values[line, place])) for place in ranked[:most]]
        rest = float(values[line, ranked[most:]].sum())
        found.append([*told, (REST, rest)] if len(names) > most else told)
    return found
