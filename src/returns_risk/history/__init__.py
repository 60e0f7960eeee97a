"""Events -> what was known of each key as of a day."""

from returns_risk.history.events import EVENTS, MEASURES, MONEY_SCALE, Events, build_events
from returns_risk.history.known import as_known
from returns_risk.history.outcomes import Outcomes, find_outcomes
from returns_risk.history.stream import Stream, merge_events
from returns_risk.history.sweep import COLUMN_OPERATIONS, sort_by_code, sort_events, sweep, turned

__all__ = [
    "COLUMN_OPERATIONS",
    "EVENTS",
    "MEASURES",
    "MONEY_SCALE",
    "Events",
    "Outcomes",
    "Stream",
    "as_known",
    "build_events",
    "find_outcomes",
    "merge_events",
    "sort_by_code",
    "sort_events",
    "sweep",
    "turned",
]
