"""The plan of a night: which intervention each line gets, its value, and which lines need review."""

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.policy import Intervention, Policy
from returns_risk.decision.allocation import NONE, Allocation, allocate
from returns_risk.decision.context import DecisionContext
from returns_risk.decision.eligibility import ELIGIBLE, SHADOW, find_ineligible
from returns_risk.decision.holdout import CONTROL, assign_arms
from returns_risk.decision.names import find_notices
from returns_risk.decision.values import InterventionValue, line_economics, value_lines

__all__ = ["DECISIONS", "Plan", "decide", "pick", "reserve_capacity"]

Values = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.str_]
_LOCKED = ["decision", "arm", "intervention", "value", "value_low", "value_high"]
DECISIONS = ("act", "review", "holdout", "none")
"""Carry out the intervention; review it first; leave the line alone as a control; no intervention."""


@dataclass(frozen=True)
class Plan:
    """The decision on each line, and the inputs of the sensitivity analysis."""

    lines: pd.DataFrame
    """``decision``, ``arm`` (``treatment``, ``control``, empty without an intervention), ``intervention``, ``value``,
    ``value_low``, ``value_high`` (of the intervention, in the policy's currency), ``no_action_reason`` (of the most
    valuable intervention, where the line gets none), ``shadow_intervention`` and ``shadow_value`` (the plan if all
    shadow interventions were rolled out, for lines without another); indexed like the lines given."""
    allocation: Allocation
    intervention_values: InterventionValue
    eligible: Flags
    """Which interventions each line may have, shape (n_lines, n_interventions)."""
    shadow: Allocation
    """Allocation of the shadow interventions within the remaining capacities."""
    notices: list[str]
    """What people should know about the policy and this night."""


def decide(lines: pd.DataFrame, shares: pd.DataFrame, policy: Policy, context: DecisionContext) -> Plan:
    """Choose the interventions of a night.

    Of the lines chosen, a random share is held out as controls, and those whose value may be as low as
    ``review_below`` and whose expected value is at least ``review_min_value`` need review; arms are drawn first, so
    that control lines never need review.

    Parameters
    ----------
    lines : ``line_id``, ``order_id``, ``customer_id``, ``line_value``, ``risk``, ``risk_low``, ``risk_high``, and
        ``market``, ``warehouse``, ``category``, ``currency``, ``promised_at``, ``style``, ``size`` and
        ``suggested_size`` where the source has them
    shares : P(reason | return), shape (n_lines, n_reasons), without columns where the source states no reasons
    context : moment, key and earlier decisions: locked lines stay as they are, and the capacities they use are gone

    Raises
    ------
    ParamsError
        The policy has no rate for a currency.
    """
    notices = find_notices(shares, policy)
    risk, low, high = (lines[name].to_numpy(dtype=np.float64) for name in ("risk", "risk_low", "risk_high"))
    values = value_lines((risk, low, high), shares, line_economics(lines, policy), policy)
    ineligible = find_ineligible(lines, policy, context)
    eligible = (ineligible == ELIGIBLE).to_numpy(dtype=bool)
    locked = context.locked_decisions
    # A locked line may have been cancelled or have shipped since, so that only the ledger knows of its customer.
    customer_decided = np.zeros(len(lines), dtype=bool) if locked is None else _of_customers(lines, locked)
    available = policy if locked is None else reserve_capacity(policy, locked)
    allocation = allocate(np.where(eligible & ~customer_decided[:, None], values.expected, np.nan), lines, available)
    decided = _decide_lines(lines, allocation, values, policy, context)
    planned = lines.assign(intervention=decided["intervention"])[allocation.intervention != NONE]
    if locked is not None:
        decided, allocation = _apply_locked(decided, allocation, lines, locked, policy)
        planned = pd.concat([planned, locked])
    remaining, contacted = reserve_capacity(policy, planned), _contacted_already(lines, planned, policy)
    unplaced = np.select(
        [contacted, customer_decided[:, None] & _has_capacity(lines, remaining)],
        ["contacted tonight", "decided tonight"],
        "no capacity",
    )
    is_planned = allocation.intervention != NONE
    reasons = _no_action_reasons(values.expected, ineligible, unplaced, policy)
    if locked is not None:
        reasons[lines["line_id"].isin(locked["line_id"])] = "intervention removed"
    decided["no_action_reason"] = reasons.where(~is_planned, "")
    in_shadow = (ineligible == SHADOW).to_numpy(dtype=bool) & ~contacted & ~is_planned[:, None]
    shadow = allocate(np.where(in_shadow, values.expected, np.nan), lines, remaining)
    decided["shadow_intervention"] = _names(shadow, policy, lines.index)
    decided["shadow_value"] = pick(values.expected, shadow.intervention)
    # The sensitivity analysis may choose anew among the locked lines.
    eligible = eligible | (allocation.intervention[:, None] == np.arange(eligible.shape[1]))
    return Plan(decided, allocation, values, eligible, shadow, notices)


