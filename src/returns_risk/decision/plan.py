"""Tonight's decisions: what is done about which line, what it saves, and what goes to a person."""

import logging
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.decision.allocation import NONE, Allocation, allocate
from returns_risk.decision.eligible import NO_CHANNEL, SHADOW, find_obstacles
from returns_risk.decision.holdout import CONTROL, assign_arms
from returns_risk.decision.values import Stakes, Worth, find_stakes, value_lines
from returns_risk.policy import ANY, Intervention, Policy

__all__ = ["DECISIONS", "Plan", "decide", "probe"]

Values = npt.NDArray[np.float64]
_logger = logging.getLogger(__name__)
DECISIONS = ("act", "review", "hold", "none")
"""Do it; let a person decide; leave it alone as a control; nothing pays."""


@dataclass(frozen=True)
class Plan:
    """What is decided for each line."""

    lines: pd.DataFrame
    """``decision``, ``arm`` (``treat``, ``control``, empty where nothing is planned), ``intervention``, ``value``,
    ``value_low``, ``value_high`` (of the intervention, in the policy's currency), ``cost_of_return``, ``why_not``
    (of the intervention that would be worth most, where it is out of the question), ``shadow_intervention`` and
    ``shadow_value`` (what would be done if all that is in shadow were rolled out, on lines that nothing is planned
    for); indexed like the lines given."""
    allocation: Allocation
    worth: Worth
    free: npt.NDArray[np.bool_]
    """Which interventions nothing stands against, shape (n_lines, n_interventions)."""
    shadow: Allocation
    """What is left of the capacities, given to what is in shadow."""


def decide(
    lines: pd.DataFrame,
    shares: pd.DataFrame,
    policy: Policy,
    as_of: datetime,
    run: str,
    key: bytes,
    former: pd.DataFrame | None = None,
) -> Plan:
    """Choose tonight's interventions.

    Of the lines chosen, a share is left alone by chance, and those whose value may be as low as ``review_below`` are
    for a person to decide; arms are drawn first, so that nobody is asked about a line that has to be left alone.

    Parameters
    ----------
    lines : ``line_id``, ``order_id``, ``customer_id``, ``line_value``, ``risk``, ``risk_low``, ``risk_high``, and
        ``market``, ``warehouse``, ``category``, ``currency``, ``promised_at`` where the source has them
    shares : P(reason | return), shape (n_lines, n_reasons), without columns where the source states no reasons
    as_of : UTC
    run : what arms are drawn for, e.g. source and as-of
    key : of this installation
    former : what was planned on earlier nights, as ``find_obstacles`` takes it

    Raises
    ------
    ParamsError
        The policy has no rate for a currency.
    """
    _tell_of_unknown_reasons(shares, policy)
    stakes = find_stakes(lines, policy)
    risk = tuple(lines[name].to_numpy(dtype=np.float64) for name in ("risk", "risk_low", "risk_high"))
    worth = value_lines((risk[0], risk[1], risk[2]), shares, stakes, policy)
    obstacles = find_obstacles(lines, policy, as_of, key, former)
    free = (obstacles == NO_CHANNEL).to_numpy()
    allocation = allocate(np.where(free, worth.expected, np.nan), lines, policy)
    shadow = _allocate_shadow((obstacles == SHADOW).to_numpy(dtype=bool), allocation, worth, lines, policy)
    told = _tell(lines, allocation, worth, stakes, obstacles, policy, run, key)
    names = np.array([*policy.interventions, None], dtype=object)[shadow.intervention]
    told["shadow_intervention"] = pd.Series(names, index=lines.index, dtype="str")
    told["shadow_value"] = _pick(worth.expected, shadow.intervention)
    return Plan(told, allocation, worth, free, shadow)


