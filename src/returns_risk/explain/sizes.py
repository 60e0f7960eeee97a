"""The sizes in which a style stands in an order, by name."""

import pandas as pd

from returns_risk.explain.statements import SIZES
from returns_risk.snapshot.lines import join_attributes

__all__ = ["name_sizes"]


def name_sizes(features: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Add ``sizes_of_style``: the names of the sizes of each line's style in its order, the smallest first.

    Missing where the source names no sizes or no styles.

    Parameters
    ----------
    features : with ``line_id`` and ``order_id``
    tables : validated contract tables
    """
    lines = tables["order_lines"]
    lines = join_attributes(tables | {"order_lines": lines[lines["order_id"].isin(features["order_id"])]})
    if not {"style", "size"} <= set(lines):
        return features
    known = lines.dropna(subset=["style", "size"]).astype({"size": "str"}).sort_values(["size_rank", "size"])
    names: dict[tuple[str, str], list[str]] = {}
    for order, style, size in zip(known["order_id"], known["style"], known["size"], strict=True):
        names.setdefault((order, style), []).append(size)
    own = lines.set_index("line_id").loc[features["line_id"]]
    found = [names.get(key) for key in zip(own["order_id"], own["style"], strict=True)]
    told = [None if sizes is None else tuple(dict.fromkeys(sizes)) for sizes in found]
    return features.assign(**{SIZES: pd.Series(told, index=features.index, dtype=object)})
