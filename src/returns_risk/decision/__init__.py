"""Value of each intervention, eligibility, allocation under capacity, holdout and measured effects."""

from returns_risk.decision.allocation import allocate, allocate_greedily
from returns_risk.decision.context import DecisionContext
from returns_risk.decision.effect import Estimate, estimate_effect, nights_needed
from returns_risk.decision.eligibility import find_brackets
from returns_risk.decision.holdout import assign_arms
from returns_risk.decision.names import (
    TableNames,
    UnknownName,
    find_unknown_names,
    find_unlisted_markets,
    missing_kinds,
    read_names,
    require_rates,
)
from returns_risk.decision.plan import DECISIONS, Plan, decide
from returns_risk.decision.resolution import recommend_resolutions
from returns_risk.decision.sensitivity import analyse_sensitivity, find_worthwhile
from returns_risk.decision.skus import propose_for_skus
from returns_risk.decision.values import line_economics, value_lines

__all__ = [
    "DECISIONS",
    "DecisionContext",
    "Estimate",
    "Plan",
    "TableNames",
    "UnknownName",
    "allocate",
    "allocate_greedily",
    "analyse_sensitivity",
    "assign_arms",
    "decide",
    "estimate_effect",
    "find_brackets",
    "find_unknown_names",
    "find_unlisted_markets",
    "find_worthwhile",
    "line_economics",
    "missing_kinds",
    "nights_needed",
    "propose_for_skus",
    "read_names",
    "recommend_resolutions",
    "require_rates",
    "value_lines",
]
