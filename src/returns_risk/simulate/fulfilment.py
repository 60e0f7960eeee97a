"""The way of a parcel: promise, shipment, delivery, and the few lines that are cancelled before."""

from dataclasses import dataclass

import numpy as np

from returns_risk.simulate.orders import Orders
from returns_risk.simulate.world import MARKETS, Floats, Ints, Times, shares

__all__ = ["Fulfilment", "draw_fulfilment"]

_CANCELLED = 0.02
_SPLIT = 0.1
"""Share of lines that ship apart from their order."""
_SHIPPING = (0.18, 0.40, 0.27, 0.15)
"""Shares of orders that ship 0, 1, 2, 3 days after."""
_CUT_OFF = np.timedelta64(14, "h")
"""An order placed later in the day does not ship on it."""
_EVENING = np.timedelta64(20, "h")
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Fulfilment:
    """Times of each order, shape (n_orders,), and of each line, shape (n_lines,)."""

    promised: Times
    """Of each order."""
    shipped: Times
    """Of each line, NaT where cancelled; so is ``delivered``."""
    delivered: Times
    cancelled: Times
    """NaT where it ships."""


def draw_fulfilment(rng: np.random.Generator, orders: Orders) -> Fulfilment:
    """Draw what happens to each line, however far in the future."""
    ordered = orders.ordered[orders.lines.order]
    market = orders.market[orders.lines.order]
    shipped = _draw_shipped(rng, orders)
    delivered = _at_hours(rng, _later(shipped, _draw_transit(rng, market), longest=6), 9, 20)
    gone = rng.random(len(ordered)) < _CANCELLED
    waiting = (shipped - ordered).astype(np.int64)
    cancelled = ordered + (waiting * rng.uniform(0.05, 0.95, len(ordered))).astype("timedelta64[s]")
    never = np.datetime64("NaT", "s")
    return Fulfilment(
        promised=_promise(orders),
        shipped=np.where(gone, never, shipped),
        delivered=np.where(gone, never, delivered),
        cancelled=np.where(gone, cancelled, never),
    )


def _promise(orders: Orders) -> Times:
    """Return the evening of the promised day of each order, never a Sunday."""
    days = np.array([market.promised_days for market in MARKETS])[orders.market]
    midnight: Times = _later(orders.ordered, days, longest=9).astype("datetime64[s]")
    return midnight + _EVENING


def _draw_shipped(rng: np.random.Generator, orders: Orders) -> Times:
    order = orders.lines.order
    waits = np.arange(len(_SHIPPING))
    together = rng.choice(waits, len(orders.ordered), p=shares(_SHIPPING))[order]
    apart = rng.choice(waits, len(order), p=shares(_SHIPPING))
    wait = np.where(rng.random(len(order)) < _SPLIT, apart, together)
    ordered = orders.ordered[order]
    late = ordered - ordered.astype("datetime64[D]") >= _CUT_OFF
    day = _later(ordered, np.where(late, np.maximum(wait, 1), wait), longest=len(_SHIPPING) - 1)
    # All leaves after the cut-off: so what ships on the day of its order ships after it was ordered.
    return _at_hours(rng, day, 15, 20)


def _draw_transit(rng: np.random.Generator, market: Ints) -> Ints:
    mix: Floats = np.cumsum([shares(one.transit) for one in MARKETS], axis=1)
    days: Ints = (rng.random(len(market))[:, None] >= mix[market, :-1]).sum(axis=1) + 1
    return days


def _later(times: Times, days: Ints, longest: int) -> Times:
    """Return the day so many days after each time; from a Sunday on to Monday, or back where that is too long."""
    day = times.astype("datetime64[D]") + days.astype("timedelta64[D]")
    # 1970-01-01 was a Thursday, so Sundays are 3 modulo 7.
    sunday = day.astype(np.int64) % 7 == 3
    moved: Times = day + np.where(sunday, np.where(days < longest, 1, -1), 0) * _DAY
    return moved


def _at_hours(rng: np.random.Generator, day: Times, begin: int, end: int) -> Times:
    second = rng.integers(begin * 3600, end * 3600, len(day)).astype("timedelta64[s]")
    times: Times = day.astype("datetime64[s]") + second
    return times
