"""The capacities that remain once lines have their intervention."""

import pandas as pd

from returns_risk.config.policy import Intervention, Policy

__all__ = ["reserve_capacity"]


def reserve_capacity(policy: Policy, used: pd.DataFrame) -> Policy:
    """Return the policy with its remaining capacities.

    Parameters
    ----------
    used : lines with their ``intervention``, and ``market`` and ``warehouse`` where the source has them
    """
    remaining = {
        name: intervention.model_copy(update=_remaining(intervention, used[used["intervention"] == name]))
        for name, intervention in policy.interventions.items()
    }
    return policy.model_copy(update={"interventions": remaining})


def _remaining(intervention: Intervention, used: pd.DataFrame) -> dict[str, object]:
    by_column = {
        column: {
            level: max(0, capacity - (int((used[column] == level).sum()) if column in used else 0))
            for level, capacity in capacities.items()
        }
        for column, capacities in intervention.capacity_by.items()
    }
    return {"capacity": max(0, intervention.capacity - len(used)), "capacity_by": by_column}
