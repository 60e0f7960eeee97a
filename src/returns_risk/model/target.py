"""What a classifier predicts, as numbers."""

import logging
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.yaml_files import Frozen
from returns_risk.model.recipes import Recipe

__all__ = ["RETURNED", "Target", "find_target"]

_logger = logging.getLogger(__name__)


class Target(Frozen):
    """A column of the labels, and for reasons the classes in it."""

    column: Literal["returned", "reason"]
    classes: tuple[str, ...] = ()
    """Reasons in alphabetical order; none where the target is whether a line was returned."""
    min_share: float = 0.0
    """Below this share the likeliest reason is not told."""

    def known(self, labels: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Mark the rows that have a label: all, or those returned for a reason that is a class."""
        if not self.classes:
            return np.ones(len(labels), dtype=bool)
        return labels["reason"].isin(self.classes).to_numpy()

    def label(self, rows: pd.DataFrame) -> npt.NDArray[np.int64]:
        """Return 1 for returned and 0 for kept, or the position of each row's reason; all must be known."""
        if not self.classes:
            return rows["returned"].to_numpy(dtype=np.int64)
        return pd.Index(self.classes).get_indexer(pd.Index(rows["reason"])).astype(np.int64)


RETURNED = Target(column="returned")


def find_target(recipe: Recipe, train: pd.DataFrame, calibrate: pd.DataFrame) -> Target | None:
    """Find the classes of a recipe; None where there are fewer than two reasons to tell apart.

    Parameters
    ----------
    train, calibrate : ``reason`` of the rows of the period, missing where a line was kept or nothing was said
    """
    if recipe.classes is None:
        return RETURNED
    told = train["reason"].dropna()
    counts = told[~told.isin(recipe.classes.unknown)].value_counts()
    classes = tuple(sorted(str(reason) for reason in counts[counts >= recipe.classes.min_lines].index))
    if len(classes) < 2 or calibrate.loc[calibrate["reason"].isin(classes), "reason"].nunique() < 2:
        _logger.warning(
            "models/recipes/%s.yaml is off: %d reasons have %d lines to learn from, two are needed",
            recipe.name, len(classes), recipe.classes.min_lines,
        )  # fmt: skip
        return None
    return Target(column="reason", classes=classes, min_share=recipe.classes.min_share)
