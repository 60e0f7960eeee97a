"""Figures of an extract that the next one is compared with."""

from collections.abc import Mapping

import pandas as pd

from returns_risk.contract.keys import is_among
from returns_risk.validation.recent_rows import lines_of_days

__all__ = ["DAYS", "KEYS", "OPT_OUTS", "PRICE", "REASON", "describe_figures"]

OPT_OUTS, PRICE, REASON = "opted_out", "unit_price", "reason"
DAYS = 90
"""Of a million lines, few matter tonight."""
KEYS = {"products": "sku", "customers": "customer_id"}


def describe_figures(accepted: Mapping[str, pd.DataFrame]) -> dict[str, float]:
    """Return the figures of an extract that the next one is compared with.

    Returns
    -------
    ``opted_out``, the number of opt-outs; of the order lines of 90 days ``sku`` and ``customer_id``, the share whose
    article or customer is known, and ``unit_price <currency>``, the median; ``reason``, the share of the commonest one,
    where none counts as one. A figure without its table or column is left out.
    """
    lines, customers = lines_of_days(accepted["order_lines"], DAYS), accepted.get("customers", pd.DataFrame())
    figures = {
        column: float(is_among(lines[column], accepted[table][column]).mean())
        for table, column in KEYS.items()
        if table in accepted and len(lines)
    }
    if "opted_out" in customers:
        figures[OPT_OUTS] = float(customers["opted_out"].fillna(value=False).sum())
    returns = accepted["returns"]
    if "reason" in returns and len(returns):
        figures[REASON] = float(returns["reason"].fillna("").value_counts(normalize=True).iloc[0])
    currencies = lines["currency"] if "currency" in lines else pd.Series("", index=lines.index)
    medians = lines.groupby(currencies)["unit_price"].median()
    return figures | {f"{PRICE} {currency}".rstrip(): float(price) for currency, price in medians.items()}
