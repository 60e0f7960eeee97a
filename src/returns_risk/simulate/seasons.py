"""The year of a fashion shop: how much is ordered, of what, and at which discount, day by day."""

import numpy as np
import pandas as pd

from returns_risk.simulate.world import CATEGORIES, Flags, Floats, Times

__all__ = ["category_demand", "daily_demand", "gift_season", "sale_depth"]

_WEEKDAY = np.array([1.12, 1.0, 0.95, 0.95, 0.85, 0.92, 1.25])
"""Demand from Monday to Sunday."""
_MONTH = np.array([0.95, 0.85, 1.0, 1.1, 1.1, 0.95, 0.9, 0.85, 1.05, 1.1, 1.2, 1.15])
_GROWTH = 0.15
"""Per year."""
_SALES = (((1, 2), (1, 31), 0.30), ((7, 1), (7, 28), 0.30), ((11, 20), (11, 30), 0.25))
"""First day, last day (month, day) and usual discount: winter sale, summer sale, Black Week."""


def daily_demand(days: Times) -> Floats:
    """Return the relative number of orders of each day, shape (n_days,)."""
    index = pd.DatetimeIndex(days)
    years = (days - days[0]) / np.timedelta64(365, "D")
    base = _WEEKDAY[index.day_of_week.to_numpy()] * _MONTH[index.month.to_numpy() - 1]
    demand: Floats = base * (1 + _GROWTH * years) * (1 + 1.5 * sale_depth(days))
    return demand


def category_demand(days: Times) -> Floats:
    """Return the relative demand for each category on each day, shape (n_days, n_categories)."""
    # The warmest goods sell in May, the warmest coats in November.
    angle = 2 * np.pi * (pd.DatetimeIndex(days).day_of_year.to_numpy() - 135) / 365.25
    warm = np.array([category.warm for category in CATEGORIES])
    demand: Floats = np.exp(0.7 * np.cos(angle)[:, None] * warm[None, :])
    return demand


def sale_depth(days: Times) -> Floats:
    """Return the usual discount in a sale (0 to 1), 0 outside, shape (n_days,)."""
    depth = np.zeros(len(days))
    for first, last, discount in _SALES:
        depth[_within(days, first, last)] = discount
    return depth


def gift_season(days: Times) -> Flags:
    """Mark days on which people buy presents, shape (n_days,)."""
    return _within(days, (11, 20), (12, 23))


def _within(days: Times, first: tuple[int, int], last: tuple[int, int]) -> Flags:
    index = pd.DatetimeIndex(days)
    number = index.month.to_numpy() * 100 + index.day.to_numpy()
    inside: Flags = (number >= first[0] * 100 + first[1]) & (number <= last[0] * 100 + last[1])
    return inside
