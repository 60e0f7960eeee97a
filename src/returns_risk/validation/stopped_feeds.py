"""Rules about feeds that have stopped: nothing ships, arrives or comes back any more, or so it seems."""

from functools import partial
from itertools import pairwise

import numpy as np
import pandas as pd

from returns_risk.validation.recent_rows import age_in_days, day_before
from returns_risk.validation.shop_rule import AcceptedTables, Count, ShopRule

__all__ = ["STOPPED_FEEDS_RULES"]

_NIGHTS = 56
"""With which tonight is compared; they are before the days of the open lines, whose scans may be lost as a whole."""
_FEW_DAYS, _FEW_LINES, _FEW_MORE = 10, 3, 20
"""Days with events and lines ordered since that a comparison needs, and lines by which the open ones always vary."""


def _silence(accepted: AcceptedTables, table: str, column: str, least_days: int, factor: float) -> Count | None:
    """Compare the days since the latest event with the longest silence before, while orders continue.

    Days count by the share of their weekday that had events, so that a weekend is no silence.

    Returns
    -------
    The days without an event among twice the days that are still credible: more than half of them break the rule.
    """
    frame, lines, as_of = accepted.tables[table], accepted.tables["order_lines"], accepted.as_of
    if column not in frame:
        return None
    times = frame[column].dropna()
    times = times[times >= as_of - pd.Timedelta(days=365)]
    days = np.unique(age_in_days(times, as_of).to_numpy())[::-1]
    if len(days) < _FEW_DAYS:
        return None
    weights = _weekday_shares(days)
    # Of orders of the last day nothing can be expected yet.
    awaited = lines["ordered_at"].between(times.max(), as_of - pd.Timedelta(days=1)).sum()
    gaps = [weights[int(later) + 1 : int(earlier)].sum() for earlier, later in pairwise(days)]
    limit = max(least_days, factor * max(gaps))
    silent = weights[: int(days[-1])].sum() if awaited >= _FEW_LINES else 0.0
    most = 2 * int(np.ceil(limit))
    return Count(most, min(round(silent), most), f"none since {day_before(as_of, days[-1])}")


def _weekday_shares(days: np.ndarray) -> np.ndarray:
    """Return for each age in days, from the oldest event on, the share of the days of its weekday with an event."""
    happened = np.zeros(int(days[0]) + 1)
    happened[days.astype(int)] = 1
    weekdays, past = np.arange(len(happened)) % 7, np.arange(len(happened)) >= days[-1]
    return np.array([happened[past & (weekdays == weekday)].mean() for weekday in range(7)])[weekdays]


def _piled_up(accepted: AcceptedTables) -> Count | None:
    """Count the lines that wait to ship, and those of them beyond the most that waited on any night before."""
    lines, day, open_days = accepted.tables["order_lines"], pd.Timedelta(days=1), accepted.open_days
    names = [name for name in ("shipped_at", "delivered_at", "cancelled_at") if name in lines]
    if not {"shipped_at", "delivered_at"} & set(names):
        return None
    lines = lines[lines["ordered_at"] >= accepted.as_of - (_NIGHTS + 2 * open_days) * day]
    returned = accepted.tables["returns"].groupby("line_id")["returned_at"].min().reindex(lines["line_id"])
    closed = pd.concat([lines[names], returned.set_axis(lines.index)], axis=1).min(axis=1)

    def count_open(night: pd.Timestamp) -> int:
        recent = lines["ordered_at"].between(night - open_days * day, night, inclusive="left")
        return int((recent & ~(closed < night)).sum())

    most = max(count_open(accepted.as_of - (open_days + n) * day) for n in range(_NIGHTS))
    waiting = count_open(accepted.as_of)
    beyond = waiting - most if most and waiting - most > _FEW_MORE else 0
    return Count(waiting, beyond, f"at most {most:,} on the nights before")


STOPPED_FEEDS_RULES = (
    ShopRule(
        "order_lines.shipped_at_recent",
        "shipped_at",
        "error",
        0.5,
        "nothing has shipped for longer than ever before, so every line looks open",
        "Deliver the shipping scans in full; if the warehouse was closed, set this rule to 1 under validate.rules in "
        "params.yaml.",
        partial(_silence, table="order_lines", column="shipped_at", least_days=3, factor=1.25),
        "expected days",
    ),
    ShopRule(
        "order_lines.waiting_usual",
        "shipped_at",
        "warn",
        0.25,
        "more lines wait to ship than on any night of some weeks before",
        "Deliver the shipping scans in full; after a peak of orders nothing is wrong.",
        _piled_up,
    ),
    ShopRule(
        "order_lines.delivered_at_recent",
        "delivered_at",
        "warn",
        0.5,
        "nothing has been delivered for longer than ever before",
        "Deliver the carrier's scans in full.",
        partial(_silence, table="order_lines", column="delivered_at", least_days=5, factor=1.5),
        "expected days",
    ),
    ShopRule(
        "returns.returned_at_recent",
        "returned_at",
        "error",
        0.5,
        "no return was received for much longer than ever before, so lines count as kept that came back",
        "Deliver the newest returns; if there were none, set this rule to 1 under validate.rules in params.yaml.",
        partial(_silence, table="returns", column="returned_at", least_days=12, factor=5),
        "expected days",
    ),
)
"""In the order in which they are checked."""
