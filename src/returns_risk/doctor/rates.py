"""Orders, returns and open lines, counted by month and market."""

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.contract.days import NEVER, Days, date_of, day_of
from returns_risk.doctor.findings import Delays
from returns_risk.history import Outcomes
from returns_risk.snapshot import Rows
from returns_risk.snapshot.rows import choose_training

__all__ = ["LineFacts", "count_delays", "count_markets", "count_months", "count_open_lines", "top_customer_share"]

NONE = "(none)"
"""Market or warehouse of lines that name none."""


class LineFacts:
    """The order lines as arrays that are counted by month and market.

    Parameters
    ----------
    lines : known order lines, with a RangeIndex

    Attributes
    ----------
    market : categorical Series
    month : array of datetime64[M]
    matured, returned : bool arrays; a line that can be learnt from, and one of these that came back within its window
    first : bool array; the first line of each order
    """

    def __init__(self, lines: pd.DataFrame, outcomes: Outcomes, as_of: date, time_zone: str) -> None:
        self.lines = lines
        self.outcomes = outcomes
        self.time_zone = time_zone
        self.market = named(lines, "market")
        self.month = date_of(day_of(lines["ordered_at"], time_zone)).astype("datetime64[M]")
        learnt_from = choose_training(outcomes, as_of, first_day=0)[0].position
        self.matured = np.zeros(len(lines), dtype=bool)
        self.matured[learnt_from] = True
        self.returned_on = outcomes.returned_on
        self.returned = self.matured & (self.returned_on <= outcomes.closes_on)
        self.first = ~lines["order_id"].duplicated().to_numpy()

    def counts(self) -> dict[str, npt.NDArray[np.int64]]:
        """Return what is summed: 1 or 0 of each line."""
        ones = np.ones(len(self.month), dtype=np.int64)
        return {"lines": ones, "matured": self.matured.astype(np.int64), "returned": self.returned.astype(np.int64)}


def named(lines: pd.DataFrame, column: str) -> pd.Series:
    """Return a column as a categorical, ``NONE`` where a line or the source has no value."""
    values = lines[column] if column in lines else pd.Series(NONE, index=lines.index, dtype="str")
    return values.astype("str").fillna(NONE).astype("category")


def count_months(facts: LineFacts) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Count orders and lines by month, and lines by market and month; months without a line are not in it."""
    counts = pd.DataFrame({"month": facts.month.astype("datetime64[s]"), "market": facts.market, **facts.counts()})
    counts.insert(2, "orders", facts.first.astype(np.int64))
    by_market = counts.groupby(["market", "month"], observed=True).sum().reset_index()
    months = by_market.drop(columns="market").groupby("month").sum().reset_index()
    for frame in (months, by_market):
        frame["month"] = frame["month"].dt.strftime("%Y-%m").astype("str")
    return months, by_market.drop(columns="orders")


def count_markets(facts: LineFacts, by_month: pd.DataFrame, candidates: Rows) -> pd.DataFrame:
    """Count by market, the largest first; ``back`` are all lines that came back, ``late`` those after their window."""
    markets = by_month.drop(columns="month").groupby("market", observed=True).sum()
    back = facts.returned_on != NEVER
    late = back & (facts.returned_on > facts.outcomes.closes_on)
    sums = pd.DataFrame({"back": back, "late": late}).groupby(facts.market, observed=True).sum()
    is_open = facts.market.iloc[candidates.position].value_counts()
    markets = markets.join(sums).assign(open=is_open.reindex(markets.index).fillna(0)).astype("int64")
    return markets.rename_axis("market").reset_index().sort_values("lines", ascending=False, kind="stable")


def count_delays(facts: LineFacts) -> Delays:
    """Count the days from delivery, or from the order where there are few delivery scans, to the return."""
    back = np.flatnonzero(facts.returned_on != NEVER)
    since, start = _start(facts, back)
    back, start = back[start != NEVER], start[start != NEVER]
    closes, returned = facts.outcomes.closes_on[back], facts.returned_on[back]
    market = facts.market.iloc[back].reset_index(drop=True)
    rows = pd.DataFrame({"market": market, "day": returned - start, "late": returned > closes})
    rows["in_time"] = ~rows["late"]
    days = rows.groupby(["market", "day"], observed=True)[["in_time", "late"]].sum().reset_index()
    windows = pd.Series(closes - start).groupby(market, observed=True).agg(lambda days: days.mode().iloc[0])
    return Delays(since, days, windows)


def _start(facts: LineFacts, back: npt.NDArray[np.int64]) -> tuple[str, Days]:
    lines = facts.lines.iloc[back]
    if "delivered_at" in lines and lines["delivered_at"].notna().mean() > 0.5:
        return "delivery", day_of(lines["delivered_at"], facts.time_zone)
    return "order", day_of(lines["ordered_at"], facts.time_zone)


def count_open_lines(facts: LineFacts, candidates: Rows) -> pd.DataFrame:
    """Count the candidates by ``warehouse`` and ``market``."""
    lines = facts.lines.iloc[candidates.position]
    keys = pd.DataFrame({"warehouse": named(lines, "warehouse"), "market": facts.market.iloc[candidates.position]})
    return keys.groupby(["warehouse", "market"], observed=True).size().rename("lines").reset_index()


def top_customer_share(facts: LineFacts) -> float:
    """Return the share of the orders that the customer with the most orders has; NaN without orders."""
    customers = facts.lines.loc[facts.first, "customer_id"]
    return float(customers.value_counts(normalize=True).max()) if len(customers) else float("nan")
