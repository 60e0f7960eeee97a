"""What LightGBM is given: chosen features, encoded categories and settings."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from returns_risk.errors import ParamsError
from returns_risk.features import Feature
from returns_risk.model.encoding import CATEGORICAL, Encoding
from returns_risk.model.target import Target
from returns_risk.model.training_set import TrainingSet
from returns_risk.snapshot.splits import spread_rows

__all__ = ["MEDIAN_ROWS", "choose_features", "lightgbm_settings", "medians"]

_COLUMNS_AT_ONCE = 32
MEDIAN_ROWS = 100_000
_LIGHTGBM = (
    "learning_rate", "num_leaves", "min_data_in_leaf", "feature_fraction", "bagging_fraction", "lambda_l2",
    "min_data_per_group", "max_cat_threshold", "cat_smooth", "cat_l2", "max_bin", "extra_trees", "num_threads",
)  # fmt: skip
_DIRECTIONS = {"increasing": 1, "decreasing": -1}


def choose_features(
    features: list[Feature], leave_out: tuple[str, ...], monotone: Mapping[str, str], prefix: str = ""
) -> list[Feature]:
    """Return the features to learn from, in catalogue order; ``prefix`` is that of messages: the file that names them.

    Raises
    ------
    ParamsError
        ``leave_out`` or ``monotone`` names an unknown feature, or a category is to have a direction.
    """
    names, entities = {feature.name for feature in features}, {feature.entity for feature in features}
    for key, listed, known in (("leave_out", leave_out, names | entities), ("monotone", monotone, names)):
        if unknown := [name for name in listed if name not in known]:
            raise ParamsError(
                f"{prefix}{key}: {unknown[0]} is no feature of this source. Choose among those that "
                "returns-risk features list prints."
            )
    chosen = [feature for feature in features if not {feature.name, feature.entity} & set(leave_out)]
    if wrong := [feature.name for feature in chosen if feature.name in monotone and feature.unit in CATEGORICAL]:
        raise ParamsError(f"{prefix}monotone: {wrong[0]} is a category and has no direction. Remove it.")
    return chosen


def medians(rows: TrainingSet, encoding: Encoding) -> dict[str, float]:
    """Return the median of each numeric column that has one, over at most 100,000 rows that are spread over all."""
    names = [name for name in encoding.columns if name not in encoding.levels]
    # All columns at once would double the memory of training.
    parts = [names[start : start + _COLUMNS_AT_ONCE] for start in range(0, len(names), _COLUMNS_AT_ONCE)]
    found = (spread_rows(rows.columns(part), MEDIAN_ROWS).median() for part in parts)
    values = {str(name): float(value) for medians_of in found for name, value in medians_of.items()}
    return {name: value for name, value in values.items() if np.isfinite(value)}


def lightgbm_settings(parameters: Mapping[str, Any], target: Target, features: list[Feature]) -> dict[str, Any]:
    """Return LightGBM's parameters from those of the estimator; features in the order of the booster's columns."""
    several = {"objective": "multiclass", "metric": "multi_logloss", "num_class": len(target.classes)}
    settings = {
        **(several if target.classes else {"objective": "binary", "metric": "binary_logloss"}),
        "bagging_freq": 1,
        "seed": parameters["random_state"],
        # The three together give the same bytes on every run with the same number of threads.
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
        **{name: parameters[name] for name in _LIGHTGBM},
    }
    if monotone := parameters["monotone"]:
        settings["monotone_constraints"] = [_DIRECTIONS.get(monotone.get(feature.name, ""), 0) for feature in features]
        settings["monotone_constraints_method"] = "intermediate"
    return settings
