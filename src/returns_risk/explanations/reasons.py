"""Why a line stands out: SHAP values grouped into factors, each told by its strongest fact."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.feature_groups import Feature

__all__ = ["explain"]

Values = npt.NDArray[np.float64]


def explain(
    contributions: Values, features: pd.DataFrame, catalogue: list[Feature], typical: dict[str, float], reasons: int
) -> list[list[str]]:
    """Give the strongest reasons for a higher risk, one sentence a factor.

    SHAP values add up, so those of one entity (the customer, the item, the basket ...) are summed into its
    factor. Only factors that raise the risk are told, strongest first; the fact told is the one that raises
    it most. A sentence states what is known and what is typical, never a share of the probability.

    Parameters
    ----------
    contributions : SHAP values without the base, shape (n_lines, n_features)
    features : values of the same columns, shape (n_lines, n_features)
    catalogue : what each column means, in the same order
    typical : median of numeric columns over the training rows
    reasons : how many at most

    Returns
    -------
    A list of sentences per line, perhaps shorter than ``reasons``.
    """
    groups = list(dict.fromkeys(feature.group for feature in catalogue))
    members = [[i for i, feature in enumerate(catalogue) if feature.group == group] for group in groups]
    factors = np.column_stack([contributions[:, columns].sum(axis=1) for columns in members])
    strongest = np.column_stack([np.array(columns)[contributions[:, columns].argmax(axis=1)] for columns in members])
    values = [features[feature.name].to_numpy() for feature in catalogue]
    ranking = np.argsort(-factors, axis=1, kind="stable")[:, :reasons]
    return [
        [
            _sentence(catalogue[strongest[line, group]], values[strongest[line, group]][line], typical)
            for group in ranking[line]
            if factors[line, group] > 0
        ]
        for line in range(len(features))
    ]


def _sentence(feature: Feature, value: object, typical: dict[str, float]) -> str:
    if feature.unit == "identity":
        return f"{feature.meaning} comes back more often than its history alone says"
    if pd.isna(value):  # type: ignore[call-overload]
        return f"{feature.meaning}: nothing known"
    if feature.unit == "category":
        return f"{feature.meaning} is {value}"
    told = f"{feature.meaning}: {_tell(feature, float(str(value)))}"
    if feature.name in typical:
        told += f" (typical: {_tell(feature, typical[feature.name])})"
    return told


def _tell(feature: Feature, value: float) -> str:
    if feature.unit == "share":
        return f"{100 * value:.0f}%" if abs(value) >= 0.1 else f"{100 * value:.1f}%"
    if feature.unit in ("count", "days"):
        return f"{value:.0f}"
    if feature.unit == "ratio":
        return f"{value:.1f} times"
    return f"{value:.2f}".rstrip("0").rstrip(".")
