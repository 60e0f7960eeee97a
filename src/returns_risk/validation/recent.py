"""Rules about what is new tonight: a fault of one day is lost in the shares of all history."""

from functools import partial

import pandas as pd

from returns_risk.contract.keys import is_among
from returns_risk.snapshot.as_of import open_lines
from returns_risk.validation.recent_rows import age_in_days, day_before, latest_rows, lines_of_days
from returns_risk.validation.shop_rule import AcceptedTables, Count, ShopRule

__all__ = ["RECENT_RULES", "WAITING_ACCEPTED"]

WAITING_ACCEPTED = "order_lines.waiting_accepted"
"""It counts the lines that may be waiting to ship, and those of them in the quarantine."""

_FEW = 3
"""Rows of two orders that must break a rule: one bad order is no bad day."""
_SAMPLE = 20
"""Rows that a comparison of shares needs."""
_FACTOR = 20
"""A price that many times the usual, or that part of it, is in another unit."""
_TIMES = {"order_lines": "ordered_at", "returns": "returned_at"}


def _recent_rejected(accepted: AcceptedTables, table: str) -> Count | None:
    """Count the rows rejected on the days of the open lines, beyond the share of the days before."""
    if table not in accepted.read:
        return None
    rows = accepted.read[table]
    age = age_in_days(rows["at"], accepted.as_of)
    return _count_rejected(rows[age.between(0, accepted.open_days - 1)], rows[age >= accepted.open_days], accepted)


def _latest_rejected(accepted: AcceptedTables) -> Count | None:
    """Count the rejected rows among the latest order lines: the newest day, or three lines where it has fewer."""
    if "order_lines" not in accepted.read:
        return None
    rows = accepted.read["order_lines"]
    age = age_in_days(rows["at"], accepted.as_of)
    days = age[age.between(0, accepted.open_days - 1)].value_counts()
    # A day whose times cannot be read is counted with the day before it, which then has too many rows.
    usual = int(days.median()) if len(days) else 0
    latest = latest_rows(rows["at"], accepted.as_of, _FEW)[-max(_FEW, usual) :]
    return _count_rejected(rows.loc[latest], rows[(age >= 0) & ~rows.index.isin(latest)], accepted)


def _count_rejected(rows: pd.DataFrame, earlier: pd.DataFrame, accepted: AcceptedTables) -> Count | None:
    if rows.empty or earlier.empty:
        return None
    rejected = rows[rows["rule"].notna()]
    usual = float(earlier["rule"].notna().mean()) * len(rows)
    beyond = min(len(rejected), max(0, round(len(rejected) - usual)))
    if len(rejected) < _FEW or rejected["key"].nunique() + rejected["key"].isna().sum() < 2:
        beyond = 0
    return Count(len(rows), beyond, _worst_day(rows, rejected, accepted.as_of) if beyond else None)


def _worst_day(rows: pd.DataFrame, rejected: pd.DataFrame, as_of: pd.Timestamp) -> str:
    age = age_in_days(rows["at"], as_of)
    day = float(age[rejected.index].mode().min())
    rejected_then, rule = int(age[rejected.index].eq(day).sum()), rejected["rule"].mode().iloc[0]
    return f"{rejected_then} of {int(age.eq(day).sum())} rows of {day_before(as_of, day)}, most of them by rule {rule}"


def _waiting_rejected(accepted: AcceptedTables) -> Count | None:
    """Count the lines that may be waiting to ship, and those of them that were rejected and so are not scored."""
    if "order_lines" not in accepted.read:
        return None
    rows, lines = accepted.read["order_lines"], accepted.tables["order_lines"]
    lines = lines[age_in_days(lines["ordered_at"], accepted.as_of) < accepted.open_days]
    recent = age_in_days(rows["at"], accepted.as_of).between(0, accepted.open_days - 1)
    rejected = rows[recent & rows["rule"].notna() & rows["waiting"]]
    # A return cannot come before its order.
    returns = accepted.tables["returns"]
    returns = returns[returns["returned_at"] >= lines["ordered_at"].min()]
    waiting = len(open_lines({"order_lines": lines, "returns": returns}))
    example = f"line_id {str(rejected['row'].iloc[0])[:60]!r}" if len(rejected) else None
    return Count(waiting + len(rejected), len(rejected), example)


