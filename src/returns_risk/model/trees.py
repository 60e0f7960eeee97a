"""The trees of a booster as arrays, read from its text."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import lightgbm as lgb

__all__ = ["Tree", "read_trees"]


@dataclass(frozen=True)
class Tree:
    """Inner nodes and leaves, as LightGBM numbers them: a child below 0 is the leaf ``-child - 1``."""

    feature: npt.NDArray[np.int64]
    """Column that each inner node splits, shape (n_nodes,)."""
    threshold: npt.NDArray[np.float64]
    """Values up to it go left; at a split on categories, the number of the set that goes left."""
    decision: npt.NDArray[np.int64]
    """LightGBM's bits: 1 categories, 2 missing values go left, 4 zeros are missing, 8 NaN is missing."""
    left: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    node_rows: npt.NDArray[np.float64]
    """Training rows at each inner node."""
    leaf_rows: npt.NDArray[np.float64]
    leaf_value: npt.NDArray[np.float64]
    """Log-odds, shape (n_leaves,)."""
    set_begins: npt.NDArray[np.int64]
    """Where the words of each set of categories begin, and the end of the last."""
    set_words: npt.NDArray[np.int64]
    """Sets of categories, 32 to a word."""


def read_trees(booster: "lgb.Booster") -> list[Tree]:
    """Return the trees of a booster, in the order in which they were grown."""
    blocks = booster.model_to_string().partition("end of trees")[0].split("\nTree=")[1:]
    return [_read(dict(line.partition("=")[::2] for line in block.split("\n") if "=" in line)) for block in blocks]


def _read(values: dict[str, str]) -> Tree:
    def integers(name: str) -> npt.NDArray[np.int64]:
        return np.array(values.get(name, "").split(), dtype=np.int64)

    def numbers(name: str) -> npt.NDArray[np.float64]:
        return np.array(values.get(name, "").split(), dtype=np.float64)

    return Tree(
        feature=integers("split_feature"),
        threshold=numbers("threshold"),
        decision=integers("decision_type"),
        left=integers("left_child"),
        right=integers("right_child"),
        node_rows=numbers("internal_count"),
        leaf_rows=numbers("leaf_count"),
        leaf_value=numbers("leaf_value"),
        set_begins=integers("cat_boundaries"),
        set_words=integers("cat_threshold"),
    )
