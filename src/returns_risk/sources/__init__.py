"""One SELECT a contract table, run in DuckDB on the raw files of a source."""

from returns_risk.sources.read import REJECT_REASON, Source, count_unread, read_order_customers, read_source

__all__ = ["REJECT_REASON", "Source", "count_unread", "read_order_customers", "read_source"]
