"""The baskets of a day: articles in fashion or bought before, in the size the customer expects to fit."""

from dataclasses import dataclass

import numpy as np

from shop_simulator.catalogue import Catalogue
from shop_simulator.growing import Table
from shop_simulator.seasons import category_demand
from shop_simulator.world import CATEGORIES, DEPARTMENTS, SIZED, SYSTEM, Flags, Floats, Ints, of_category

__all__ = ["Baskets", "draw_baskets"]

_LARGEST = 12
"""Articles in a basket; each may be ordered in several variants."""
_CANDIDATES = 3
"""Styles a customer looks at for each article they buy."""
_DEPARTMENT = np.array([DEPARTMENTS.index(category.department) for category in CATEGORIES])
_REPEATED = np.array([0.30 if group.department in ("beauty", "toys") else 0.08 for group in CATEGORIES])
"""Probability that the article kept last is bought again, by category."""
_TRUSTS_LAST_SIZE = 0.75
"""Probability that who kept an M orders an M."""
_OTHER_COLOUR = 0.3
"""Share of variants that differ in colour, where there are colours."""
_THIRD = 0.2
"""Share of those who order two variants who order three."""


@dataclass(frozen=True)
class Baskets:
    """Lines of a day, basket by basket, arrays of shape (n_lines,)."""

    order: Ints
    """Position of the order among those of the day."""
    head: Ints
    """Position of the first variant of the same article; of the line itself without other variants."""
    style: Ints
    colour: Ints
    """Which of the style's colours."""
    size: Ints
    """Position among the sizes of the category."""
    quantity: Ints
    known: Flags
    """The very sku the customer has bought before and kept last."""


def draw_baskets(
    rng: np.random.Generator, customers: Table, catalogue: Catalogue, customer: Ints, day: int, reluctance: Floats
) -> Baskets:
    """Fill the basket of each order of a day.

    Parameters
    ----------
    customer : of each order, shape (n_orders,)
    reluctance : factor on ordering variants, as a return costs money, of each order, shape (n_orders,)
    """
    items = np.minimum(1 + rng.poisson(customers["appetite"][customer]), _LARGEST)
    order = np.repeat(np.arange(len(customer)), items)
    buyer = customer[order]
    style, known = _draw_styles(rng, customers, catalogue, buyer, day)
    styles = catalogue.styles
    size, leaning = _draw_sizes(rng, customers, catalogue, buyer, style, known)
    colour = rng.integers(styles["colours"][style].astype(np.int64))
    kept = np.maximum(customers["kept_sku"][buyer], 0)
    within = kept - styles["first_sku"][style]
    colour = np.where(known, within // styles["sizes"][style], colour)
    wanted = (rng.random(len(order)) < customers["bracketing"][buyer] * reluctance[order]) & ~known
    return _with_variants(rng, styles, order, style, colour, size, known, wanted, leaning)


def _draw_styles(
    rng: np.random.Generator, customers: Table, catalogue: Catalogue, buyer: Ints, day: int
) -> tuple[Ints, Flags]:
    """Choose a style on sale for each article: the best of a few for the customer, or the one they kept last."""
    styles = catalogue.styles
    shelf = np.flatnonzero(catalogue.on_sale(day))
    total = np.cumsum(_appeal(catalogue, shelf, day))
    seen = shelf[np.searchsorted(total, rng.random((len(buyer), _CANDIDATES)) * total[-1], side="right")]
    category = styles["category"][seen]
    dear = np.log(styles["list_price"][seen] / (100 * of_category("median_price")[category]))
    liking = (
        1.6 * (_DEPARTMENT[category] == customers["taste"][buyer][:, None])
        - 2.0 * np.abs(dear - customers["spending"][buyer][:, None])
        + rng.gumbel(size=seen.shape)
    )
    style = seen[np.arange(len(buyer)), liking.argmax(axis=1)]
    kept = customers["kept_sku"][buyer]
    last_style = catalogue.skus["style"][np.maximum(kept, 0)]
    repeats = (kept >= 0) & (styles["ends"][last_style] > day)
    repeats &= rng.random(len(buyer)) < _REPEATED[styles["category"][last_style]]
    return np.where(repeats, last_style, style), repeats


def _appeal(catalogue: Catalogue, shelf: Ints, day: int) -> Floats:
    """Return the relative sales of the styles on the shelf: news that fades, in season."""
    age = day - catalogue.styles["launched"][shelf]
    season = category_demand(day)[catalogue.styles["category"][shelf]]
    appeal: Floats = catalogue.styles["popularity"][shelf] * (0.25 + np.exp(-age / 150)) * season
    return appeal.astype(np.float64)


def _draw_sizes(
    rng: np.random.Generator, customers: Table, catalogue: Catalogue, buyer: Ints, style: Ints, known: Flags
) -> tuple[Ints, Ints]:
    """Return the size ordered and which way (-1, 1) the customer would try another."""
    system = SYSTEM[catalogue.styles["category"][style]]
    belief = customers["belief"][buyer, system]
    kept = customers["kept_size"][buyer, system]
    guess = np.rint(belief + rng.normal(0.0, 0.15, len(buyer)))
    trusts = (kept >= 0) & (rng.random(len(buyer)) < _TRUSTS_LAST_SIZE)
    highest = catalogue.styles["sizes"][style] - 1
    size = np.clip(np.where(trusts, kept, guess), 0, highest).astype(np.int64)
    within = np.maximum(customers["kept_sku"][buyer], 0) - catalogue.styles["first_sku"][style]
    size = np.where(known, within % catalogue.styles["sizes"][style], size)
    return size, np.where(belief >= size, 1, -1)


def _with_variants(
    rng: np.random.Generator,
    styles: Table,
    order: Ints,
    style: Ints,
    colour: Ints,
    size: Ints,
    known: Flags,
    wanted: Flags,
    leaning: Ints,
) -> Baskets:
    """Insert the variants of an article behind it: other sizes, or other colours."""
    sizes, colours = styles["sizes"][style].astype(np.int64), styles["colours"][style].astype(np.int64)
    by_colour = (colours > 1) & (rng.random(len(order)) < np.where(sizes > 1, _OTHER_COLOUR, 1.0))
    third = rng.random(len(order)) < _THIRD
    # Half as many try colours of articles without sizes.
    wanted = wanted & (by_colour | (sizes > 1)) & ((sizes > 1) | (rng.random(len(order)) < 0.5))
    towards = np.where((size + leaning >= 0) & (size + leaning < sizes), leaning, -leaning)
    other_way = (size - towards >= 0) & (size - towards < sizes)
    most = np.where(by_colour, np.minimum(colours, 3), 2 + other_way)
    count = np.where(wanted, np.minimum(2 + third, most), 1)
    row = np.repeat(np.arange(len(order)), count)
    first = (np.cumsum(count) - count)[row]
    turn = np.arange(len(row)) - first
    step = np.array([0, 1, -1])[turn] * towards[row]
    quantity = np.where(count > 1, 1, _draw_quantity(rng, styles["category"][style]))
    return Baskets(
        order=order[row],
        head=first,
        style=style[row],
        colour=np.where(by_colour[row], (colour[row] + turn) % colours[row], colour[row]),
        size=np.where(by_colour[row], size[row], size[row] + step),
        quantity=quantity[row],
        known=known[row],
    )


def _draw_quantity(rng: np.random.Generator, category: Ints) -> Ints:
    """Return units: nearly always one, more often two or three of articles without sizes."""
    several = np.where(SIZED, 0.02, 0.10)[category]
    return np.where(rng.random(len(category)) < several, rng.integers(2, 4, len(category)), 1)
