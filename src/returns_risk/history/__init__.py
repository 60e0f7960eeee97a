"""Events -> daily tiles -> what was known as of a day."""

from returns_risk.history.events import EVENTS, MEASURES, MONEY_SCALE, Events, build_events
from returns_risk.history.known import as_known
from returns_risk.history.outcomes import Outcomes, find_outcomes
from returns_risk.history.tiles import Tiles, build_tiles

__all__ = [
    "EVENTS",
    "MEASURES",
    "MONEY_SCALE",
    "Events",
    "Outcomes",
    "Tiles",
    "as_known",
    "build_events",
    "build_tiles",
    "find_outcomes",
]
