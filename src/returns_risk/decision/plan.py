"""Tonight's decisions: what is done about which line, what it saves, and what goes to a person."""

import logging
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.policy import ANY, Intervention, Policy
from returns_risk.decision.allocation import NONE, Allocation, allocate
from returns_risk.decision.context import DecisionContext
from returns_risk.decision.eligibility import NO_CONTACT_CHANNEL, SHADOW, find_ineligible
from returns_risk.decision.holdout import CONTROL, assign_arms
from returns_risk.decision.values import InterventionValue, LineEconomics, line_economics, value_lines

__all__ = ["DECISIONS", "Plan", "decide", "pick"]

Values = npt.NDArray[np.float64]
_logger = logging.getLogger(__name__)
_KEPT = ["decision", "arm", "intervention", "value", "value_low", "value_high"]
DECISIONS = ("act", "review", "holdout", "none")
"""Do it; let a person decide; leave it alone as a control; nothing pays."""


@dataclass(frozen=True)
class Plan:
    """What is decided for each line."""

    lines: pd.DataFrame
    """``decision``, ``arm`` (``treatment``, ``control``, empty where nothing is planned), ``intervention``, ``value``,
    ``value_low``, ``value_high`` (of the intervention, in the policy's currency), ``cost_of_return``,
    ``no_action_reason`` (of the most valuable intervention, where it is not eligible),
    ``shadow_intervention`` and ``shadow_value`` (the plan if all interventions in shadow were rolled out, for lines
    without another); indexed like the lines given."""
    allocation: Allocation
    worth: InterventionValue
    free: npt.NDArray[np.bool_]
    """Which interventions nothing stands against, shape (n_lines, n_interventions)."""
    shadow: Allocation
    """What is left of the capacities, given to what is in shadow."""
    notices: list[str]
    """What people should know of the policy and this night."""


def decide(lines: pd.DataFrame, shares: pd.DataFrame, policy: Policy, context: DecisionContext) -> Plan:
    """Choose tonight's interventions.

    Of the lines chosen, a share is left alone by chance, and those whose value may be as low as ``review_below`` are
    for a person to decide; arms are drawn first, so that nobody is asked about a line that has to be left alone.

    Parameters
    ----------
    lines : ``line_id``, ``order_id``, ``customer_id``, ``line_value``, ``risk``, ``risk_low``, ``risk_high``, and
        ``market``, ``warehouse``, ``category``, ``currency``, ``promised_at`` where the source has them
    shares : P(reason | return), shape (n_lines, n_reasons), without columns where the source states no reasons
    context : moment, key and earlier decisions: locked lines stay as they are, and the capacities they use are gone

    Raises
    ------
    ParamsError
        The policy has no rate for a currency.
    """
    notices = _find_notices(shares, policy)
    stakes = line_economics(lines, policy)
    risk = tuple(lines[name].to_numpy(dtype=np.float64) for name in ("risk", "risk_low", "risk_high"))
    worth = value_lines((risk[0], risk[1], risk[2]), shares, stakes, policy)
    obstacles = find_ineligible(lines, policy, context)
    free = (obstacles == NO_CONTACT_CHANNEL).to_numpy()
    kept = context.locked_decisions
    rest = policy if kept is None else _leave_room(policy, kept)
    allocation = allocate(np.where(free, worth.expected, np.nan), lines, rest)
    shadow = _allocate_shadow((obstacles == SHADOW).to_numpy(dtype=bool), allocation, worth, lines, rest)
    told = _tell(lines, allocation, worth, stakes, obstacles, policy, context)
    if kept is not None:
        told, allocation = _keep(told, allocation, lines, kept, policy)
        # Other beliefs may choose anew among what was decided on.
        free |= allocation.intervention[:, None] == np.arange(free.shape[1])
    told["shadow_intervention"] = pd.Series(_names(shadow.intervention, policy), index=lines.index, dtype="str")
    told["shadow_value"] = pick(worth.expected, shadow.intervention)
    return Plan(told, allocation, worth, free, shadow, notices)


def _find_notices(shares: pd.DataFrame, policy: Policy) -> list[str]:
    """Tell, and log, of reasons in the policy that are never predicted: what is said of them has no effect."""
    named = {name: [*one.effect] for name, one in policy.interventions.items()}
    named |= {name: [*action.reasons] for name, action in policy.sku_actions.items()}
    places: dict[str, list[str]] = {}
    for name, reasons in named.items():
        for reason in reasons:
            if reason != ANY and reason not in shares:
                places.setdefault(reason, []).append(name)
    if not places:
        return []
    if not len(shares.columns):
        notice = "no reasons are predicted, so that only effects on any reason count: none is stated, or too rarely"
        _logger.warning("%s", notice)
        return [notice]
    told = "; ".join(f"{reason} ({', '.join(names)})" for reason, names in places.items())
    known = ", ".join(map(str, shares.columns))
    notice = f"reasons of policy.yaml that are misspelt or too rare have no effect: {told}. Predicted are {known}"
    _logger.warning("%s", notice)
    return [notice]


def _allocate_shadow(
    in_shadow: npt.NDArray[np.bool_], live: Allocation, worth: InterventionValue, lines: pd.DataFrame, policy: Policy
) -> Allocation:
    """Plan with what is in shadow for the lines that are left, within what is left of the capacities."""
    planned = live.intervention != NONE
    contacts = np.array([one.contacts_customer for one in policy.interventions.values()], dtype=bool)
    asked = lines.loc[planned & np.append(contacts, False)[live.intervention], "customer_id"]
    twice = lines["customer_id"].isin(asked).to_numpy()[:, None] & contacts
    possible = in_shadow & ~planned[:, None] & ~twice
    rest = _leave_room(policy, lines.assign(intervention=_names(live.intervention, policy))[planned])
    return allocate(np.where(possible, worth.expected, np.nan), lines, rest)


