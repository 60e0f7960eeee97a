"""A replay plans past lines as their nights would have."""

import numpy as np
import pandas as pd

from returns_risk.contract.days import day_number
from returns_risk.scoring.replay import choose_contacted, replay_plans
from returns_risk.scoring.what_if import what_if
from returns_risk.snapshot import Rows
from tests.api.test_public_api import AS_OF, folder, model, policy, snapshot  # noqa: F401


def table_of(model, snapshot, rows):  # noqa: F811
    return pd.concat([snapshot.ids(rows), snapshot.features(rows, model.definitions)], axis=1)


def test_a_night_is_planned_as_a_what_if_plans_it(model, snapshot, policy):  # noqa: F811
    # Control groups are drawn with another key.
    policy = policy.model_copy(update={"decision": policy.decision.model_copy(update={"holdout": 0.0})})
    rows = snapshot.candidates(14)
    replayed = replay_plans(table_of(model, snapshot, rows), model, None, snapshot, policy)
    expected = what_if(model, snapshot, policy)
    counted = replayed.assign(intervention=replayed["intervention"].fillna("")).groupby(
        ["decision", "intervention", "no_action_reason"]
    )
    assert (
        counted.size().to_dict()
        == expected.set_index(["decision", "intervention", "no_action_reason"])["lines"].to_dict()
    )


def test_each_night_has_its_own_capacity(model, snapshot, policy):  # noqa: F811
    few = {
        name: plan.model_copy(update={"capacity": 1, "capacity_by": {}}) for name, plan in policy.interventions.items()
    }
    position = np.flatnonzero(snapshot.outcomes.closes_on < day_number(AS_OF))[-120:]
    rows = Rows(position, snapshot.outcomes.ordered_on[position] + np.int32(1))
    table = table_of(model, snapshot, rows).set_axis(range(100, 220))
    plans = replay_plans(table, model, None, snapshot, policy.model_copy(update={"interventions": few}))
    assert plans.index.equals(table.index)
    planned = pd.concat([table["as_of"], plans["intervention"]], axis=1).dropna()
    assert planned["as_of"].nunique() > 3
    assert planned.groupby(["as_of", "intervention"]).size().max() == 1


def test_only_interventions_that_contact_the_customer_count(model, snapshot, policy):  # noqa: F811
    table = table_of(model, snapshot, snapshot.candidates(14))
    choose = choose_contacted({"risk": model}, snapshot, policy)
    assert choose is not None
    contacts = [name for name, plan in policy.interventions.items() if plan.contacts_customer]
    plans = replay_plans(table, model, None, snapshot, policy)
    assert choose(table).tolist() == plans["intervention"].isin(contacts).tolist()
    quiet = {"quality_check": policy.interventions["quality_check"]}
    assert choose_contacted({"risk": model}, snapshot, policy.model_copy(update={"interventions": quiet})) is None
