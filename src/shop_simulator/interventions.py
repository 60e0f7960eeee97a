"""What operations may do before a line ships, what that truly changes, what it costs, and whom it annoys."""

from dataclasses import dataclass

import numpy as np

from shop_simulator.world import CATEGORIES, REASONS, Floats, Ints

__all__ = ["GOODWILL", "INTERVENTIONS", "Intervention", "carrying_out", "effects", "line_costs"]

_HANDLING = 6.5
"""What a parcel that comes back costs the shop, shipping both ways and inspection, EUR."""
_MARKDOWN = 0.12
"""Share of the price lost in the second sale."""
_MARGIN = 0.35
"""Share of the price that is lost with a sale."""
GOODWILL = 1.5
"""What an annoyed customer costs in the long run, EUR."""


@dataclass(frozen=True)
class Intervention:
    """An action on a line before it ships."""

    name: str
    cost: float
    """Of doing it once, EUR."""
    effect: dict[str, float]
    """Share by which it lowers the hazard of each reason, for a customer of average receptiveness."""
    cancels: float
    """Share of customers who cancel the line when contacted."""
    annoys: float
    """Share of customers who order half as much afterwards."""
    contact: bool = True
    """Whether the customer is contacted; actions in the warehouse work on all alike."""
    departments: tuple[str, ...] = ()
    """Where it works at all; empty for everywhere."""


INTERVENTIONS = (
    Intervention("sizing_guidance", 0.35, {"too_small": 0.55, "too_large": 0.55}, 0.010, 0.02),
    Intervention("quality_check", 0.45, {"not_as_pictured": 0.10, "quality": 0.65, "damaged": 0.45}, 0.0, 0.0, False),
    Intervention("confirm_with_customer", 0.60, {"changed_mind": 0.45, "late": 0.30, "gift": 0.25}, 0.035, 0.05),
    Intervention(
        "onboarding_help",
        0.60,
        {"not_as_pictured": 0.20, "quality": 0.50, "changed_mind": 0.40},
        0.005,
        0.02,
        departments=("electronics", "pet tech"),
    ),
)


def effects(category: Ints, receptive: Floats) -> Floats:
    """Return the share by which each intervention lowers each hazard.

    Parameters
    ----------
    category : of each line, shape (n_lines,)
    receptive : of each line's customer, 0 to 1, mean 0.5

    Returns
    -------
    Shape (n_lines, n_interventions, n_reasons), between 0 and 0.95.
    """
    usual = np.array([[intervention.effect.get(reason, 0.0) for reason in REASONS] for intervention in INTERVENTIONS])
    everywhere = tuple(group.department for group in CATEGORIES)
    works = np.array([[g.department in (i.departments or everywhere) for i in INTERVENTIONS] for g in CATEGORIES])
    contact = np.array([intervention.contact for intervention in INTERVENTIONS])
    reach = np.where(contact[None, :], 0.5 + receptive[:, None], 1.0) * works[category]
    lowered: Floats = np.clip(usual[None] * reach[:, :, None], 0.0, 0.95)
    return lowered


def line_costs(price: Floats, quantity: Ints) -> tuple[Floats, Floats]:
    """Return what a return of each line costs the shop and what a cancelled sale loses, EUR.

    ``price`` is paid per unit, EUR; ``quantity`` is in units.
    """
    value = price * quantity
    return _HANDLING + _MARKDOWN * value, _MARGIN * value


def carrying_out(intervention: Intervention) -> float:
    """Return what an intervention is expected to cost when carried out, goodwill included, EUR."""
    return intervention.cost + intervention.annoys * GOODWILL
