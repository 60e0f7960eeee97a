"""What was known at an as-of, and what became of each line."""

from returns_risk.snapshot.rows import Rows
from returns_risk.snapshot.shop import Shop, Snapshot

__all__ = ["Rows", "Shop", "Snapshot"]
