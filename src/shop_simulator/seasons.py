"""The year of a shop: how much is ordered, of what, for whom and at which discount, day by day and market by market."""

from datetime import date, timedelta
from functools import lru_cache

import holidays
import numpy as np

from returns_risk.contract.days import day_number
from shop_simulator.world import CATEGORIES, MARKETS, Floats, Ints, of_category

__all__ = ["LONGEST_YEARS", "Calendar", "category_demand", "gift_share", "launch_pace", "market_demand", "sale_depth"]

LONGEST_YEARS = 12
"""Years of public holidays of a shop."""
_WEEKDAY = np.array([1.12, 1.0, 0.95, 0.95, 0.85, 0.92, 1.25])
"""Demand from Monday to Sunday."""
_MONTH = np.array([0.92, 0.83, 0.97, 1.07, 1.07, 0.92, 0.87, 0.83, 1.02, 1.07, 1.17, 1.12])
_GROWTH = 0.15
"""Per year."""
_SALES = {
    "DE": (((1, 2), (1, 31), 0.30), ((7, 1), (7, 28), 0.30), ((11, 20), (11, 30), 0.25)),
    "AT": (((1, 2), (1, 31), 0.30), ((7, 1), (7, 28), 0.30), ((11, 20), (11, 30), 0.25)),
    "NL": (((1, 2), (1, 25), 0.25), ((6, 25), (7, 20), 0.30), ((11, 20), (11, 30), 0.25)),
    "FR": (((1, 8), (2, 4), 0.40), ((6, 25), (7, 22), 0.40), ((11, 20), (11, 30), 0.20)),
    "PL": (((12, 27), (12, 31), 0.30), ((1, 1), (1, 31), 0.30), ((6, 20), (7, 31), 0.30), ((11, 20), (11, 30), 0.25)),
}
"""First day, last day (month, day) and usual discount; French sales are set by law."""
_GIFTS = {
    "DE": (((11, 20), (12, 22), 0.30), ((2, 7), (2, 13), 0.10), ((5, 1), (5, 10), 0.10)),
    "AT": (((11, 20), (12, 22), 0.30), ((2, 7), (2, 13), 0.10), ((5, 1), (5, 10), 0.10)),
    "NL": (((11, 12), (12, 4), 0.32), ((12, 5), (12, 22), 0.15), ((2, 7), (2, 13), 0.08)),
    "FR": (((11, 24), (12, 22), 0.30), ((2, 7), (2, 13), 0.14), ((5, 18), (5, 28), 0.10)),
    "PL": (((11, 24), (12, 4), 0.22), ((12, 5), (12, 22), 0.30), ((5, 18), (5, 25), 0.10)),
}
"""First day, last day and share of lines that are presents: Sinterklaas and Mikołaj, Christmas, Valentine, mothers."""


class Calendar:
    """Days on which nothing is moved: Sundays and public holidays, per market, from the January of the first year."""

    def __init__(self, first_year: int) -> None:
        self.start = day_number(date(first_year, 1, 1))
        years = range(first_year, first_year + LONGEST_YEARS + 1)
        span = day_number(date(first_year + LONGEST_YEARS + 1, 1, 1)) - self.start
        closed = np.zeros((len(MARKETS), span), dtype=bool)
        # 1970-01-01 was a Thursday, so Sundays are 3 modulo 7.
        closed[:, (self.start + np.arange(span)) % 7 == 3] = True
        for row, market in enumerate(MARKETS):
            closed[row, [day - self.start for year in years for day in _public_holidays(market.code, year)]] = True
        working = np.where(closed, -1, np.arange(span))
        self._before = np.maximum.accumulate(working, axis=1)
        working = np.where(closed, span, np.arange(span))
        self._after = np.minimum.accumulate(working[:, ::-1], axis=1)[:, ::-1]

    def on_or_after(self, day: Ints, market: Ints) -> Ints:
        """Return the next working day; days since 1970-01-01."""
        working: Ints = self._after[market, day - self.start] + self.start
        return working

    def on_or_before(self, day: Ints, market: Ints) -> Ints:
        """Return the last working day; days since 1970-01-01."""
        working: Ints = self._before[market, day - self.start] + self.start
        return working


@lru_cache(maxsize=256)
def _public_holidays(country: str, year: int) -> tuple[int, ...]:
    return tuple(sorted(map(day_number, holidays.country_holidays(country, years=year))))


def market_demand(day: int, start: int) -> Floats:
    """Return the orders of a day by market relative to the first days of an average year, shape (n_markets,)."""
    base = _WEEKDAY[(day + 3) % 7] * _MONTH[_month_day(day)[0] - 1] * (1 + _GROWTH * (day - start) / 365)
    demand: Floats = base * (1 + 1.2 * sale_depth(day)) * (1 + 0.5 * gift_share(day))
    return demand


def category_demand(day: int) -> Floats:
    """Return the relative demand for each category on a day, shape (n_categories,)."""
    year = np.datetime64(day, "D").astype("M8[Y]")
    day_of_year = (np.datetime64(day, "D") - year).astype(int) + 1
    # The warmest goods sell in May, the warmest coats in November.
    swing = np.cos(2 * np.pi * (day_of_year - 135) / 365.25)
    presents = np.array([category.department in ("toys", "electronics", "beauty") for category in CATEGORIES])
    demand: Floats = np.exp(0.7 * swing * of_category("warm")) * (1 + 3.0 * gift_share(day).mean() * presents)
    return demand


def launch_pace(day: int) -> float:
    """Return how many styles are launched relative to an average day: collections come in spring and autumn."""
    return {2: 2.2, 3: 1.6, 8: 2.2, 9: 1.6, 11: 0.5, 12: 0.3}.get(_month_day(day)[0], 0.6)


def sale_depth(day: int) -> Floats:
    """Return the usual discount of a sale by market, 0 outside, shape (n_markets,)."""
    return np.array([_inside(day, _SALES[market.code]) for market in MARKETS])


def gift_share(day: int) -> Floats:
    """Return the share of lines that are presents by market, shape (n_markets,)."""
    return np.array([_inside(day, _GIFTS[market.code]) for market in MARKETS])


def _inside(day: int, spans: tuple[tuple[tuple[int, int], tuple[int, int], float], ...]) -> float:
    today = _month_day(day)
    return max((value for first, last, value in spans if first <= today <= last), default=0.0)


@lru_cache(maxsize=4096)
def _month_day(day: int) -> tuple[int, int]:
    today = date(1970, 1, 1) + timedelta(days=int(day))
    return today.month, today.day
