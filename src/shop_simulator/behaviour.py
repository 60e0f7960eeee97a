"""Why lines are returned: competing hazards of each line, their outcomes, and the outcomes under each intervention.

Each reason has a hazard h; alone it brings a line back with probability 1 - exp(-h). Reasons compete as
exponential clocks: the line comes back if any rings within one unit of time, for the reason that rings first
(competing risks; Kalbfleisch & Prentice, The Statistical Analysis of Failure Time Data, 2002, chapter 8). An
intervention slows some clocks and touches no other, so one set of clocks gives all potential outcomes.
"""

from dataclasses import dataclass
from datetime import date
from itertools import product

import numpy as np

from returns_risk.contract.days import day_number
from shop_simulator.catalogue import Catalogue
from shop_simulator.definition import Definition
from shop_simulator.fulfilment import Fulfilment, Parcels
from shop_simulator.growing import Table
from shop_simulator.interventions import INTERVENTIONS, effects
from shop_simulator.orders import DayOfOrders, return_fees
from shop_simulator.world import (
    PAYMENTS,
    REASONS,
    SIZED,
    SYSTEM,
    WORN_ONCE,
    Flags,
    Floats,
    Ints,
    of_category,
    of_market,
)

__all__ = ["OVERDUE", "Hazards", "Outcomes", "Truth", "draw_outcomes", "hazards_of", "truth_of"]

OVERDUE = 0.01
"""Share of returns that come after the window has closed and do not count."""
_SMALL, _LARGE, _PICTURED, _QUALITY, _DAMAGED, _MIND, _LATE, _GIFT = range(len(REASONS))
_TOO_TIGHT, _TOO_WIDE = 0.2, 0.4
"""Sizes by which an article may be off before it matters; tight matters sooner."""
_CUT = 0.14
"""Sizes by which an article seems off that should fit: no two are cut alike."""
_SURPLUS = 2.6
"""Further hazard of the variants of an article that are not the favourite."""
_LATE_HAZARD = 0.09
_DAMAGED_HAZARD = 1.2
_CHRISTMAS = (12, 26)


@dataclass(frozen=True)
class Hazards:
    """Of each line of a day."""

    single: Floats
    """By reason as long as delivery is open, shape (n_lines, n_reasons); late and damaged given that it is."""
    surplus: Floats
    """By reason, in addition where another variant of the same article is liked better, same shape."""
    head: Ints
    """Position of the first variant of the same article, shape (n_lines,)."""
    favoured: Floats
    """Probability of being the variant liked best; 1 where there is one."""
    fit: Floats
    """Sizes by which it is too large (positive) or too small; 0 where it has no size."""
    effect: Floats
    """Of each intervention on each hazard, shape (n_lines, n_interventions, n_reasons)."""
    parcels: Parcels


@dataclass(frozen=True)
class Truth:
    """What the best informed mind knows of each line at the time of its order."""

    probability: Floats
    """Of a return within the window without an intervention, shape (n_lines,)."""
    reasons: Floats
    """The same by reason; they add up to it, shape (n_lines, n_reasons)."""
    if_done: Floats
    """Probability of a return within the window under each intervention, given that it is not cancelled for it."""


@dataclass(frozen=True)
class Outcomes:
    """What will happen to each line: column 0 without an intervention, then one per intervention."""

    returned: Flags
    """Shape (n_lines, 1 + n_interventions)."""
    reason: Ints
    """Position in ``REASONS`` of the first clock to ring, same shape."""
    cancelled: Flags
    """Whether contacting makes the customer cancel; column 0 is false."""
    annoyed: Flags


