"""Raw files and SELECTs to contract tables."""

from returns_risk.sources.casts import REJECT_REASON
from returns_risk.sources.read import Source, count_unread, read_order_customers, read_source
from returns_risk.sources.systems import create_source, list_systems

__all__ = [
    "REJECT_REASON",
    "Source",
    "count_unread",
    "create_source",
    "list_systems",
    "read_order_customers",
    "read_source",
]
