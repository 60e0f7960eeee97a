"""Rules that compare an extract with the previous one: figures that cannot have changed so much since then."""

from functools import partial

from returns_risk.validation.figures import DAYS, KEYS, OPT_OUTS, PRICE, REASON
from returns_risk.validation.recent_rows import lines_of_days
from returns_risk.validation.shop_rule import AcceptedTables, Count, ShopRule

__all__ = ["PREVIOUS_RULES"]

_FEW = 3
"""Opt-outs that a comparison needs: a single customer may think better of it."""
_FACTOR = 20


def _lost_opt_outs(accepted: AcceptedTables) -> Count | None:
    before = int(accepted.previous.get(OPT_OUTS, 0))
    if before < _FEW:
        return None
    # Who has a row in the quarantine counts as opted out.
    rejected = len(accepted.quarantine.get("customers", ()))
    now = int(accepted.figures.get(OPT_OUTS, 0)) + rejected
    return Count(before, max(0, before - now), f"{now:,} now")


def _lost_matches(accepted: AcceptedTables, table: str) -> Count | None:
    column = KEYS[table]
    before = accepted.previous.get(column)
    if before is None:
        return None
    now = accepted.figures.get(column, 0.0)
    lines = len(lines_of_days(accepted.tables["order_lines"], DAYS))
    example = f"{before:.0%} of the lines before and {now:.0%} now"
    return Count(lines, max(0, round((before - now) * lines)), example)


def _one_reason(accepted: AcceptedTables) -> Count | None:
    before, now = accepted.previous.get(REASON), accepted.figures.get(REASON)
    if before is None or now is None:
        return None
    returns = len(accepted.tables["returns"])
    return Count(
        returns,
        round(now * returns) if before <= 0.5 else 0,
        f"the commonest reason, {before:.0%} before and {now:.0%} now",
    )


def _odd_medians(accepted: AcceptedTables) -> Count | None:
    now = accepted.figures
    pairs = {
        name: (before, now[name])
        for name, before in accepted.previous.items()
        if name.startswith(PRICE) and before > 0 and now.get(name, 0) > 0
    }
    odd = [name for name, (before, price) in pairs.items() if not 1 / _FACTOR < price / before < _FACTOR]
    if not odd:
        return Count(len(pairs), 0) if pairs else None
    before, price = pairs[odd[0]]
    return Count(len(pairs), len(odd), f"the median of {odd[0]}, {before:,.2f} before and {price:,.2f} now")


def _matches_kept(table: str) -> ShopRule:
    column = KEYS[table]
    return ShopRule(
        f"order_lines.{column}_matches_kept",
        column,
        "error",
        0.3,
        f"fewer lines than in the previous run have a {column} that is among the {table}",
        f"Deliver {table} in full, and write {column} alike in both SELECTs; if a SELECT or source.guest_ids was "
        "changed on purpose, set this rule to 1 under validate.rules in params.yaml for this run.",
        partial(_lost_matches, table=table),
    )


PREVIOUS_RULES = (
    _matches_kept("products"),
    _matches_kept("customers"),
    ShopRule(
        "order_lines.unit_price_kept",
        "unit_price",
        "error",
        0.0,
        f"the median price is {_FACTOR} times that of the previous run or more, or 1/{_FACTOR} or less",
        "Look for cents, another currency or a decimal comma in the raw files.",
        _odd_medians,
        "currencies",
    ),
    ShopRule(
        "returns.reasons_kept",
        "reason",
        "warn",
        0.9,
        "the returns have all the same reason, or none, and had several in the previous run",
        "See how returns.sql maps the reasons.",
        _one_reason,
    ),
    ShopRule(
        "customers.opt_outs_kept",
        "opted_out",
        "error",
        0.5,
        "customers who had opted out by the previous run have not now",
        "See opted_out in customers.sql; if they have all withdrawn it, set this rule to 1 under validate.rules in "
        "params.yaml for this run.",
        _lost_opt_outs,
        "opt-outs",
        needs_table=False,
    ),
)
"""In the order in which they are checked; each applies where the previous run has the figure."""
