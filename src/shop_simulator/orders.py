"""The orders of a day: who orders when and how, and what it costs."""

from dataclasses import dataclass

import numpy as np

from shop_simulator.baskets import Baskets, draw_baskets
from shop_simulator.catalogue import Catalogue
from shop_simulator.customers import arrive, draw_payment
from shop_simulator.definition import Definition, random_numbers
from shop_simulator.growing import Table
from shop_simulator.seasons import gift_share, market_demand, sale_depth
from shop_simulator.world import CHANNELS, DEVICES, MARKETS, VOUCHERS, Flags, Floats, Ints, Times, of_market, shares

__all__ = ["DayOfOrders", "draw_orders", "first_customers", "return_fees"]

_LINES_PER_ORDER = 1.95
_NEWCOMERS = 0.10
"""Share of orders that are a customer's first."""
_CUSTOMERS_PER_LINE = 32
"""Customers there are when the shop opens, per order line of a day."""
_VOUCHER_VALUE = np.array([0.0, 0.10, 0.15, 0.10])
_ABROAD = 0.03
"""Share of orders placed in another market than at home."""
_HABIT = 0.85
"""Share of orders placed and paid as the customer always does."""
_LEJ1_SHARE = np.array([0.80, 0.75, 0.85, 0.70, 0.10])
"""Of the orders of each market; the rest ships from POZ1."""
_HOURS = shares([5, 3, 2, 1, 1, 2, 5, 12, 20, 26, 30, 32, 36, 34, 30, 30, 33, 38, 45, 55, 62, 58, 38, 16])
_NEW_FEE = 3.95
"""What a return costs in Germany after the drift ``policy_change``, EUR."""


@dataclass(frozen=True)
class DayOfOrders:
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
    list_price: Ints
    """Of each line, cents per unit."""
    unit_price: Ints
    """Of each line, cents paid per unit."""
    gift: Flags
    """Of each line: a present."""


def return_fees(definition: Definition, day: int) -> Floats:
    """Return what a return costs the customer by market on a day, EUR."""
    fees = of_market("return_fee")
    change = definition.day_of("policy_change")
    if change is not None and day >= change:
        fees[0] = _NEW_FEE
    return fees


def first_customers(definition: Definition, customers: Table) -> None:
    """Add those who registered in the four years before the shop's first day."""
    rng = random_numbers(definition, "first customers", definition.first_day)
    count = max(50, _CUSTOMERS_PER_LINE * definition.lines_per_day)
    before = np.sort(rng.integers(-4 * 365 * 86_400, -1, count)).astype("m8[s]")
    arrive(rng, customers, np.datetime64(definition.first_day, "D").astype("M8[s]") + before)


def draw_orders(definition: Definition, customers: Table, catalogue: Catalogue, day: int) -> DayOfOrders:
    """Draw the orders of one day; who orders for the first time is added to ``customers``."""
    rng = random_numbers(definition, "orders", day)
    ordered, customer = _draw_buyers(rng, definition, customers, day)
    home = customers["market"][customer].astype(np.int64)
    market = np.where(rng.random(len(home)) < _ABROAD, rng.integers(len(MARKETS), size=len(home)), home)
    lines = draw_baskets(
        random_numbers(definition, "baskets", day),
        customers,
        catalogue,
        customer,
        day,
        np.exp(-0.13 * return_fees(definition, day))[market],
    )
    voucher = _draw_voucher(rng, customers["orders"][customer] == 0)
    list_price = catalogue.styles["list_price"][lines.style].astype(np.int64)
    off = _draw_discount(rng, catalogue, lines, market, day)
    usual = rng.random(len(customer)) < _HABIT
    channel = np.where(
        usual, customers["channel"][customer], rng.choice(len(CHANNELS), len(customer), p=[0.6, 0.35, 0.05])
    )
    # A customer may order twice a day.
    np.add.at(customers["orders"], customer, 1)
    return DayOfOrders(
        ordered=ordered,
        customer=customer,
        market=market,
        channel=channel,
        device=np.where(usual, customers["device"][customer], _other_device(rng, channel)),
        payment=np.where((usual & (market == home)), customers["payment"][customer], draw_payment(rng, market)),
        voucher=voucher,
        warehouse=(rng.random(len(customer)) >= _LEJ1_SHARE[market]).astype(np.int64),
        lines=lines,
        list_price=list_price,
        unit_price=np.rint(list_price * (1 - off) * (1 - _VOUCHER_VALUE[voucher][lines.order])).astype(np.int64),
        gift=rng.random(len(lines.order)) < gift_share(day)[market][lines.order],
    )


def _draw_buyers(rng: np.random.Generator, definition: Definition, customers: Table, day: int) -> tuple[Times, Ints]:
    """Return when orders come in and from whom; newcomers register a few minutes before."""
    demand = market_demand(day, definition.first_day)
    expected = definition.lines_per_day / _LINES_PER_ORDER * float(demand @ shares(of_market("share")))
    # At least one order each day: an extract without any would be an accident.
    new = rng.poisson(_NEWCOMERS * expected)
    count = new + max(rng.poisson((1 - _NEWCOMERS) * expected), 1 - min(new, 1))
    second = np.sort(rng.choice(24, count, p=_HOURS) * 3600 + rng.integers(3600, size=count))
    ordered = np.datetime64(day, "D").astype("M8[s]") + second.astype("m8[s]")
    total = np.cumsum(customers["activity"] * demand[customers["market"]])
    old = np.searchsorted(total, rng.random(count) * total[-1], side="right")
    first = np.sort(rng.permutation(count)[:new])
    old[first] = arrive(
        random_numbers(definition, "customers", day),
        customers,
        ordered[first] - np.minimum(rng.integers(60, 900, new), second[first]).astype("m8[s]"),
    )
    return ordered, old


def _draw_voucher(rng: np.random.Generator, newcomer: Flags) -> Ints:
    chance = rng.random(len(newcomer))
    usual = np.where(
        chance < 0.09, VOUCHERS.index("newsletter"), np.where(chance > 0.97, VOUCHERS.index("birthday"), 0)
    )
    return np.where(newcomer & (chance < 0.35), VOUCHERS.index("welcome"), usual)


def _other_device(rng: np.random.Generator, channel: Ints) -> Ints:
    """Return any device that goes with the channel."""
    terminal = (channel == CHANNELS.index("store_pickup")) & (rng.random(len(channel)) < 0.5)
    phone = (channel == CHANNELS.index("app")) | (rng.random(len(channel)) < 0.5)
    plain = np.where(phone, DEVICES.index("phone"), DEVICES.index("desktop"))
    return np.where(terminal, DEVICES.index("terminal"), plain)


def _draw_discount(rng: np.random.Generator, catalogue: Catalogue, lines: Baskets, market: Ints, day: int) -> Floats:
    """Return the discount: a sale reduces most styles, clearance the old ones, promotions a few."""
    styles = catalogue.styles
    sale = sale_depth(day)[market][lines.order] * styles["discounted"][lines.style]
    leaving = np.where(styles["ends"][lines.style] - day < 45, 0.25, 0.0)
    promoted = np.where(rng.random(len(lines.order)) < 0.08, rng.choice([0.1, 0.2, 0.3], len(lines.order)), 0.0)
    off: Floats = np.round(np.clip(np.maximum.reduce([sale, leaving, promoted]), 0.0, 0.6), 1)
    return off
