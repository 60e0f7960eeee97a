"""The day on which the return window of each order line closes."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.policy import MarketPolicy, Policy
from returns_risk.contract.days import NEVER, Days, date_of, day_number

__all__ = ["close_windows", "market_terms"]

Codes = npt.NDArray[np.int64]


def close_windows(begins: Days, ordered: Days, market: pd.Series, policy: Policy) -> Days:
    """Return the last day of each line's return window, by the terms of its market and the day of its order.

    Parameters
    ----------
    begins : day on which the window begins; ``NEVER`` where it has not begun
    ordered : day of the order
    """
    codes, terms = market_terms(market, policy)
    length = np.array([item.return_window_days for item in terms], dtype=np.int32)[codes]
    earliest = np.zeros(len(begins), dtype=np.int32)
    for code, item in enumerate(terms):
        if item.windows:
            rows = np.flatnonzero(codes == code)
            length[rows], earliest[rows] = _exceptions(item, ordered[rows])
    closes = np.maximum(begins + length, earliest)
    return np.where(begins == NEVER, NEVER, closes).astype(np.int32)


def market_terms(market: pd.Series, policy: Policy) -> tuple[Codes, list[MarketPolicy]]:
    """Return the terms of each distinct market, the default last, and the position of each line's terms."""
    codes, names = pd.factorize(market)
    terms = [*(policy.market(name) for name in names), policy.default]
    return np.where(codes < 0, len(names), codes), terms


def _exceptions(terms: MarketPolicy, ordered: Days) -> tuple[Days, Days]:
    """Return the length of each window in days, and the day before which it does not close (0 for any)."""
    length = np.full(len(ordered), terms.return_window_days, dtype=np.int32)
    earliest = np.zeros(len(ordered), dtype=np.int32)
    if not len(ordered):
        return length, earliest
    years = date_of(np.array([ordered.min(), ordered.max()])).astype("M8[Y]").astype(int) + 1970
    for window in terms.windows:
        # A period of every year may begin in one year and end in the next.
        for first, last, until in window.periods(int(years[0]) - 1, int(years[1])):
            rows = (ordered >= day_number(first)) & (ordered <= day_number(last))
            if window.return_window_days is not None:
                length[rows] = window.return_window_days
            if until is not None:
                earliest[rows] = day_number(until)
    return length, earliest
