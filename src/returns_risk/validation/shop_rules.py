"""Rules about the accepted tables taken together: what each row alone cannot show."""

from returns_risk.validation.previous import PREVIOUS_RULES
from returns_risk.validation.recent import RECENT_RULES
from returns_risk.validation.shop_rule import AcceptedTables, Count, ShopRule
from returns_risk.validation.stopped_feeds import STOPPED_FEEDS_RULES

__all__ = ["SHOP_RULES", "AcceptedTables", "Count", "ShopRule"]


def _zero_prices(accepted: AcceptedTables) -> Count | None:
    lines = accepted.tables["order_lines"]
    free = lines["unit_price"].eq(0)
    example = f"line_id {lines.loc[free, 'line_id'].iloc[0]!r}" if free.any() else None
    return Count(len(lines), int(free.sum()), example)


SHOP_RULES: tuple[ShopRule, ...] = (
    ShopRule(
        "order_lines.unit_price_above_0",
        "unit_price",
        "warn",
        0.2,
        "unit_price is 0",
        "Where configurable items or bundles have a parent and a child line, select one of them; reject gifts and "
        "samples through reject_reason.",
        _zero_prices,
    ),
    *RECENT_RULES,
    *STOPPED_FEEDS_RULES,
    *PREVIOUS_RULES,
)
"""In the order in which they are checked."""