def _leave_room(policy: Policy, used: pd.DataFrame) -> Policy:
    """Return the policy with what is left of its capacities; ``used`` are lines with their ``intervention``."""
    left = {
        name: one.model_copy(update=_room_left(one, used[used["intervention"] == name]))
        for name, one in policy.interventions.items()
    }
    return policy.model_copy(update={"interventions": left})


def _room_left(one: Intervention, used: pd.DataFrame) -> dict[str, object]:
    by = {
        place: {
            level: max(0, room - (int((used[place] == level).sum()) if place in used else 0))
            for level, room in rooms.items()
        }
        for place, rooms in one.capacity_by.items()
    }
    return {"capacity": max(0, one.capacity - len(used)), "capacity_by": by}


def _names(chosen: npt.NDArray[np.int64], policy: Policy) -> npt.NDArray[np.object_]:
    """Return the names of interventions by their positions, None for none."""
    return np.array([*policy.interventions, None], dtype=object)[chosen]


def _keep(
    told: pd.DataFrame, allocation: Allocation, lines: pd.DataFrame, kept: pd.DataFrame, policy: Policy
) -> tuple[pd.DataFrame, Allocation]:
    """Put back what was decided on earlier tonight; what the policy does not know any more is done by nobody."""
    known = kept[kept["intervention"].isin(list(policy.interventions))].set_index("line_id")
    at = lines["line_id"].isin(known.index).to_numpy()
    own = known.reindex(lines["line_id"]).set_axis(lines.index)
    told = told.assign(**{name: told[name].where(~at, own[name]) for name in _KEPT})
    told.loc[at, "no_action_reason"] = ""
    told.loc[lines["line_id"].isin(kept["line_id"]) & ~at, "no_action_reason"] = "withdrawn"
    places = own["intervention"].map({name: place for place, name in enumerate(policy.interventions)})
    chosen = np.where(at, places.fillna(NONE), allocation.intervention).astype(np.int64)
    return told, replace(allocation, intervention=chosen, value=allocation.value + float(own.loc[at, "value"].sum()))


def _tell(
    lines: pd.DataFrame,
    allocation: Allocation,
    worth: InterventionValue,
    stakes: LineEconomics,
    obstacles: pd.DataFrame,
    policy: Policy,
    context: DecisionContext,
) -> pd.DataFrame:
    chosen = allocation.intervention
    planned = chosen != NONE
    value, low, high = (pick(of, chosen) for of in (worth.expected, worth.low, worth.high))
    told = lines[["line_id", "customer_id", *(name for name in ("market",) if name in lines)]].assign(
        intervention=pd.Series(_names(chosen, policy), index=lines.index, dtype="str")
    )
    arm = pd.Series("", index=lines.index, dtype="str")
    arm[planned] = assign_arms(told[planned], value[planned], policy.decision.holdout, context)
    decision = np.select(
        [~planned, (arm == CONTROL).to_numpy(), low < policy.decision.review_below],
        ["none", "holdout", "review"],
        "act",
    )
    no_action_reason = _why_not(worth.expected, obstacles, chosen, lines, policy)
    return pd.DataFrame(
        {
            "decision": pd.Series(decision, index=lines.index, dtype="str"),
            "arm": arm,
            "intervention": told["intervention"],
            "value": value,
            "value_low": low,
            "value_high": high,
            "cost_of_return": stakes.cost_of_return,
            "no_action_reason": pd.Series(no_action_reason, index=lines.index, dtype="str"),
        }
    )


def _why_not(
    value: Values, obstacles: pd.DataFrame, chosen: npt.NDArray[np.int64], lines: pd.DataFrame, policy: Policy
) -> npt.NDArray[np.object_]:
    """Say why nothing is planned for a line.

    Of what would pay and is allowed, the best does not fit: its customer is asked about another line, or there is no
    room. If nothing that would pay is allowed, what stands against the best of it; else nothing is worth it.
    """
    if not len(obstacles.columns) or not len(value):
        return np.full(len(value), "no intervention", dtype=object)
    pays, free = value > policy.decision.min_value, (obstacles == NO_CONTACT_CHANNEL).to_numpy()
    fits = (pays & free).any(axis=1)
    best = np.where(np.where(fits[:, None], pays & free, pays), value, -np.inf).argmax(axis=1)
    contacts = np.array([one.contacts_customer for one in policy.interventions.values()], dtype=bool)
    asked = lines["customer_id"].isin(lines.loc[(chosen != NONE) & contacts[chosen], "customer_id"]).to_numpy()
    unfit = np.where(asked & contacts[best], "contacted tonight", "no capacity")
    against = obstacles.to_numpy(dtype=object)[np.arange(len(value)), best]
    reason = np.where(fits, unfit, np.where(pays.any(axis=1), against, "not worth it"))
    return np.where(chosen != NONE, "", reason).astype(object)


def pick(values: Values, chosen: npt.NDArray[np.int64]) -> Values:
    """Return the value of each line's chosen intervention, NaN for none; ``values`` as in ``InterventionValue``."""
    padded = np.column_stack([values, np.full(len(values), np.nan)])
    return np.asarray(padded[np.arange(len(values)), chosen])
