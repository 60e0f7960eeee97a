"""What the policy would have done about past lines, each on the first night after its order."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.policy import Policy
from returns_risk.contract.days import day_number, start_of_day
from returns_risk.contract.keys import positions_of
from returns_risk.decision import DecisionContext, decide, find_worthwhile
from returns_risk.explain import name_sizes
from returns_risk.features.fit_definitions import FitDefinition
from returns_risk.model import Classifier
from returns_risk.scoring.explanations import create_writer, find_sayable
from returns_risk.scoring.shipping import add_ship_by
from returns_risk.scoring.sizes import suggest_sizes
from returns_risk.snapshot import Rows, Snapshot

__all__ = ["choose_contacted", "describe_lines", "replay_plans"]

_KEY = b"replay"
"""Draws roll-outs and control groups of a replay; a night draws its own with the key of the installation."""
_CONTEXT = ("sku", "brand", "market", "warehouse", "category", "currency", "promised_at", "style", "size")


def choose_contacted(
    classifiers: Mapping[str, Classifier], snapshot: Snapshot, policy: Policy
) -> Callable[[pd.DataFrame], npt.NDArray[np.bool_]] | None:
    """Return a function that says about which lines the policy would have contacted the customer, controls included.

    Parameters
    ----------
    classifiers : ``risk`` and, where there is one, ``reason``

    Returns
    -------
    The function takes rows as ``replay_plans`` does; None where no intervention contacts the customer.
    """
    contacts = [name for name, intervention in policy.interventions.items() if intervention.contacts_customer]
    if not contacts:
        return None

    def choose(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
        plans = replay_plans(rows, classifiers["risk"], classifiers.get("reason"), snapshot, policy)
        return plans["intervention"].isin(contacts).to_numpy(dtype=bool)

    return choose


def replay_plans(
    rows: pd.DataFrame, risk: Classifier, reason: Classifier | None, snapshot: Snapshot, policy: Policy
) -> pd.DataFrame:
    """Plan each night of past lines by itself: no line was planned before.

    Parameters
    ----------
    rows : features, ``line_id``, ``order_id``, ``customer_id`` and ``as_of`` of the lines
    reason : gives P(reason | return); without it only effects on any reason count

    Returns
    -------
    ``lines`` of the plans (``Plan``), indexed like the rows.
    """
    shares = pd.DataFrame(index=range(len(rows)))
    if reason is not None:
        shares = pd.DataFrame(reason.predict_proba(rows), columns=list(reason.target_.classes))
    lines = describe_lines(rows, shares, snapshot, risk, policy)
    plans = []
    for as_of, night in lines.groupby("as_of"):
        day = pd.Timestamp(str(as_of)).date()
        context = DecisionContext(start_of_day(day, snapshot.time_zone), f"replay {day}", _KEY)
        plans.append(decide(night, shares.loc[night.index], policy, context).lines)
    return pd.concat(plans).loc[lines.index].set_axis(rows.index)


def describe_lines(
    rows: pd.DataFrame, shares: pd.DataFrame | None, snapshot: Snapshot, risk: Classifier, policy: Policy
) -> pd.DataFrame:
    """Return what a plan needs to know of each line, as ``decide`` takes it, with a RangeIndex.

    Parameters
    ----------
    rows : as for ``replay_plans``
    shares : P(reason | return), in the order of the rows; None for a plan that may act on any line
    """
    position = positions_of(rows["line_id"], snapshot.lines["line_id"])
    known = [name for name in ("line_value", *_CONTEXT) if name in snapshot.lines]
    low, high = risk.predict_interval(rows)
    lines = pd.concat(
        [
            rows[["line_id", "order_id", "customer_id", "as_of"]].reset_index(drop=True),
            snapshot.lines[known].iloc[position].reset_index(drop=True),
        ],
        axis=1,
    ).assign(risk=risk.predict_risk(rows), risk_low=low, risk_high=high)
    lines = add_ship_by(lines, policy)
    if any(isinstance(definition, FitDefinition) for definition in risk.definitions.definitions):
        days = lines["as_of"].map({day: day_number(pd.Timestamp(day).date()) for day in lines["as_of"].unique()})
        at = Rows(position, days.to_numpy(dtype=np.int32))
        lines = lines.join(suggest_sizes(lines, risk.definitions, snapshot, at))
    features = name_sizes(rows.reset_index(drop=True), snapshot.tables)
    worthwhile = np.ones(len(lines), dtype=bool) if shares is None else find_worthwhile(lines, shares, policy)
    parts = []
    for as_of, night in lines.groupby("as_of"):
        moment = start_of_day(pd.Timestamp(str(as_of)).date(), snapshot.time_zone)
        writer = create_writer(risk, policy, moment, snapshot.time_zone)
        parts.append(find_sayable(night, features.loc[night.index], writer, worthwhile[night.index]))
    return lines.assign(sayable=pd.concat(parts))
