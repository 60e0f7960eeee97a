"""How tonight's plan would fare if effects and costs differ from what the policy assumes."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.policy import Policy
from returns_risk.decision.allocation import NONE, Allocation, allocate
from returns_risk.decision.plan import Plan, pick
from returns_risk.decision.values import line_economics, value_lines

__all__ = ["analyse_sensitivity", "find_worthwhile"]

_ASSUMPTIONS = {
    "effects halved": {"effect": 0.5},
    "effects doubled": {"effect": 2.0},
    "costs halved": {"cost": 0.5},
    "costs increased by half": {"cost": 1.5},
}
"""Factors of the interventions' effects or costs."""
_BOUNDS = ("expected", "low", "high")


def analyse_sensitivity(plan: Plan, lines: pd.DataFrame, shares: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Compare tonight's plan with the best plan under other assumptions about effects and costs.

    Parameters
    ----------
    plan, lines, shares, policy : as ``decide`` returned and took them

    Returns
    -------
    One row an ``assumption``, the current ones first: ``lines`` of the best plan, its ``best_value``, ``plan_value``
    (value of tonight's plan under the assumption) and ``same_share`` (share of tonight's planned lines that get the
    same intervention in the best plan). Values are in the policy's currency.
    """
    risk, economics = lines["risk"].to_numpy(dtype=np.float64), line_economics(lines, policy)
    rows = [_compare("current assumptions", plan, plan.intervention_values.expected, plan.allocation)]
    for assumption, factors in _ASSUMPTIONS.items():
        assumed = _scale(policy, **factors)
        values = value_lines((risk, risk, risk), shares, economics, assumed).expected
        best = allocate(np.where(plan.eligible, values, np.nan), lines, assumed)
        rows.append(_compare(assumption, plan, values, best))
    return pd.DataFrame(rows)


def find_worthwhile(lines: pd.DataFrame, shares: pd.DataFrame, policy: Policy) -> npt.NDArray[np.bool_]:
    """Say of each line whether an intervention pays under the current or another of the assumptions, shape (n_lines,).

    Parameters
    ----------
    lines, shares, policy : as for ``decide``; of the lines ``risk``, ``line_value`` and what their costs depend on
    """
    risk, economics = lines["risk"].to_numpy(dtype=np.float64), line_economics(lines, policy)
    worthwhile = np.zeros(len(lines), dtype=bool)
    for factors in ({}, *_ASSUMPTIONS.values()):
        values = value_lines((risk, risk, risk), shares, economics, _scale(policy, **factors)).expected
        worthwhile |= (values > policy.decision.min_value).any(axis=1)
    return worthwhile


def _compare(assumption: str, plan: Plan, values: npt.NDArray[np.float64], best: Allocation) -> dict[str, object]:
    planned = plan.allocation.intervention
    same = (planned == best.intervention)[planned != NONE]
    return {
        "assumption": assumption,
        "lines": int((best.intervention != NONE).sum()),
        "best_value": best.value,
        "plan_value": float(np.nansum(pick(values, planned))),
        "same_share": float(same.mean()) if len(same) else 1.0,
    }


def _scale(policy: Policy, effect: float = 1.0, cost: float = 1.0) -> Policy:
    """Return the policy with all effects (at most 1) and costs of interventions multiplied."""
    scaled = {
        name: intervention.model_copy(
            update={
                "cost": intervention.cost * cost,
                "goodwill": intervention.goodwill * cost,
                "effect": {
                    reason: stated.model_copy(
                        update={bound: min(1.0, effect * getattr(stated, bound)) for bound in _BOUNDS}
                    )
                    for reason, stated in intervention.effect.items()
                },
            }
        )
        for name, intervention in policy.interventions.items()
    }
    return policy.model_copy(update={"interventions": scaled})
