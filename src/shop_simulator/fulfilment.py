"""The way of a parcel: promise, shipment, carrier, delivery in time or late, whole or damaged, and cancellations."""

from dataclasses import dataclass

import numpy as np

from shop_simulator.orders import DayOfOrders
from shop_simulator.seasons import Calendar, gift_share
from shop_simulator.world import CARRIERS, LANES, NEVER, Flags, Floats, Ints, Times, later, of_category, of_market

__all__ = ["Fulfilment", "Parcels", "draw_fulfilment", "parcels_of"]

_CANCELLED = 0.02
_SPLIT = 0.1
"""Share of lines that ship apart from their order."""
_SHIPPING = np.cumsum([0.18, 0.40, 0.27, 0.15])
"""Shares of parcels that ship 0, 1, 2, 3 days after."""
_CUT_OFF = np.timedelta64(14, "h")
"""An order placed later in the day does not ship on it."""
_EVENING = np.timedelta64(20, "h")
_RUSH = 1.5
"""Parcels are late so much more often in the gift season."""
_WAREHOUSE_MARKET = np.array([0, len(LANES) - 1])
"""Whose public holidays a warehouse keeps: Germany's, Poland's."""


@dataclass(frozen=True)
class Parcels:
    """Expectations about a line's parcel before it ships, shape (n_lines,)."""

    carriers: Floats
    """Shares of the carriers on its lane, shape (n_lines, n_carriers)."""
    late: Floats
    """Probability of coming after the promised day."""
    damaged: Floats


@dataclass(frozen=True)
class Fulfilment:
    """Times of each order, shape (n_orders,), and of each line, shape (n_lines,)."""

    promised: Times
    """Of each order."""
    shipped: Times
    """Of each line, also where it will be cancelled before."""
    delivered: Times
    cancelled: Times
    """NaT where the customer does not think better of it before it ships."""
    carrier: Ints
    late: Flags
    damaged: Flags


def parcels_of(orders: DayOfOrders, category: Ints, day: int) -> Parcels:
    """Return the odds of each line's parcel, from its lane, season and content."""
    order = orders.lines.order
    carriers = LANES[orders.market[order], orders.warehouse[order]]
    rush = 1 + _RUSH * (gift_share(day) > 0.12)[orders.market[order]]
    late = carriers @ np.array([carrier.late for carrier in CARRIERS])
    damaged = carriers @ np.array([carrier.damaged for carrier in CARRIERS])
    return Parcels(carriers, late * rush, damaged * of_category("fragile")[category])


def draw_fulfilment(
    rng: np.random.Generator, orders: DayOfOrders, category: Ints, calendar: Calendar, day: int
) -> Fulfilment:
    """Draw the fate of each line without an intervention, however far in the future."""
    order = orders.lines.order
    market = orders.market[order]
    parcel = _parcels(rng, order)
    promised = calendar.on_or_after(day + of_market("promised_days").astype(int)[orders.market], orders.market)
    ship_day = _draw_ship_day(rng, orders, parcel, calendar, day)
    carriers = LANES[market, orders.warehouse[order]]
    carrier = (rng.random(len(order))[parcel][:, None] >= np.cumsum(carriers, axis=1)[:, :-1]).sum(axis=1)
    rush = 1 + _RUSH * (gift_share(day) > 0.12)[market]
    late = rng.random(len(order))[parcel] < np.array([company.late for company in CARRIERS])[carrier] * rush
    fragile = of_category("fragile")[category]
    damaged = rng.random(len(order)) < np.array([company.damaged for company in CARRIERS])[carrier] * fragile
    arrival = _draw_arrival(rng, ship_day, promised[order], late, parcel, market, calendar)
    ordered = orders.ordered[order]
    shipped = _at_hours(rng, ship_day, parcel, 15, 20)
    gone = rng.random(len(order)) < _CANCELLED
    waiting = (shipped - ordered).astype(np.int64)
    cancelled = ordered + (waiting * rng.uniform(0.05, 0.95, len(order))).astype("m8[s]")
    evening = later(promised.astype("M8[D]").astype("M8[s]"), _EVENING)
    return Fulfilment(
        promised=evening,
        shipped=shipped,
        delivered=_at_hours(rng, arrival, parcel, 9, 20),
        cancelled=np.where(gone, cancelled, NEVER),
        carrier=carrier,
        late=late,
        damaged=damaged,
    )


def _parcels(rng: np.random.Generator, order: Ints) -> Ints:
    """Return the line with whose parcel each line goes: the first of its order, or its own."""
    return np.where(rng.random(len(order)) < _SPLIT, np.arange(len(order)), np.searchsorted(order, order))


def _draw_ship_day(rng: np.random.Generator, orders: DayOfOrders, parcel: Ints, calendar: Calendar, day: int) -> Ints:
    order = orders.lines.order
    wait = np.searchsorted(_SHIPPING, rng.random(len(order)), side="right")[parcel]
    after_hours = orders.ordered[order] - np.datetime64(day, "D") >= _CUT_OFF
    wait = np.where(after_hours, np.maximum(wait, 1), wait)
    return calendar.on_or_after(day + wait, _WAREHOUSE_MARKET[orders.warehouse[order]])


def _draw_arrival(
    rng: np.random.Generator,
    ship_day: Ints,
    promised: Ints,
    late: Flags,
    parcel: Ints,
    market: Ints,
    calendar: Calendar,
) -> Ints:
    """Return the day of delivery: on its way to the promised day at the latest, or some days past it."""
    span = np.maximum(promised - ship_day, 1)
    usual = ship_day + 1 + np.floor(rng.random(len(ship_day))[parcel] * span).astype(int)
    usual = np.maximum(
        calendar.on_or_before(np.maximum(np.minimum(usual, promised), ship_day + 1), market), ship_day + 1
    )
    delayed = np.maximum(promised, ship_day) + rng.geometric(0.45, len(ship_day))[parcel]
    return np.where(late, calendar.on_or_after(delayed, market), calendar.on_or_after(usual, market))


def _at_hours(rng: np.random.Generator, day: Ints, parcel: Ints, start: int, end: int) -> Times:
    """Return times of the day, the same for all lines of a parcel."""
    second = rng.integers(start * 3600, end * 3600, len(day))[parcel].astype("m8[s]")
    times: Times = day.astype("M8[D]").astype("M8[s]") + second
    return times