def probe(plan: Plan, lines: pd.DataFrame, shares: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Tell how the plan and its value change if effects or costs are not what the policy believes.

    Parameters
    ----------
    plan, lines, shares, policy : as ``decide`` returned and took them

    Returns
    -------
    One row a case: ``case`` (effects halved or doubled, costs of interventions down or up by half), ``lines`` treated,
    ``value`` of the plan made in that belief, ``value_of_the_plan``: what tonight's plan would be worth if the case
    were true, ``same_lines``: share of its lines that the other plan treats alike.
    """
    risk, stakes = lines["risk"].to_numpy(dtype=np.float64), find_stakes(lines, policy)
    found = [_compare("as believed", plan, plan.worth.expected, plan.allocation)]
    for name, changed in _other_beliefs(policy).items():
        true = value_lines((risk, risk, risk), shares, stakes, changed).expected
        found.append(_compare(name, plan, true, allocate(np.where(plan.free, true, np.nan), lines, changed)))
    return pd.DataFrame(found)


def _compare(name: str, plan: Plan, true: Values, other: Allocation) -> dict[str, object]:
    """Hold tonight's plan against the one made in another belief, by what lines are worth in it."""
    ours = plan.allocation.intervention
    same = (ours == other.intervention)[ours != NONE]
    return {
        "case": name,
        "lines": int((other.intervention != NONE).sum()),
        "value": other.value,
        "value_of_the_plan": float(np.nansum(_pick(true, ours))),
        "same_lines": float(same.mean()) if len(same) else 1.0,
    }


def _tell_of_unknown_reasons(shares: pd.DataFrame, policy: Policy) -> None:
    """Warn of reasons in the policy that are never predicted: what is said of them has no effect."""
    named = {name: [*one.effect] for name, one in policy.interventions.items()}
    named |= {name: [*action.reasons] for name, action in policy.sku_actions.items()}
    places: dict[str, list[str]] = {}
    for name, reasons in named.items():
        for reason in reasons:
            if reason != ANY and reason not in shares:
                places.setdefault(reason, []).append(name)
    if places and len(shares.columns):
        told = "; ".join(f"{reason} ({', '.join(names)})" for reason, names in places.items())
        _logger.warning(
            "policy.yaml: reasons that are misspelt or too rare to be predicted have no effect: %s. Predicted are %s",
            told, ", ".join(map(str, shares.columns)),
        )  # fmt: skip


def _allocate_shadow(
    in_shadow: npt.NDArray[np.bool_], live: Allocation, worth: Worth, lines: pd.DataFrame, policy: Policy
) -> Allocation:
    """Plan with what is in shadow for the lines that are left, within what is left of the capacities."""
    planned = live.intervention != NONE
    contacts = np.array([one.contacts_customer for one in policy.interventions.values()], dtype=bool)
    asked = lines.loc[planned & np.append(contacts, False)[live.intervention], "customer_id"]
    twice = lines["customer_id"].isin(asked).to_numpy()[:, None] & contacts
    possible = in_shadow & ~planned[:, None] & ~twice
    left = {
        name: one.model_copy(update=_room_left(one, lines[live.intervention == number]))
        for number, (name, one) in enumerate(policy.interventions.items())
    }
    rest = policy.model_copy(update={"interventions": left})
    return allocate(np.where(possible, worth.expected, np.nan), lines, rest)


def _room_left(one: Intervention, used: pd.DataFrame) -> dict[str, object]:
    by = {
        place: {
            level: room - (int((used[place] == level).sum()) if place in used else 0) for level, room in rooms.items()
        }
        for place, rooms in one.capacity_by.items()
    }
    return {"capacity": one.capacity - len(used), "capacity_by": by}


def _tell(
    lines: pd.DataFrame,
    allocation: Allocation,
    worth: Worth,
    stakes: Stakes,
    obstacles: pd.DataFrame,
    policy: Policy,
    run: str,
    key: bytes,
) -> pd.DataFrame:
    names = np.array([*policy.interventions, None], dtype=object)
    chosen = allocation.intervention
    planned = chosen != NONE
    value, low, high = (_pick(of, chosen) for of in (worth.expected, worth.low, worth.high))
    told = lines[["line_id", "customer_id", *(name for name in ("market",) if name in lines)]].assign(
        intervention=pd.Series(names[chosen], index=lines.index, dtype="str")
    )
    arm = pd.Series("", index=lines.index, dtype="str")
    arm[planned] = assign_arms(told[planned], value[planned], policy.decision.holdout, run, key)
    decision = np.select(
        [~planned, (arm == CONTROL).to_numpy(), low < policy.decision.review_below], ["none", "hold", "review"], "act"
    )
    return pd.DataFrame(
        {
            "decision": pd.Series(decision, index=lines.index, dtype="str"),
            "arm": arm,
            "intervention": told["intervention"],
            "value": value,
            "value_low": low,
            "value_high": high,
            "cost_of_return": stakes.cost_of_return,
            "why_not": pd.Series(_why_not(worth.expected, obstacles, planned, policy), index=lines.index, dtype="str"),
        }
    )


def _why_not(
    value: Values, obstacles: pd.DataFrame, planned: npt.NDArray[np.bool_], policy: Policy
) -> npt.NDArray[np.object_]:
    """Say why the line does not get what would be worth most: an obstacle, no room, or that nothing pays."""
    if not len(obstacles.columns) or not len(value):
        return np.full(len(value), "no intervention", dtype=object)
    best = value.argmax(axis=1)
    rows = np.arange(len(value))
    obstacle = obstacles.to_numpy(dtype=object)[rows, best]
    pays = value[rows, best] > policy.decision.min_value
    reason = np.where(~pays, "not worth it", np.where(obstacle == NO_CHANNEL, "no capacity", obstacle))
    return np.where(planned, "", reason).astype(object)


def _pick(values: Values, chosen: npt.NDArray[np.int64]) -> Values:
    """Return the value of what is chosen, NaN where nothing is."""
    padded = np.column_stack([values, np.full(len(values), np.nan)])
    return np.asarray(padded[np.arange(len(values)), chosen])


def _other_beliefs(policy: Policy) -> dict[str, Policy]:
    return {
        "effects halved": _with(policy, effect=0.5),
        "effects doubled": _with(policy, effect=2.0),
        "costs halved": _with(policy, cost=0.5),
        "costs up by half": _with(policy, cost=1.5),
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


_BOUNDS = ("expected", "low", "high")