def _odd_prices(accepted: AcceptedTables) -> Count | None:
    """Count the latest lines whose unit_price is many times that of their article, or of all, before."""
    lines = lines_of_days(accepted.tables["order_lines"], 365)
    currency = ["currency"] if "currency" in lines else []
    names = [*currency, "sku"]
    latest = latest_rows(lines["ordered_at"], accepted.as_of, _FEW)
    lines = lines[[*names, "unit_price", "order_id", "line_id"]]
    new, earlier = lines.loc[latest], lines.drop(latest)
    sold = earlier[earlier["sku"].isin(new["sku"])].groupby(names, dropna=False)["unit_price"].median()
    usual = new[names].merge(sold.rename("usual").reset_index(), on=names, how="left", validate="many_to_one")["usual"]
    if currency:
        of_all = new["currency"].map(earlier.groupby("currency")["unit_price"].median())
    else:
        of_all = pd.Series(earlier["unit_price"].median(), index=new.index)
    reference = usual.set_axis(new.index).fillna(of_all)
    new, reference = new[reference > 0], reference[reference > 0]
    ratio = new["unit_price"] / reference
    odd = new[(ratio >= _FACTOR) | (ratio <= 1 / _FACTOR)]
    if len(odd) < _FEW or odd["order_id"].nunique() < 2:
        return Count(len(new), 0)
    example = f"line_id {odd['line_id'].iloc[0][:60]!r}, {ratio[odd.index[0]]:.3g} times the usual price"
    return Count(len(new), len(odd), example)


def _one_reason(accepted: AcceptedTables) -> Count | None:
    """Count the latest returns with the commonest reason, where it was not the commonest of all before."""
    returns = accepted.tables["returns"]
    if "reason" not in returns or len(returns) < 2 * _SAMPLE:
        return None
    latest = latest_rows(returns["returned_at"], accepted.as_of, _SAMPLE)
    reasons = returns["reason"].fillna("")
    new, earlier = reasons[latest], reasons.drop(latest)
    reason = new.value_counts().index[0]
    usual = float(earlier.eq(reason).mean()) if len(earlier) else 1.0
    broken = int(new.eq(reason).sum()) if usual <= 0.5 else 0
    name = f"reason {reason[:60]!r}" if reason else "no reason"
    return Count(len(new), broken, f"{name}, which {usual:.0%} of the returns before had")


def _unknown_keys(accepted: AcceptedTables, column: str, table: str) -> Count | None:
    """Count the latest lines whose article or customer is not known, beyond the share of the lines before."""
    lines = lines_of_days(accepted.tables["order_lines"], 90)
    if table not in accepted.tables or len(lines) < 2 * _SAMPLE:
        return None
    latest = latest_rows(lines["ordered_at"], accepted.as_of, _SAMPLE)
    unknown = ~is_among(lines[column], accepted.tables[table][column])
    usual = float(unknown.drop(latest).mean()) if len(latest) < len(lines) else 1.0
    broken = max(0, round(int(unknown[latest].sum()) - usual * len(latest)))
    return Count(len(latest), broken, f"{usual:.0%} of the lines before")


def _recent_accepted(table: str) -> ShopRule:
    return ShopRule(
        f"{table}.recent_accepted",
        None,
        "error",
        0.1,
        "more rows of the last featurize.open_days days are rejected than before",
        f"See the quarantine of {table}: the newest rows may be in another format.",
        partial(_recent_rejected, table=table),
    )


RECENT_RULES = (
    _recent_accepted("order_lines"),
    ShopRule(
        "order_lines.latest_accepted",
        None,
        "error",
        0.5,
        "the latest order lines are rejected",
        "See the quarantine of order_lines: the newest rows may be in another format.",
        _latest_rejected,
    ),
    ShopRule(
        WAITING_ACCEPTED,
        None,
        "warn",
        1.0,
        "the line may be waiting to ship, and is not scored since it was rejected",
        "See the quarantine of order_lines.",
        _waiting_rejected,
    ),
    ShopRule(
        "order_lines.latest_unit_price",
        "unit_price",
        "error",
        0.5,
        f"the unit_price of the latest lines is {_FACTOR} times the usual or more, or 1/{_FACTOR} or less",
        "Look for cents, another currency or a decimal comma in the newest raw file.",
        _odd_prices,
    ),
    ShopRule(
        "order_lines.latest_sku_known",
        "sku",
        "warn",
        0.3,
        "more of the latest lines than before have a sku that is not among the products",
        "Deliver the newest products.",
        partial(_unknown_keys, column="sku", table="products"),
    ),
    ShopRule(
        "order_lines.latest_customer_known",
        "customer_id",
        "warn",
        0.5,
        "more of the latest lines than before have a customer who is not known, so neither is an opt-out",
        "Deliver the newest customers.",
        partial(_unknown_keys, column="customer_id", table="customers"),
    ),
    _recent_accepted("returns"),
    ShopRule(
        "returns.latest_reason",
        "reason",
        "warn",
        0.9,
        "the latest returns have all the same reason, or none",
        "See how returns.sql maps the reasons of the newest raw file.",
        _one_reason,
    ),
)
"""In the order in which they are checked."""
