"""What happened to order lines, day by day: ordered, returned, closed, kept, cancelled."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.days import NEVER, Days
from returns_risk.history.outcomes import Outcomes

__all__ = ["EVENTS", "MEASURES", "MONEY_SCALE", "Events", "build_events"]

EVENTS = ("ordered", "returned", "closed", "kept", "cancelled", "settled")
MEASURES = ("lines", "units", "money")
MONEY_SCALE = 10_000
"""Money is summed in whole ten-thousandths: integers add up to the same sum in any order."""


@dataclass(frozen=True)
class Events:
    """Events of one kind, in no particular order."""

    line: npt.NDArray[np.int64]
    """Position of the order line, shape (n_events,)."""
    day: Days
    """Day from the end of which the event is known, shape (n_events,)."""
    sums: npt.NDArray[np.int64]
    """Lines, units and money (in 1 / MONEY_SCALE) of the event, shape (n_events, 3)."""
    reason: npt.NDArray[np.int16] | None = None
    """Why, a position in the reasons of the outcomes, -1 for none; None where there are no reasons."""


def build_events(lines: pd.DataFrame, outcomes: Outcomes) -> dict[str, Events]:
    """List the events of all order lines by kind.

    A line is *returned* once, on its first return, but each return adds its units and money. On the day
    its window closes it is *closed*, unless it was cancelled before, and *kept* with the units that had
    not come back by then; it counts as a kept line if none had. Rates compare what is closed with what
    is kept: returns come early and keeping is known late, so returned against kept would run high
    whenever orders grow. A line is *settled* once, when it is closed or cancelled; until then it is pending.

    Parameters
    ----------
    lines : order_lines with a RangeIndex; ``quantity`` and ``unit_price`` without gaps
    outcomes : of the same lines

    Returns
    -------
    Events by kind, in the order of ``EVENTS``.
    """
    quantity = lines["quantity"].to_numpy(dtype=np.int64)
    price = np.rint(lines["unit_price"].to_numpy(dtype=np.float64) * MONEY_SCALE).astype(np.int64)
    every = np.arange(len(lines), dtype=np.int64)
    in_time = outcomes.return_on <= outcomes.closes_on[outcomes.return_line]
    back = np.bincount(
        outcomes.return_line[in_time], weights=outcomes.return_units[in_time], minlength=len(lines)
    ).astype(np.int64)
    cancelled = outcomes.cancelled_on != NEVER
    # A cancellation that becomes known only after the window has closed must not change what was known before.
    closed = outcomes.cancelled_on > outcomes.closes_on
    kept_units = np.maximum(quantity - back, 0)
    untouched = (back == 0).astype(np.int64)
    return {
        "ordered": _events(every, outcomes.ordered_on, np.ones_like(every), quantity, price),
        "returned": _returned(outcomes, price),
        "closed": _events(every, outcomes.closes_on, np.ones_like(every), quantity, price, closed),
        "kept": _events(every, outcomes.closes_on, untouched, kept_units, price, closed & (kept_units > 0)),
        "cancelled": _events(every, outcomes.cancelled_on, np.ones_like(every), quantity, price, cancelled),
        "settled": _events(
            every, np.minimum(outcomes.closes_on, outcomes.cancelled_on), np.ones_like(every), quantity, price
        ),
    }


def _returned(outcomes: Outcomes, price: npt.NDArray[np.int64]) -> Events:
    # Of two returns on one day the reason decides which is first, so that the order of the rows does not.
    reason = np.zeros(len(outcomes.return_on)) if outcomes.return_reason is None else outcomes.return_reason
    order = np.lexsort((reason, outcomes.return_on, outcomes.return_line))
    line, day, units = outcomes.return_line[order], outcomes.return_on[order], outcomes.return_units[order]
    first = np.ones(len(line), dtype=np.int64)
    first[1:] = line[1:] != line[:-1]
    given = None if outcomes.return_reason is None else outcomes.return_reason[order]
    return Events(line, day, np.column_stack([first, units, units * price[line]]), given)


def _events(
    line: npt.NDArray[np.int64],
    day: Days,
    lines: npt.NDArray[np.int64],
    units: npt.NDArray[np.int64],
    price: npt.NDArray[np.int64],
    where: npt.NDArray[np.bool_] | None = None,
) -> Events:
    sums = np.column_stack([lines, units, units * price])
    return Events(line, day, sums) if where is None else Events(line[where], day[where], sums[where])
