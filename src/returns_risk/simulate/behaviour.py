"""Why things come back: the true probability of a return of each line, and what then happens."""

from dataclasses import dataclass

import numpy as np

from returns_risk.simulate.catalogue import Catalogue
from returns_risk.simulate.customers import Customers
from returns_risk.simulate.orders import Orders
from returns_risk.simulate.seasons import gift_season
from returns_risk.simulate.world import CATEGORIES, PAYMENTS, SIZES, Flags, Floats, Ints

__all__ = ["Risk", "draw_returned", "true_risk"]

_BOTH, _ONE = 0.12, 0.78
"""Of two sizes of one item: probability that both, that exactly one comes back."""
_SYSTEM = np.array([SIZES.index(category.sizes) for category in CATEGORIES])


@dataclass(frozen=True)
class Risk:
    """What is true of each line and the shop never sees, shape (n_lines,)."""

    fit: Floats
    """Sizes by which it is too large (positive) or too small; 0 where it has no size."""
    wardrobed: Flags
    """Bought for one evening."""
    probability: Floats
    """Of a return, once it has been delivered."""


def true_risk(customers: Customers, catalogue: Catalogue, orders: Orders) -> Risk:
    """Return the true probability of a return of each line and what it rests on.

    It is additive in log-odds, save for a pair of sizes: there mostly exactly one comes back, the worse fit.
    """
    lines, buyer = orders.lines, orders.customer[orders.lines.order]
    category = catalogue.category[lines.style]
    fit = _fit(customers, catalogue, orders, buyer)
    worn_once = np.array([c.worn_once for c in CATEGORIES])[category]
    wardrobed = customers.wardrobing[buyer] & worn_once & (orders.unit_price > 40)
    basket = np.bincount(lines.order)[lines.order]
    invoice = (orders.payment == PAYMENTS.index("invoice"))[lines.order]
    logit = (
        np.array([c.return_logit for c in CATEGORIES])[category]
        + 0.62 * customers.fussiness[buyer]
        - 0.36 * catalogue.quality[lines.style]
        + 0.36 * catalogue.dishonesty[lines.style]
        + 1.00 * np.abs(fit)
        + 0.25 * np.log(basket)
        + 0.35 * invoice
        - 1.50 * orders.discount
        + 0.35 * gift_season(orders.ordered)[lines.order]
        + 2.00 * wardrobed
    )
    return Risk(fit, wardrobed, _with_pairs(_sigmoid(logit), np.abs(fit), lines.second_size))


def draw_returned(rng: np.random.Generator, risk: Risk, second_size: Flags) -> Flags:
    """Draw which lines would come back; of a pair of sizes the two are drawn together."""
    chance = rng.random(len(second_size))
    returned = chance < risk.probability
    second = np.flatnonzero(second_size)
    outcome = chance[second]
    worse = rng.random(len(second)) < _second_goes(np.abs(risk.fit), second)
    both = outcome < _BOTH
    one = ~both & (outcome < _BOTH + _ONE)
    returned[second] = both | (one & worse)
    returned[second - 1] = both | (one & ~worse)
    return returned


def _fit(customers: Customers, catalogue: Catalogue, orders: Orders, buyer: Ints) -> Floats:
    lines = orders.lines
    category = catalogue.category[lines.style]
    body = customers.size[buyer, _SYSTEM[category]]
    sized = catalogue.sizes[lines.style] > 1
    return np.where(sized, lines.size - body + catalogue.fit_offset[lines.style], 0.0)


def _with_pairs(probability: Floats, misfit: Floats, second_size: Flags) -> Floats:
    second = np.flatnonzero(second_size)
    goes = _second_goes(misfit, second)
    paired = probability.copy()
    paired[second] = _BOTH + _ONE * goes
    paired[second - 1] = _BOTH + _ONE * (1 - goes)
    return paired


def _second_goes(misfit: Floats, second: Ints) -> Floats:
    """Return the probability that, if one of a pair goes back, it is the second."""
    return _sigmoid(4 * (misfit[second] - misfit[second - 1]))


def _sigmoid(logit: Floats) -> Floats:
    return 1 / (1 + np.exp(-logit))
