"""Rules about how lines end: shipped or not, returned in the window, late, or before shipment, and by which terms."""

from difflib import get_close_matches

import pandas as pd

from returns_risk.validation.shop_rule import AcceptedTables, Count, ShopRule

__all__ = ["OUTCOME_RULES"]

_WAITING_DAYS = 14
"""A line that has waited for so long should have shipped."""
_LEAST_LINES = 20
_REPLACEMENT_DAYS = 30
_GROUP_RETURNS = 100
"""Returns that a month or a market needs, so that its share is no chance."""


def _unshipped(accepted: AcceptedTables) -> Count | None:
    lines = accepted.tables["order_lines"]
    if "shipped_at" not in lines:
        return None
    old = lines["ordered_at"] < accepted.as_of - pd.Timedelta(days=_WAITING_DAYS)
    if old.sum() < _LEAST_LINES:
        return None
    waiting = old.copy()
    for name in ("shipped_at", "delivered_at", "cancelled_at"):
        if name in lines:
            waiting &= lines[name].isna()
    waiting_lines = lines.loc[waiting, "line_id"]
    return Count(int(old.sum()), len(waiting_lines), _line(waiting_lines))


def _after_window(accepted: AcceptedTables) -> Count | None:
    """Count the late returns of the month of order or the market with the largest share, or of all.

    A holiday's late returns are a small share of those of all years.
    """
    counts = accepted.late_returns
    if counts is None:
        return None
    groups = {"all orders": counts[["returns", "late"]].sum()}
    for column, name in (("month", "orders of {}"), ("market", "orders from {}")):
        sums = counts.groupby(column)[["returns", "late"]].sum()
        groups |= {name.format(key): row for key, row in sums[sums["returns"] >= _GROUP_RETURNS].iterrows() if key}
    worst = max(groups, key=lambda group: groups[group]["late"] / max(groups[group]["returns"], 1))
    return Count(int(groups[worst]["returns"]), int(groups[worst]["late"]), worst)


def _before_shipment(accepted: AcceptedTables) -> Count | None:
    returns = accepted.tables["returns"]
    if accepted.outcomes is None or "shipped_at" not in accepted.tables["order_lines"]:
        return None
    early = returns["line_id"].iloc[accepted.outcomes.cancelling]
    return Count(len(returns), len(early), _line(early))


def _unlisted_markets(accepted: AcceptedTables) -> Count | None:
    lines, policy = accepted.tables["order_lines"], accepted.policy
    if policy is None or not policy.markets or "market" not in lines:
        return None
    unlisted = lines.loc[~lines["market"].isin([*policy.markets]), "market"].dropna().value_counts()
    unlisted = unlisted[unlisted > 0]
    example = None
    if len(unlisted):
        folded = {name.casefold(): name for name in policy.markets}
        # Those that differ in case only come first.
        name = next((str(name) for name in unlisted.index if str(name).casefold() in folded), str(unlisted.index[0]))
        similar = get_close_matches(name.casefold(), folded, n=1)
        hint = f", similar is {folded[similar[0]]}" if similar else ""
        example = f"{name!r} ({unlisted[name]} rows{hint})"
    return Count(len(lines), int(unlisted.sum()), example)


def _free_replacements(accepted: AcceptedTables) -> Count | None:
    """Count the lines at price 0 of a customer who had sent back a line of the same style shortly before."""
    lines, returns = accepted.tables["order_lines"], accepted.tables["returns"]
    columns = ["line_id", "customer_id", "sku", "order_id", "ordered_at"]
    free = lines.loc[lines["unit_price"].eq(0), columns]
    bought = lines.loc[lines["customer_id"].isin(free["customer_id"]), columns[:4]]
    back = returns[["line_id", "returned_at"]].merge(bought, on="line_id", validate="many_to_one")
    products = accepted.tables.get("products")
    if products is not None and "style" in products:
        style = products.set_index("sku")["style"].dropna()
        free, back = (rows.assign(sku=rows["sku"].map(style).fillna(rows["sku"])) for rows in (free, back))
    pairs = free.merge(back.drop(columns="line_id"), on=["customer_id", "sku"], validate="many_to_many")
    wait = pairs["ordered_at"] - pairs["returned_at"]
    # A replacement may leave before the return has arrived.
    near = wait.abs() <= pd.Timedelta(days=_REPLACEMENT_DAYS)
    # Within an order it is a gift or the child of a configurable item.
    replaced = pairs.loc[near & (pairs["order_id_x"] != pairs["order_id_y"]), "line_id"].drop_duplicates()
    return Count(len(lines), len(replaced), _line(replaced))


def _line(line_ids: pd.Series) -> str | None:
    return f"line_id {line_ids.iloc[0]!r}" if len(line_ids) else None


OUTCOME_RULES = (
    ShopRule(
        "order_lines.shipping_times",
        "shipped_at",
        "error",
        0.98,
        f"the line was ordered more than {_WAITING_DAYS} days ago and is neither shipped, delivered nor cancelled, so "
        "that its return window never opens",
        "Deliver the shipping times, or remove shipped_at from order_lines.sql if the shop has none.",
        _unshipped,
    ),
    ShopRule(
        "order_lines.shipped",
        "shipped_at",
        "warn",
        0.05,
        f"the line was ordered more than {_WAITING_DAYS} days ago and is neither shipped, delivered nor cancelled, so "
        "that it is not learnt from",
        "Look for lost shipping scans, and for cancellations that cancelled_at does not say.",
        _unshipped,
    ),
    ShopRule(
        "order_lines.market_listed",
        "market",
        "warn",
        0.0,
        "policy.yaml does not list the market, so that the default terms hold",
        "Write it as in policy.yaml, or add it to markets there.",
        _unlisted_markets,
    ),
    ShopRule(
        "order_lines.free_replacement",
        "unit_price",
        "warn",
        0.01,
        f"price 0 within {_REPLACEMENT_DAYS} days of the same customer's return of the same style, as in an exchange",
        "Give a replacement the price of the line that it replaces, or reject such lines through reject_reason.",
        _free_replacements,
    ),
    ShopRule(
        "returns.after_window",
        "returned_at",
        "warn",
        0.05,
        "the line came back after its return window, so that it counts as kept",
        "Give these orders a longer window in policy.yaml: under windows for the orders of some days.",
        _after_window,
        unit="returned lines",
    ),
    ShopRule(
        "returns.before_shipment",
        "returned_at",
        "warn",
        0.01,
        "the return comes before, or without, shipment, so that it counts as a cancellation",
        "Select cancellations as cancelled_at, and look for lost shipping scans.",
        _before_shipment,
    ),
)
"""In the order in which they are checked."""
