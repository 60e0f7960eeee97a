"""Order lines joined with the attributes of their products and customers."""

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.contract.keys import positions_of
from returns_risk.snapshot.columns import FROM_CUSTOMERS, FROM_PRODUCTS, RETURN_REASON

__all__ = ["available_columns", "join_attributes", "rank_of", "size_rank"]

_MONEY_DIGITS = 4  # as money is summed elsewhere; 3 x 9.9 is 29.7 and not 29.700000000000003
_LETTERS = {"XXS": 0, "XS": 1, "S": 2, "M": 3, "L": 4, "XL": 5, "XXL": 6, "XXXL": 7}
_MANY_X = re.compile(r"(\d)XL")
_NUMBER = re.compile(r"\d{1,3}(?:[.,]5)?")


def join_attributes(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Join each order line with its product and its customer, as far as the source has them.

    Returns
    -------
    DataFrame like order_lines, with a RangeIndex, the attributes of products and customers, ``line`` (1),
    ``line_value`` (quantity x unit_price, in currency) and, where there are sizes, ``size_rank``.
    """
    lines = tables["order_lines"].reset_index(drop=True)
    for name, key, wanted in [("products", "sku", FROM_PRODUCTS), ("customers", "customer_id", FROM_CUSTOMERS)]:
        if name in tables:
            attributes = tables[name][[column for column in wanted if column in tables[name]]].reset_index(drop=True)
            if tables[name][key].duplicated().any():
                raise pd.errors.MergeError(f"{name}: {key} is there twice; the merge must be many-to-one")
            # Position -1 is no label: a line without product or customer gets missing values.
            joined = attributes.reindex(positions_of(lines[key], tables[name][key]))
            lines = pd.concat([lines, joined.set_axis(lines.index)], axis=1)
    if "size" in lines:
        lines["size_rank"] = size_rank(lines["size"])
    return lines.assign(line=1, line_value=(lines["quantity"] * lines["unit_price"]).round(_MONEY_DIGITS))


def available_columns(lines: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> list[str]:
    """Name what features can rest on: the columns of ``join_attributes``, and ``returns.reason`` where it is given."""
    return [*lines.columns, *([RETURN_REASON] if "reason" in tables["returns"] else [])]


def size_rank(sizes: pd.Series) -> npt.NDArray[np.float64]:
    """Return each size as a number: letters by their order, numbers as they are; NaN for anything else.

    Ranks of two sizes can be compared where both are of one system, as within a category.

    >>> size_rank(pd.Series(["M", "xl", "3XL", "38", "42,5", "one size", None])).tolist()
    [3.0, 5.0, 7.0, 38.0, 42.5, nan, nan]
    """
    codes, names = pd.factorize(sizes)
    ranks = np.array([*(rank_of(str(name)) for name in names), np.nan])
    return np.asarray(ranks[codes])


def rank_of(size: str) -> float:
    """Return one size as a number, as ``size_rank`` does."""
    text = size.strip().upper()
    if text in _LETTERS:
        return float(_LETTERS[text])
    if many := _MANY_X.fullmatch(text):
        return float(_LETTERS["XL"] - 1 + int(many[1]))
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else np.nan
