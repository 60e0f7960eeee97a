"""Returns after the return window: their lines count as kept."""

import numpy as np
import pandas as pd

from returns_risk.contract.days import NEVER, date_of, day_of
from returns_risk.history import Outcomes
from returns_risk.snapshot.shop import Snapshot

__all__ = ["LATE_RETURNS", "count_late_returns", "late_returns_of"]

LATE_RETURNS = ["market", "month", "returns", "late", "share"]
"""Columns of ``count_late_returns``."""


def count_late_returns(snapshot: Snapshot) -> pd.DataFrame:
    """Count the returned lines of each market and month of order, and those whose window had closed before.

    Returns
    -------
    DataFrame by ``market`` (text, "" for none) and ``month`` (text, ``2025-11``), sorted: ``returns``, the lines that
    came back after shipment, ``late``, those that were known to only after their window had closed, and their
    ``share``.
    """
    return late_returns_of(snapshot.lines, snapshot.outcomes, snapshot.time_zone)


def late_returns_of(lines: pd.DataFrame, outcomes: Outcomes, time_zone: str) -> pd.DataFrame:
    """Count late returns as ``count_late_returns`` does, given the outcomes of the lines."""
    returned_on = outcomes.returned_on
    back = np.flatnonzero(returned_on != NEVER)
    returned = lines.iloc[back]
    month = date_of(day_of(returned["ordered_at"], time_zone)).astype("datetime64[M]").astype("str")
    market = returned["market"].astype("str").fillna("") if "market" in lines else pd.Series("", returned.index)
    rows = pd.DataFrame(
        {
            "market": market.to_numpy(),
            "month": month,
            "late": (returned_on > outcomes.closes_on)[back],
        }
    ).astype({"market": "str", "month": "str"})
    counts = rows.groupby(["market", "month"])["late"].agg(returns="size", late="sum").reset_index()
    return counts.assign(share=counts["late"] / counts["returns"])[LATE_RETURNS]