def hazards_of(
    definition: Definition, customers: Table, catalogue: Catalogue, orders: DayOfOrders, parcels: Parcels, day: int
) -> Hazards:
    """Return the hazards of a day's lines from what they are, who ordered them and how."""
    lines, styles = orders.lines, catalogue.styles
    order, style = lines.order, lines.style
    buyer, market = orders.customer[order], orders.market[order]
    category = styles["category"][style].astype(np.int64)
    system = SYSTEM[category]
    sized = styles["sizes"][style] > 1
    fit = np.where(sized, lines.size - customers["body"][buyer, system] + styles["fit_offset"][style], 0.0)
    picky = np.exp(0.42 * customers["fussiness"][buyer] - 0.09)
    fee = np.exp(-0.05 * return_fees(definition, day))[market]
    known = np.where(lines.known, 0.3, 1.0)
    bad_lot = (styles["lot_begins"][style] <= day) & (day < styles["lot_ends"][style])
    single = np.empty((len(order), len(REASONS)))
    for_me = np.where(orders.gift, 0.3, 1.0)
    tight = sized * of_category("fit")[category] * picky * fee * known * for_me
    single[:, _SMALL] = tight * (_CUT + np.maximum(-fit - _TOO_TIGHT, 0))
    single[:, _LARGE] = tight * (_CUT + np.maximum(fit - _TOO_WIDE, 0))
    single[:, _PICTURED] = (
        of_category("pictured")[category] * np.exp(0.65 * styles["dishonesty"][style]) * picky * fee * known
    )
    single[:, _QUALITY] = (
        of_category("faulty")[category]
        * np.exp(-0.6 * styles["quality"][style])
        * np.where(bad_lot, 12.0, 1.0)
        * np.sqrt(picky)
    )
    single[:, _DAMAGED] = _DAMAGED_HAZARD
    single[:, _MIND] = _doubt(customers, catalogue, orders, category, day) * picky * fee * known
    single[:, _LATE] = _LATE_HAZARD * np.where(orders.gift, 3.0, 1.0)
    single[:, _GIFT] = _unwanted(orders, category, day)
    surplus, favoured = _variants(lines.head, lines.size, fit)
    return Hazards(
        single, surplus, lines.head, favoured, fit, effects(category, customers["receptive"][buyer]), parcels
    )


def truth_of(hazards: Hazards) -> Truth:
    """Return the probabilities that follow, over all that is still open when the order comes in."""
    by_reason = _by_reason(hazards)
    probability = by_reason.sum(axis=1)
    if_done = np.empty((len(probability), len(INTERVENTIONS)))
    for column in range(len(INTERVENTIONS)):
        left = 1 - hazards.effect[:, column]
        slowed = _before_delivery(hazards.single * left, hazards.parcels)
        if_done[:, column] = _any_reason(hazards, slowed, hazards.surplus * left)
    in_time = 1 - OVERDUE
    return Truth(in_time * probability, in_time * by_reason, in_time * if_done)


def draw_outcomes(rng: np.random.Generator, hazards: Hazards, fulfilment: Fulfilment) -> Outcomes:
    """Let the clocks run once; every intervention sees the same clocks."""
    count = len(hazards.fit)
    clocks = rng.exponential(size=hazards.single.shape)
    best = _draw_favourite(rng, hazards)
    real = hazards.single + np.where(best[:, None], 0.0, hazards.surplus)
    real[:, _DAMAGED] *= fulfilment.damaged
    real[:, _LATE] *= fulfilment.late
    columns = 1 + len(INTERVENTIONS)
    returned, reason = np.empty((count, columns), dtype=bool), np.empty((count, columns), dtype=np.int8)
    for column in range(columns):
        slowed = real if column == 0 else real * (1 - hazards.effect[:, column - 1])
        rings = np.divide(clocks, slowed, out=np.full_like(clocks, np.inf), where=slowed > 0)
        reason[:, column] = rings.argmin(axis=1)
        returned[:, column] = rings[np.arange(count), reason[:, column]] < 1
    moods = rng.random((count, 2))
    cancels = np.array([0.0, *(intervention.cancels for intervention in INTERVENTIONS)])
    annoys = np.array([0.0, *(intervention.annoys for intervention in INTERVENTIONS)])
    return Outcomes(returned, reason, moods[:, :1] < cancels, moods[:, 1:] < annoys)


def _doubt(customers: Table, catalogue: Catalogue, orders: DayOfOrders, category: Ints, day: int) -> Floats:
    """Return the hazard of a mere change of mind, before the customer's own fussiness."""
    order, style = orders.lines.order, orders.lines.style
    buyer, market = orders.customer[order], orders.market[order]
    price = orders.unit_price / 100
    invoice = np.isin(orders.payment, [PAYMENTS.index("invoice"), PAYMENTS.index("instalments")])[order]
    successor = catalogue.styles["successor_on"][style]
    window = of_market("return_window_days")[market]
    # Who has just bought the old model sends it back when the better one is announced.
    regret = (successor > day) & (successor <= day + window + 5)
    usual = (
        of_category("doubt")[category]
        * np.exp(-2.0 * (1 - orders.unit_price / orders.list_price))
        * (price / of_category("median_price")[category]) ** 0.25
        * np.where(invoice, 1.7, 1.0)
        * (1 + 0.5 * (np.bincount(order)[order] - 1))
        * (0.85 + 0.005 * window)
        * np.where(customers["orders"][buyer] <= 1, 1.25, 1.0)
        * np.where(regret, 3.0, 1.0)
        * np.where(orders.gift, 0.3, 1.0)
    )
    evening = WORN_ONCE[category] & (price > 40) & ~orders.gift
    doubt: Floats = usual + 0.8 * (customers["wardrobing"][buyer] & evening)
    return doubt


