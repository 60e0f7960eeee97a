"""What lies in a basket: styles in fashion, in the size the customer thinks fits, sometimes in two."""

from dataclasses import dataclass

import numpy as np

from returns_risk.simulate.catalogue import Catalogue
from returns_risk.simulate.customers import Customers
from returns_risk.simulate.seasons import category_demand
from returns_risk.simulate.world import CATEGORIES, SIZES, Flags, Floats, Ints, Times

__all__ = ["Baskets", "draw_baskets"]

_LARGEST = 12
"""Items in a basket."""
_SYSTEM = np.array([SIZES.index(category.sizes) for category in CATEGORIES])
"""Size system of each category."""


@dataclass(frozen=True)
class Baskets:
    """Lines, basket by basket, arrays of shape (n_lines,)."""

    order: Ints
    """Position of the order."""
    style: Ints
    colour: Ints
    """Which of the style's colours."""
    size: Ints
    """Position among the sizes of the category."""
    quantity: Ints
    second_size: Flags
    """True where the line before holds the same item in the size the customer thought of first."""


def draw_baskets(
    rng: np.random.Generator, customers: Customers, catalogue: Catalogue, customer: Ints, day: Times
) -> Baskets:
    """Fill the basket of each order.

    Parameters
    ----------
    customer : of each order, shape (n_orders,)
    day : of each order, ascending, shape (n_orders,)
    """
    items = np.minimum(1 + rng.poisson(customers.appetite[customer]), _LARGEST)
    order = np.repeat(np.arange(len(customer)), items)
    style = _draw_styles(rng, catalogue, day[order])
    buyer = customer[order]
    body = customers.size[buyer, _SYSTEM[catalogue.category[style]]]
    highest = catalogue.sizes[style] - 1
    size = np.clip(np.rint(body + rng.normal(0.0, 0.35, len(order))), 0, highest).astype(np.int64)
    other = np.clip(size + np.where(body > size, 1, -1), 0, highest)
    doubled = (rng.random(len(order)) < customers.bracketing[buyer]) & (other != size)
    baskets = Baskets(
        order=order,
        style=style,
        colour=rng.integers(catalogue.colours[style]),
        size=size,
        quantity=np.where(doubled, 1, _draw_quantity(rng, catalogue.category[style])),
        second_size=np.zeros(len(order), dtype=bool),
    )
    return _with_second_sizes(baskets, doubled, other)


def _draw_styles(rng: np.random.Generator, catalogue: Catalogue, day: Times) -> Ints:
    """Choose a style that is on sale on the day of each item; days ascend."""
    days, first = np.unique(day, return_index=True)
    season = category_demand(days)
    chance = rng.random(len(day))
    style = np.empty(len(day), dtype=np.int64)
    for today, begin, end, demand in zip(days, first, [*first[1:], len(day)], season, strict=True):
        total = np.cumsum(_appeal(catalogue, today) * demand[catalogue.category])
        style[begin:end] = np.searchsorted(total, chance[begin:end] * total[-1], side="right")
    return style


def _appeal(catalogue: Catalogue, today: np.datetime64) -> Floats:
    """Return the relative sales of each style: nothing before its launch, then news that fades."""
    age = (today - catalogue.launched) / np.timedelta64(1, "D")
    return np.where(age < 0, 0.0, catalogue.popularity * (0.15 + np.exp(-np.maximum(age, 0) / 150)))


def _draw_quantity(rng: np.random.Generator, category: Ints) -> Ints:
    """Return units: nearly always one, more often two or three of what has no size."""
    several = np.array([0.02 if c.sized else 0.10 for c in CATEGORIES])[category]
    return np.where(rng.random(len(category)) < several, rng.integers(2, 4, len(category)), 1)


def _with_second_sizes(baskets: Baskets, doubled: Flags, other: Ints) -> Baskets:
    """Put the second size right behind the first."""
    copies = np.repeat(np.arange(len(doubled)), 1 + doubled)
    second = np.zeros(len(copies), dtype=bool)
    second[1:] = copies[1:] == copies[:-1]
    return Baskets(
        order=baskets.order[copies],
        style=baskets.style[copies],
        colour=baskets.colour[copies],
        size=np.where(second, other[copies], baskets.size[copies]),
        quantity=baskets.quantity[copies],
        second_size=second,
    )
