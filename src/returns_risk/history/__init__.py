"""Events -> what was known of each key as of a day.

``stream`` and ``sweep`` bring numba along; who computes with them imports them from there.
"""

from returns_risk.history.events import EVENTS, MEASURES, MONEY_SCALE, Events, build_events
from returns_risk.history.known import as_known
from returns_risk.history.outcomes import Outcomes, find_outcomes

__all__ = [
    "EVENTS",
    "MEASURES",
    "MONEY_SCALE",
    "Events",
    "Outcomes",
    "as_known",
    "build_events",
    "find_outcomes",
]
