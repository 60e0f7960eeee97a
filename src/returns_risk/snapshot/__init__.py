"""A shop as it was known at an as-of: lines, outcomes, training rows, candidates and labels."""

from returns_risk.snapshot.rows import Rows
from returns_risk.snapshot.shop import Shop, Snapshot

__all__ = ["Rows", "Shop", "Snapshot"]
