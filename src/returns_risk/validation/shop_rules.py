"""Rules about the accepted tables taken together: what each row alone cannot show."""

from returns_risk.validation.customers import CUSTOMER_RULES
from returns_risk.validation.grain import GRAIN_RULES
from returns_risk.validation.outcome_rules import OUTCOME_RULES
from returns_risk.validation.previous import PREVIOUS_RULES
from returns_risk.validation.recent import RECENT_RULES
from returns_risk.validation.returned import RETURN_RULES
from returns_risk.validation.shop_rule import AcceptedTables, Count, ShopRule
from returns_risk.validation.stopped_feeds import STOPPED_FEEDS_RULES

__all__ = ["SHOP_RULES", "AcceptedTables", "Count", "ShopRule"]


SHOP_RULES: tuple[ShopRule, ...] = (
    *GRAIN_RULES,
    *CUSTOMER_RULES,
    *RETURN_RULES,
    *OUTCOME_RULES,
    *RECENT_RULES,
    *STOPPED_FEEDS_RULES,
    *PREVIOUS_RULES,
)
"""In the order in which they are checked."""
