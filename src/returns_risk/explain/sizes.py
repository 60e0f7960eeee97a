"""The names of the sizes in which a style is in an order."""

import pandas as pd

from returns_risk.contract.keys import is_among
from returns_risk.snapshot.lines import join_attributes

__all__ = ["SIZES", "name_sizes"]

SIZES = "sizes_of_style"
"""Column with the names of the sizes of the style in the order."""


def name_sizes(
    features: pd.DataFrame, tables: dict[str, pd.DataFrame], line_ids: pd.Series | None = None
) -> pd.DataFrame:
    """Add ``sizes_of_style``: the names of the sizes of each line's style in its order, the smallest first.

    Missing where the source has no sizes or no styles.

    Parameters
    ----------
    features : with ``line_id`` and ``order_id``
    tables : validated contract tables
    line_ids : ``line_id`` of the lines whose sizes may be named, as of tonight's candidates: the customer cannot choose
        a size that has shipped or was cancelled; None for all lines of the orders
    """
    lines = tables["order_lines"]
    lines = join_attributes(tables | {"order_lines": lines[is_among(lines["order_id"], features["order_id"])]})
    if not {"style", "size"} <= set(lines):
        return features
    named = lines if line_ids is None else lines[is_among(lines["line_id"], line_ids)]
    known = named.dropna(subset=["style", "size"]).astype({"size": "str"}).sort_values(["size_rank", "size"])
    sizes: dict[tuple[str, str], dict[str, None]] = {}
    for order, style, size in zip(known["order_id"], known["style"], known["size"], strict=True):
        sizes.setdefault((order, style), {})[size] = None
    attributes = lines.set_index("line_id").loc[features["line_id"]]
    keys = zip(attributes["order_id"], attributes["style"], strict=True)
    names = [tuple(sizes[key]) if key in sizes else None for key in keys]
    return features.assign(**{SIZES: pd.Series(names, index=features.index, dtype=object)})
