"""Events -> what was known of each key as of a day.

``events``, ``sorts`` and ``sweep`` bring numba along; who computes with them imports them from there.
"""

from returns_risk.history.known import as_known, closed_by_now, is_known, open_lines
from returns_risk.history.outcomes import Outcomes, find_outcomes
from returns_risk.history.words import COUNTS_AS, EVENTS, KINDS, MEASURES, MONEY_SCALE

__all__ = [
    "COUNTS_AS",
    "EVENTS",
    "KINDS",
    "MEASURES",
    "MONEY_SCALE",
    "Outcomes",
    "as_known",
    "closed_by_now",
    "find_outcomes",
    "is_known",
    "open_lines",
]
