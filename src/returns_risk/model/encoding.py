"""Feature columns to the matrix LightGBM reads, with what training learnt about categories."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from returns_risk.config.yaml_files import Frozen
from returns_risk.errors import BundleError
from returns_risk.features import Feature

__all__ = ["CATEGORICAL", "Encoding", "fit_encoding", "learn_encoding"]

CATEGORICAL = ("category", "identity")
"""Units of text columns."""


class Encoding(Frozen):
    """Names and order of the columns, and the levels of those that are categories."""

    columns: tuple[str, ...]
    levels: dict[str, tuple[str, ...]]
    """Levels seen often enough in training, by categorical column; others count as missing."""

    def __call__(self, features: pd.DataFrame) -> pd.DataFrame:
        """Return a float32 matrix with the columns in training order; codes for categories, NaN for missing.

        Raises
        ------
        BundleError
            A column is missing, or a number stands where training saw a category or the reverse.
        """
        missing = [name for name in self.columns if name not in features]
        if missing:
            raise BundleError(
                f"features: {len(missing)} of {len(self.columns)} columns of the model are missing, e.g. {missing[0]}. "
                "Run featurize with the definitions the model was trained with, or train again."
            )
        return pd.DataFrame({name: self._encode(features[name]) for name in self.columns}, index=features.index)

    def _encode(self, column: pd.Series) -> np.ndarray:
        is_number = pd.api.types.is_numeric_dtype(column.dtype)
        if is_number == (column.name in self.levels):
            actual, expected = ("numbers", "categories") if is_number else ("text", "numbers")
            raise BundleError(
                f"features: column {column.name} holds {actual}, the model was trained with {expected} there. "
                "Run featurize again or train again."
            )
        if is_number:
            return column.to_numpy(dtype=np.float32, na_value=np.nan)
        codes = pd.Index(self.levels[str(column.name)], dtype="str").get_indexer(pd.Index(column, dtype="str"))
        return np.where(codes < 0, np.nan, codes).astype(np.float32)


def fit_encoding(features: pd.DataFrame, units: Mapping[str, str], min_lines: int) -> Encoding:
    """Learn the levels of each categorical column from training rows.

    Parameters
    ----------
    features : the categorical columns of the training rows
    units : unit of each column, in catalogue order; ``category`` and ``identity`` are categorical
    min_lines : a level with fewer training rows is treated as missing

    Returns
    -------
    Encoding with levels in alphabetical order.
    """
    levels = {}
    for name, unit in units.items():
        if unit in CATEGORICAL:
            counts = features[name].value_counts()
            levels[name] = tuple(sorted(str(level) for level in counts[counts >= min_lines].index))
    return Encoding(columns=tuple(units), levels=levels)


def learn_encoding(columns: Callable[[list[str]], pd.DataFrame], features: list[Feature], min_lines: int) -> Encoding:
    """Fit the encoding of features; ``columns`` returns the training rows' values of those that it is asked for."""
    units = {feature.name: feature.unit for feature in features}
    return fit_encoding(columns([name for name, unit in units.items() if unit in CATEGORICAL]), units, min_lines)
