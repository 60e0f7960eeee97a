"""Raw files and SELECTs to contract tables."""

from returns_risk.sources.casts import REJECT_REASON
from returns_risk.sources.read import Source, count_unread, read_order_customers, read_source

__all__ = ["REJECT_REASON", "Source", "count_unread", "read_order_customers", "read_source"]
