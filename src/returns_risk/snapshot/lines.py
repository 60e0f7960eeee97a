"""Order lines joined with the attributes of their products and customers."""

import pandas as pd

from returns_risk.snapshot.columns import FROM_CUSTOMERS, FROM_PRODUCTS, RETURN_REASON
from returns_risk.snapshot.sizes import size_rank

__all__ = ["available_columns", "join_attributes"]

_MONEY_DIGITS = 4  # as money is summed elsewhere; 3 x 9.9 is 29.7 and not 29.700000000000003


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
            attributes = [key, *(column for column in wanted if column in tables[name])]
            lines = lines.merge(tables[name][attributes], on=key, how="left", validate="many_to_one")
    if "size" in lines:
        lines["size_rank"] = size_rank(lines["size"])
    return lines.assign(line=1, line_value=(lines["quantity"] * lines["unit_price"]).round(_MONEY_DIGITS))


def available_columns(lines: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> list[str]:
    """Name what features can rest on: the columns of ``join_attributes``, and ``returns.reason`` where it is given."""
    return [*lines.columns, *([RETURN_REASON] if "reason" in tables["returns"] else [])]
