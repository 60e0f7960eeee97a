"""Events -> what was known of each key as of a day.

``events``, ``sorts`` and ``sweep`` bring numba along; who computes with them imports them from there.
"""

from returns_risk.history.event_encoding import COUNTS_AS, EVENTS, KINDS, MEASURES, MONEY_SCALE
from returns_risk.history.outcomes import Outcomes, find_outcomes

__all__ = [
    "COUNTS_AS",
    "EVENTS",
    "KINDS",
    "MEASURES",
    "MONEY_SCALE",
    "Outcomes",
    "find_outcomes",
]
