"""The orders: who orders when and how, what is in the basket, and what it costs."""

from dataclasses import dataclass, replace

import numpy as np

from returns_risk.simulate.baskets import Baskets, draw_baskets
from returns_risk.simulate.catalogue import Catalogue
from returns_risk.simulate.customers import Customers
from returns_risk.simulate.seasons import daily_demand, sale_depth
from returns_risk.simulate.world import MARKETS, PAYMENTS, Floats, Ints, Times, shares

__all__ = ["CHANNELS", "DEVICES", "VOUCHERS", "WAREHOUSES", "Orders", "draw_orders"]

CHANNELS = ("web", "app", "store_pickup")
DEVICES = ("phone", "desktop", "tablet", "terminal")
VOUCHERS = ("", "newsletter", "welcome", "birthday")
WAREHOUSES = ("LEJ1", "POZ1")

_VOUCHER_SHARE = np.array([0.84, 0.09, 0.04, 0.03])
_VOUCHER_VALUE = np.array([0.0, 0.10, 0.15, 0.10])
_ABROAD = 0.03
"""Share of orders placed in another market than at home."""
_LEJ1_SHARE = np.array([0.80, 0.75, 0.85, 0.70, 0.10])
"""Of the orders of each market; the rest ships from POZ1."""
_HOURS = shares([5, 3, 2, 1, 1, 2, 5, 12, 20, 26, 30, 32, 36, 34, 30, 30, 33, 38, 45, 55, 62, 58, 38, 16])
_LINES_PER_ORDER = 1.9
"""A low guess: more is drawn than needed, then whole orders are left out."""


@dataclass(frozen=True)
class Orders:
    """Headers of shape (n_orders,), ascending in time, and their lines of shape (n_lines,)."""

    ordered: Times
    customer: Ints
    market: Ints
    channel: Ints
    device: Ints
    payment: Ints
    voucher: Ints
    warehouse: Ints
    lines: Baskets
    list_price: Floats
    """Of each line, per unit, EUR."""
    unit_price: Floats
    """Of each line, paid per unit, EUR."""

    @property
    def position(self) -> Ints:
        """Place of each line in its order, from 1."""
        order = self.lines.order
        return np.arange(len(order)) - np.searchsorted(order, order) + 1

    @property
    def discount(self) -> Floats:
        """Share of the list price that was let off, of each line."""
        return 1 - self.unit_price / self.list_price


def draw_orders(
    rng: np.random.Generator,
    customers: Customers,
    catalogue: Catalogue,
    start: np.datetime64,
    days: int,
    lines: int,
) -> Orders:
    """Draw the orders of ``days`` days from ``start`` on, with about ``lines`` lines in all."""
    ordered = _draw_times(rng, int(lines / _LINES_PER_ORDER) + 1, start, days)
    customer = _draw_customers(rng, customers, ordered)
    baskets = draw_baskets(rng, customers, catalogue, customer, ordered.astype("datetime64[D]"))
    kept, baskets = _leave_out(rng, baskets, len(ordered), lines)
    ordered, customer = ordered[kept], customer[kept]
    market = _draw_market(rng, customers.market[customer])
    channel = rng.choice(len(CHANNELS), len(kept), p=[0.58, 0.34, 0.08])
    voucher = rng.choice(len(VOUCHERS), len(kept), p=_VOUCHER_SHARE)
    list_price = catalogue.list_price[baskets.style]
    return Orders(
        ordered=ordered,
        customer=customer,
        market=market,
        channel=channel,
        device=_draw_device(rng, channel),
        payment=_draw_payment(rng, market),
        voucher=voucher,
        warehouse=(rng.random(len(kept)) >= _LEJ1_SHARE[market]).astype(np.int64),
        lines=baskets,
        list_price=list_price,
        unit_price=_price(rng, catalogue, baskets, ordered, list_price, voucher),
    )


def _draw_times(rng: np.random.Generator, count: int, start: np.datetime64, days: int) -> Times:
    calendar = start + np.arange(days).astype("timedelta64[D]")
    day = rng.choice(days, count, p=shares(daily_demand(calendar)))
    second = rng.choice(24, count, p=_HOURS) * 3600 + rng.integers(3600, size=count)
    times: Times = np.sort(start.astype("datetime64[s]") + (day * 86_400 + second).astype("timedelta64[s]"))
    return times


def _draw_customers(rng: np.random.Generator, customers: Customers, ordered: Times) -> Ints:
    """Choose who orders among those registered by then, the busy ones more often."""
    registered = np.searchsorted(customers.registered, ordered)
    total = np.cumsum(customers.activity)
    chosen = np.searchsorted(total, rng.random(len(ordered)) * total[registered - 1], side="right")
    return np.minimum(chosen, registered - 1)


def _leave_out(rng: np.random.Generator, baskets: Baskets, orders: int, lines: int) -> tuple[Ints, Baskets]:
    """Keep so many random orders that about ``lines`` lines are left; return their positions and lines."""
    turn = rng.permutation(orders)
    total = np.cumsum(np.bincount(baskets.order, minlength=orders)[turn])
    kept = np.sort(turn[: np.searchsorted(total, lines) + 1])
    chosen = np.isin(baskets.order, kept)
    fields = {name: values[chosen] for name, values in vars(baskets).items()}
    return kept, replace(Baskets(**fields), order=np.searchsorted(kept, fields["order"]))


def _draw_market(rng: np.random.Generator, home: Ints) -> Ints:
    return np.where(rng.random(len(home)) < _ABROAD, rng.integers(len(MARKETS), size=len(home)), home)


def _draw_device(rng: np.random.Generator, channel: Ints) -> Ints:
    """Return devices: the app runs on phone and tablet, a pickup is half ordered at the shop's terminal."""
    mix: Floats = np.cumsum([[0.42, 0.50, 0.08, 0.0], [0.9, 0.0, 0.1, 0.0], [0.3, 0.2, 0.0, 0.5]], axis=1)
    device: Ints = (rng.random(len(channel))[:, None] >= mix[channel, :-1]).sum(axis=1)
    return device


def _draw_payment(rng: np.random.Generator, market: Ints) -> Ints:
    payment = np.empty(len(market), dtype=np.int64)
    for position, terms in enumerate(MARKETS):
        here = market == position
        payment[here] = rng.choice(len(PAYMENTS), here.sum(), p=shares(terms.payments))
    return payment


def _price(
    rng: np.random.Generator, catalogue: Catalogue, lines: Baskets, ordered: Times, list_price: Floats, voucher: Ints
) -> Floats:
    """Return the price paid: a sale reduces most styles, clearance a few at any time, a voucher the rest again."""
    sale = sale_depth(ordered)[lines.order] * catalogue.discounted[lines.style]
    clearance = np.where(rng.random(len(list_price)) < 0.12, rng.choice([0.2, 0.3, 0.5], len(list_price)), 0.0)
    off = np.round(np.clip(np.maximum(sale, clearance), 0.0, 0.6), 1)
    price: Floats = np.round(list_price * (1 - off) * (1 - _VOUCHER_VALUE[voucher][lines.order]), 2)
    return price
