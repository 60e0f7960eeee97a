"""How tonight's plan would fare if effects and costs are not what the policy believes."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.policy import Policy
from returns_risk.decision.allocation import NONE, Allocation, allocate
from returns_risk.decision.plan import Plan, pick
from returns_risk.decision.values import line_economics, value_lines

__all__ = ["analyse_sensitivity"]

Values = npt.NDArray[np.float64]
_BOUNDS = ("expected", "low", "high")


def analyse_sensitivity(plan: Plan, lines: pd.DataFrame, shares: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Tell how the plan and its value change if effects or costs are not what the policy believes.

    Parameters
    ----------
    plan, lines, shares, policy : as ``decide`` returned and took them

    Returns
    -------
    One row a case: ``case`` (effects halved or doubled, costs of interventions down or up by half), ``lines`` treated,
    ``value`` of the plan made in that belief, ``plan_value``: what tonight's plan would be worth if the case
    were true, ``same_share``: share of its lines that the other plan treats alike.
    """
    risk, stakes = lines["risk"].to_numpy(dtype=np.float64), line_economics(lines, policy)
    found = [_compare("current assumptions", plan, plan.worth.expected, plan.allocation)]
    for name, changed in _other_beliefs(policy).items():
        true = value_lines((risk, risk, risk), shares, stakes, changed).expected
        found.append(_compare(name, plan, true, allocate(np.where(plan.free, true, np.nan), lines, changed)))
    return pd.DataFrame(found)


def _compare(name: str, plan: Plan, true: Values, other: Allocation) -> dict[str, object]:
    """Hold tonight's plan against the one made in another belief, by what lines are worth in it."""
    ours = plan.allocation.intervention
    same = (ours == other.intervention)[ours != NONE]
    return {
        "assumption": name,
        "lines": int((other.intervention != NONE).sum()),
        "best_value": other.value,
        "plan_value": float(np.nansum(pick(true, ours))),
        "same_share": float(same.mean()) if len(same) else 1.0,
    }


def _other_beliefs(policy: Policy) -> dict[str, Policy]:
    return {
        "effects halved": _with(policy, effect=0.5),
        "effects doubled": _with(policy, effect=2.0),
        "costs halved": _with(policy, cost=0.5),
        "costs increased by half": _with(policy, cost=1.5),
    }


def _with(policy: Policy, effect: float = 1.0, cost: float = 1.0) -> Policy:
    changed = {
        name: one.model_copy(
            update={
                "cost": one.cost * cost,
                "goodwill": one.goodwill * cost,
                "effect": {
                    reason: of.model_copy(update={part: min(1.0, effect * getattr(of, part)) for part in _BOUNDS})
                    for reason, of in one.effect.items()
                },
            }
        )
        for name, one in policy.interventions.items()
    }
    return policy.model_copy(update={"interventions": changed})
