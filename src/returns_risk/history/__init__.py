"""Outcomes and events of order lines, and the compiled kernel that sums them up per key.

``events``, ``history``, ``sorts`` and ``sweep`` import numba, which takes a second; they are not imported here.
"""

from returns_risk.history.event_encoding import COUNTS_AS, EVENTS, KINDS, MEASURES, MONEY_SCALE
from returns_risk.history.outcomes import Outcomes, find_outcomes, is_cancellation

__all__ = ["COUNTS_AS", "EVENTS", "KINDS", "MEASURES", "MONEY_SCALE", "Outcomes", "find_outcomes", "is_cancellation"]
