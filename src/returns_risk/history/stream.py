"""All events of all lines in the order of their days: what every entity's sweep reads."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from returns_risk.days import Days
from returns_risk.history.events import EVENTS, Events
from returns_risk.history.sweep import sort_by_code

__all__ = ["Stream", "merge_events"]


@dataclass(frozen=True)
class Stream:
    """Events by day, arrays of shape (n_events,)."""

    line: npt.NDArray[np.int32]
    """Position of the order line."""
    day: Days
    kind: npt.NDArray[np.int8]
    """Position in ``EVENTS``."""
    lines: npt.NDArray[np.int8]
    units: npt.NDArray[np.int32]
    money: npt.NDArray[np.int64]
    """In 1 / MONEY_SCALE."""
    reason: npt.NDArray[np.int16]
    """Position among the reasons of the returns; -1 for other events and where none is given."""


def merge_events(events: dict[str, Events]) -> Stream:
    """Merge the events of all kinds into one stream by day.

    O(n) in the number of events: their days are few, so they are counted, not compared.

    Parameters
    ----------
    events : by kind
    """
    some = [events[kind] for kind in EVENTS]
    day = np.concatenate([one.day for one in some])
    reasons = [np.full(len(one.day), -1, dtype=np.int16) if one.reason is None else one.reason for one in some]
    first = int(day.min(initial=0))
    turn = sort_by_code((day - first).astype(np.int32), int(day.max(initial=first)) - first + 1)[0]
    kind = np.repeat(np.arange(len(some), dtype=np.int8), [len(one.day) for one in some])

    def in_turn(parts: list[npt.NDArray[np.int64]], dtype: npt.DTypeLike) -> npt.NDArray[np.integer]:
        return np.concatenate([part.astype(dtype) for part in parts])[turn]

    return Stream(
        line=in_turn([one.line for one in some], np.int32),
        day=day[turn],
        kind=kind[turn],
        lines=in_turn([one.sums[:, 0] for one in some], np.int8),
        units=in_turn([one.sums[:, 1] for one in some], np.int32),
        money=in_turn([one.sums[:, 2] for one in some], np.int64),
        reason=np.concatenate(reasons)[turn],
    )
