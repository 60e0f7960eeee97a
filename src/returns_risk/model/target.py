"""What a classifier predicts, and the labels as numbers."""

import logging
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.yaml_files import Frozen
from returns_risk.model.recipes import Recipe

__all__ = ["RETURNED", "Target", "find_classes", "find_target"]

_logger = logging.getLogger(__name__)


class Target(Frozen):
    """Column of the labels, and for reasons its classes."""

    column: Literal["returned", "reason"]
    classes: tuple[str, ...] = ()
    """Reasons in alphabetical order; empty where the target is whether a line was returned."""
    min_share: float = 0.0
    """Below this share the likeliest reason is not shown."""

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


def find_classes(train: pd.Series, calibrate: pd.Series, unknown: tuple[str, ...], min_lines: int) -> tuple[str, ...]:
    """Return the reasons that are classes, in alphabetical order; none where there are fewer than two.

    Parameters
    ----------
    train, calibrate : reasons of the rows of the period; missing where a line was kept or no reason was stated
    unknown : reasons that say nothing
    min_lines : a reason with fewer training rows is no class
    """
    stated = train.dropna()
    counts = stated[~stated.isin(unknown)].value_counts()
    classes = tuple(sorted(str(reason) for reason in counts[counts >= min_lines].index))
    return classes if calibrate[calibrate.isin(classes)].nunique() >= 2 else ()


def find_target(recipe: Recipe, train: pd.DataFrame, calibrate: pd.DataFrame) -> Target | None:
    """Return what a recipe predicts, given each period's ``reason``; None where there are fewer than two reasons."""
    if recipe.classes is None:
        return RETURNED
    of = recipe.classes
    classes = find_classes(train["reason"], calibrate["reason"], of.unknown, of.min_lines)
    if not classes:
        _logger.warning(
            "models/recipes/%s.yaml is off: fewer than two reasons have %d lines to learn from",
            recipe.name, of.min_lines,
        )  # fmt: skip
        return None
    return Target(column="reason", classes=classes, min_share=of.min_share)
