"""The columns a classifier expects: their kind, their unit, and how surely each has values."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from returns_risk.config.yaml_files import Frozen
from returns_risk.errors import BundleError
from returns_risk.features import Feature
from returns_risk.model.encoding import Encoding

if TYPE_CHECKING:
    import lightgbm as lgb

    from returns_risk.model.fitted import FittedClassifier

__all__ = ["Column", "describe_columns", "describe_frame", "require_schema"]

_CHANCE = 1e-6  # that a column is without any value by chance; rarer is a fault in the features


class Column(Frozen):
    """One column of the schema."""

    name: str
    kind: Literal["number", "text"]
    unit: str
    present: float
    """Share of the training rows that had a value there, at least; 0 if no tree asks for the column."""


def describe_frame(rows: pd.DataFrame) -> list[Feature]:
    """Return each column of a frame as a feature: text is a category, all else a number."""
    return [
        Feature(
            name=str(name),
            group=str(name),
            unit="number" if pd.api.types.is_numeric_dtype(rows[name].dtype) else "category",
            meaning=str(name),
            known="as given",
            entity=str(name),
        )
        for name in rows
    ]


def describe_columns(booster: "lgb.Booster", encoding: Encoding, features: list[Feature]) -> tuple[Column, ...]:
    """Return the schema of a booster's columns, in its order.

    How many training rows had a value follows from the trees. LightGBM notes at a split whether training ever saw
    the column without a value; if it did, such rows all went to one side, and those on the other had one. The
    greatest share found on that other side is a lower bound, and the more the trees rest on a column the closer.

    Parameters
    ----------
    features : of the columns of ``encoding``, in the same order
    """
    present = dict.fromkeys(encoding.columns, 0.0)
    for tree in booster.dump_model()["tree_info"]:
        root = tree["tree_structure"]
        for split in _splits(root):
            name = encoding.columns[split["split_feature"]]
            present[name] = max(present[name], _surely_present(split) / root["internal_count"])
            if split["missing_type"] == "None":
                present[name] = 1.0
    return tuple(
        Column(
            name=feature.name,
            kind="text" if feature.name in encoding.levels else "number",
            unit=feature.unit,
            present=present[feature.name],
        )
        for feature in features
    )


def require_schema(classifier: "FittedClassifier", features: pd.DataFrame) -> None:
    """Refuse features that are not what the classifier was trained on, before they are silently scored.

    LightGBM takes a column without values for missing ones, or for zeros where training saw none missing, and scores
    on. A column is refused if it has no value in any row although enough training rows had one that this happens by
    chance to one batch in a million at most; a few lines without a voucher pass, a night without any price does not.
    A column that no tree asks for may be empty: it moves no score.

    Parameters
    ----------
    features : rows to score, with the columns of training among others

    Raises
    ------
    BundleError
        A column is missing, holds text in place of numbers or the reverse, or is without any value.
    """
    encoded = classifier.encoding_(features)
    empty = encoded.columns[encoded.isna().all()].tolist() if len(encoded) else []
    for column in classifier.columns if empty else ():
        if column.name in empty and (1 - column.present) ** len(features) < _CHANCE:
            known = " that training knew" if column.kind == "text" else ""
            raise BundleError(
                f"features: column {column.name} has no value{known} in any of {len(features)} rows; at least "
                f"{column.present:.1%} of the training rows had one. Check the column of the source it is made from "
                "and run featurize again; if the source has given it up, train again."
            )


def _splits(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the inner nodes of a tree."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if "split_index" in node:
            yield node
            waiting += [node["left_child"], node["right_child"]]


def _surely_present(split: dict[str, Any]) -> int:
    """Count the training rows on the side of a split to which rows without a value do not go."""
    # A category without a value is in no set of categories, and so always goes right.
    goes_left = split["default_left"] and split["decision_type"] != "=="
    side = split["right_child"] if goes_left else split["left_child"]
    return int(side.get("internal_count", side.get("leaf_count", 0)))
