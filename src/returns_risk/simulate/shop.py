"""The whole shop: each room in turn, each with its own stream of random numbers."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from returns_risk.simulate.behaviour import Risk, draw_returned, true_risk
from returns_risk.simulate.catalogue import Catalogue, draw_catalogue
from returns_risk.simulate.customers import Customers, draw_customers
from returns_risk.simulate.fulfilment import Fulfilment, draw_fulfilment
from returns_risk.simulate.orders import Orders, draw_orders
from returns_risk.simulate.returns import Returns, draw_returns
from returns_risk.simulate.world import CATEGORIES, Flags

__all__ = ["Shop", "build_shop"]

_LINES_PER_STYLE = 100
_LINES_PER_CUSTOMER = 8
_FEWEST_CUSTOMERS = 50


@dataclass(frozen=True)
class Shop:
    """All that is true of a made-up shop, the future included.

    What a chain may see of it is in ``raw_tables``. The rest (latent habits, true risk, what would come
    back) is for tests and for measuring how much of the truth a model has found.
    """

    customers: Customers
    catalogue: Catalogue
    orders: Orders
    fulfilment: Fulfilment
    risk: Risk
    returned: Flags
    """Whether each line comes back unless it is cancelled, shape (n_lines,)."""
    returns: Returns


def build_shop(seed: int, until: date, days: int, lines: int) -> Shop:
    """Draw a shop with about ``lines`` order lines over the ``days`` days before ``until``.

    The rooms share no random numbers: a further draw in one leaves what the others draw as it was.
    """
    rooms = [np.random.default_rng(sequence) for sequence in np.random.SeedSequence(seed).spawn(6)]
    start = np.datetime64(until, "D") - np.timedelta64(days, "D")
    catalogue = draw_catalogue(rooms[0], max(len(CATEGORIES), lines // _LINES_PER_STYLE), start, days)
    customers = draw_customers(rooms[1], max(_FEWEST_CUSTOMERS, lines // _LINES_PER_CUSTOMER), start, days)
    orders = draw_orders(rooms[2], customers, catalogue, start, days, lines)
    fulfilment = draw_fulfilment(rooms[3], orders)
    risk = true_risk(customers, catalogue, orders)
    returned = draw_returned(rooms[4], risk, orders.lines.second_size)
    returns = draw_returns(rooms[5], customers, catalogue, orders, fulfilment, risk, returned)
    return Shop(customers, catalogue, orders, fulfilment, risk, returned, returns)