def _decide_lines(
    lines: pd.DataFrame, allocation: Allocation, values: InterventionValue, policy: Policy, context: DecisionContext
) -> pd.DataFrame:
    """Return ``decision``, ``arm``, ``intervention`` and its value for each line."""
    planned = allocation.intervention != NONE
    value, low, high = (pick(of, allocation.intervention) for of in (values.expected, values.low, values.high))
    intervention = _names(allocation, policy, lines.index)
    arm = pd.Series("", index=lines.index, dtype="str")
    chosen = lines.assign(intervention=intervention)[planned]
    arm[planned] = assign_arms(chosen, value[planned], policy.decision.holdout, context)
    is_control = (arm == CONTROL).to_numpy()
    needs_review = (low < policy.decision.review_below) & (value >= policy.decision.review_min_value)
    decision = np.select([~planned, is_control, needs_review], ["none", "holdout", "review"], "act")
    return pd.DataFrame(
        {
            "decision": pd.Series(decision, index=lines.index, dtype="str"),
            "arm": arm,
            "intervention": intervention,
            "value": value,
            "value_low": low,
            "value_high": high,
        }
    )


def _no_action_reasons(value: Values, ineligible: pd.DataFrame, unplaced: Texts, policy: Policy) -> pd.Series:
    """Return why a line would get no intervention.

    Where an eligible intervention would pay, why the best of them found no place; where only ineligible ones would pay,
    why the best of them is ineligible; else nothing is worth it.

    Parameters
    ----------
    unplaced : why an eligible intervention found no place, shape (n_lines, n_interventions)
    """
    if not len(ineligible.columns) or not len(value):
        return pd.Series("no intervention", index=ineligible.index, dtype="str")
    eligible = (ineligible == ELIGIBLE).to_numpy()
    pays = value > policy.decision.min_value
    possible = pays & eligible
    best = np.where(np.where(possible.any(axis=1)[:, None], possible, pays), value, -np.inf).argmax(axis=1)
    obstacle = np.where(eligible, unplaced, ineligible.to_numpy(dtype=object))[np.arange(len(value)), best]
    return pd.Series(np.where(pays.any(axis=1), obstacle, "not worth it"), index=ineligible.index, dtype="str")


def _apply_locked(
    decided: pd.DataFrame, allocation: Allocation, lines: pd.DataFrame, locked: pd.DataFrame, policy: Policy
) -> tuple[pd.DataFrame, Allocation]:
    """Replace new decisions by the locked ones, but for interventions that the policy no longer has."""
    known = locked[locked["intervention"].isin(list(policy.interventions))].set_index("line_id")
    is_locked = lines["line_id"].isin(known.index).to_numpy()
    earlier = known.reindex(lines["line_id"]).set_axis(lines.index)
    decided = decided.assign(**{name: decided[name].where(~is_locked, earlier[name]) for name in _LOCKED})
    positions = earlier["intervention"].map({name: position for position, name in enumerate(policy.interventions)})
    chosen = np.where(is_locked, positions.fillna(NONE), allocation.intervention).astype(np.int64)
    return decided, replace(allocation, intervention=chosen, value=math.fsum(decided["value"].dropna()))


def _contacts(policy: Policy) -> Flags:
    """Return which interventions contact the customer, shape (n_interventions,)."""
    return np.array([intervention.contacts_customer for intervention in policy.interventions.values()], dtype=bool)


def _of_customers(lines: pd.DataFrame, others: pd.DataFrame) -> Flags:
    """Say of each line whether one of the other lines is of its customer."""
    return lines["customer_id"].isin(others["customer_id"]).to_numpy(dtype=bool)


def _contacted_already(lines: pd.DataFrame, planned: pd.DataFrame, policy: Policy) -> Flags:
    """Say which interventions would contact a customer once more, shape (n_lines, n_interventions)."""
    contacts = _contacts(policy)
    names = np.array(list(policy.interventions), dtype=object)[contacts]
    return _of_customers(lines, planned[planned["intervention"].isin(names)])[:, None] & contacts


def _has_capacity(lines: pd.DataFrame, remaining: Policy) -> Flags:
    """Say which interventions have capacity left for each line, shape (n_lines, n_interventions)."""
    left = np.zeros((len(lines), len(remaining.interventions)), dtype=bool)
    for column, intervention in enumerate(remaining.interventions.values()):
        left[:, column] = intervention.capacity > 0
        for name, capacities in intervention.capacity_by.items():
            used_up = [level for level, capacity in capacities.items() if capacity == 0]
            if name in lines:
                left[:, column] &= ~lines[name].isin(used_up).to_numpy(dtype=bool)
    return left


def _names(allocation: Allocation, policy: Policy, index: pd.Index) -> pd.Series:
    """Return the name of each line's intervention, missing for none."""
    names = np.array([*policy.interventions, None], dtype=object)[allocation.intervention]
    return pd.Series(names, index=index, dtype="str")


def pick(values: Values, chosen: npt.NDArray[np.int64]) -> Values:
    """Return the value of each line's chosen intervention, NaN for none; ``values`` as in ``InterventionValue``."""
    padded = np.column_stack([values, np.full(len(values), np.nan)])
    return np.asarray(padded[np.arange(len(values)), chosen])


def reserve_capacity(policy: Policy, used: pd.DataFrame) -> Policy:
    """Return the policy with the capacities that remain once the lines of ``used`` have their ``intervention``."""
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