def _unwanted(orders: DayOfOrders, category: Ints, day: int) -> Floats:
    """Return the hazard of a present that does not please, where there is still time to say so after the feast."""
    market = orders.market[orders.lines.order]
    today = np.datetime64(day, "D")
    year = int(today.astype("M8[Y]").astype(int)) + 1970
    feast = day_number(date(year, *_CHRISTMAS))
    closes = day + of_market("promised_days")[market] + of_market("return_window_days")[market]
    in_time = (day < feast - 45) | (closes > feast)
    return np.where(orders.gift, np.where(SIZED[category], 0.28, 0.09), 0.0) * np.where(in_time, 1.0, 0.2)


def _variants(head: Ints, size: Ints, fit: Floats) -> tuple[Floats, Floats]:
    """Return further hazards of variants that are not the favourite, and each one's chance of being it."""
    count = np.bincount(head, minlength=len(head))[head]
    several = count > 1
    liking = np.exp(-2.0 * np.abs(fit))
    favoured = np.where(several, liking / np.bincount(head, weights=liking, minlength=len(head))[head], 1.0)
    middle = np.bincount(head, weights=size, minlength=len(head))[head] / count
    mostly, seldom = 0.75 * _SURPLUS, 0.25 * _SURPLUS
    by_size = several & (np.bincount(head, weights=np.abs(size - middle), minlength=len(head))[head] > 0)
    surplus = np.zeros((len(head), len(REASONS)))
    surplus[:, _SMALL] = np.where(by_size & (fit < 0), mostly, 0.0)
    surplus[:, _LARGE] = np.where(by_size & (fit >= 0), mostly, 0.0)
    surplus[:, _MIND] = np.where(by_size, seldom, np.where(several, _SURPLUS, 0.0))
    return surplus, favoured


def _before_delivery(single: Floats, parcels: Parcels) -> Floats:
    """Return hazards in which late and damaged are weighed with their odds."""
    effective = single.copy()
    for column, odds in ((_LATE, parcels.late), (_DAMAGED, parcels.damaged)):
        effective[:, column] = -np.log1p(odds * np.expm1(-single[:, column]))
    return effective


def _any_reason(hazards: Hazards, single: Floats, surplus: Floats) -> Floats:
    """Return the probability of a return, over whether the line is the favourite variant."""
    total: Floats = np.zeros(len(single))
    for weight, sums in ((hazards.favoured, single), (1 - hazards.favoured, single + surplus)):
        total = total - weight * np.expm1(-sums.sum(axis=1))
    return total


def _by_reason(hazards: Hazards) -> Floats:
    """Return the probability of a return for each reason, over all that is open: favourite, late, damaged."""
    parcels, by_reason = hazards.parcels, np.zeros(hazards.single.shape)
    for liked, late, damaged in product((True, False), repeat=3):
        weight = hazards.favoured if liked else 1 - hazards.favoured
        weight = weight * (parcels.late if late else 1 - parcels.late)
        weight = weight * (parcels.damaged if damaged else 1 - parcels.damaged)
        running = hazards.single if liked else hazards.single + hazards.surplus
        running = running.copy()
        running[:, _LATE] *= late
        running[:, _DAMAGED] *= damaged
        together = running.sum(axis=1)
        share = np.divide(-np.expm1(-together), together, out=np.zeros(len(together)), where=together > 0)
        by_reason += (weight * share)[:, None] * running
    return by_reason


def _draw_favourite(rng: np.random.Generator, hazards: Hazards) -> Flags:
    """Draw the variant of each article that the customer likes best."""
    # The smallest of exponential clocks that run at the rates of a choice wins it with those odds.
    turn = rng.exponential(size=len(hazards.fit)) / np.maximum(hazards.favoured, 1e-300)
    first = np.full(len(turn), np.inf)
    np.minimum.at(first, hazards.head, turn)
    return turn <= first[hazards.head]
