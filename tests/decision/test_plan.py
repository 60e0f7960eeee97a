"""Decisions of a night: each line gets one, with what it saves and why not."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.config.policy import Effect
from returns_risk.decision import analyse_sensitivity, decide, find_worthwhile
from returns_risk.decision.eligibility import find_ineligible
from tests.decision.conftest import AS_OF, CONTEXT, make_lines, make_policy, make_shares


def change(policy, **changes):
    """Change every intervention."""
    changed = {name: intervention.model_copy(update=changes) for name, intervention in policy.interventions.items()}
    return policy.model_copy(update={"interventions": changed})


def run(policy, count=60, **columns):
    lines = make_lines(count).assign(**columns)
    return lines, decide(lines, make_shares(count), policy, CONTEXT).lines


def plan_of(policy, shares=None):
    return decide(make_lines(60), make_shares(60) if shares is None else shares, policy, CONTEXT)


def test_every_line_has_a_decision_and_a_treated_one_its_value(policy):
    lines, decided = run(change(policy, capacity=10))
    assert decided.index.equals(lines.index)
    treated = decided["intervention"].notna()
    assert treated.sum() > 10
    assert (decided.loc[treated, "value"] > 0).all()
    assert (decided.loc[treated, "value_low"] <= decided.loc[treated, "value"]).all()
    assert (decided.loc[~treated, "decision"] == "none").all()
    assert decided.loc[~treated, ["value", "value_low"]].isna().all(axis=None)
    assert (decided.loc[treated, "no_action_reason"] == "").all()
    assert set(decided.loc[~treated, "no_action_reason"]) <= {"not worth it", "no capacity", "contacted tonight"}


def test_controls_are_held_out_and_uncertain_lines_need_review():
    careful = {"holdout": 0.3, "review_below": 0.5, "min_value": 0.0}
    _, decided = run(change(make_policy(decision=careful), capacity=40), 200)
    assert set(decided["decision"]) == {"act", "review", "holdout", "none"}
    assert (decided.loc[decided["arm"] == "control", "decision"] == "holdout").all()
    assert (decided.loc[decided["decision"] == "review", "value_low"] < 0.5).all()
    assert (decided.loc[decided["decision"] == "act", "value_low"] >= 0.5).all()
    planned = decided["intervention"].notna()
    assert (decided["arm"] == "control").sum() == pytest.approx(0.3 * planned.sum(), abs=10)


def test_an_ineligible_intervention_has_its_reason(policy):
    lines = pd.DataFrame(
        {
            "customer_id": ["A", "B", "C", "D"],
            "market": ["DE", "FR", "DE", "DE"],
            "category": ["shoes", "shoes", "toys", "shoes"],
            "promised_at": pd.to_datetime([AS_OF + timedelta(hours=hours) for hours in (48, 48, 48, 3)]),
        }
    )
    picky = change(policy, markets=("DE",), categories=("shoes",), lead_hours=12.0)
    reasons = find_ineligible(lines, picky, CONTEXT)["check"].tolist()
    assert reasons == ["", "market not allowed", "category not allowed", "too late"]
    assert (find_ineligible(lines[["customer_id"]], picky, CONTEXT) == "").all(axis=None)


def test_an_intervention_that_needs_a_size_to_suggest_has_its_reason(policy):
    lines = pd.DataFrame(
        {
            "customer_id": ["A", "B", "C", "C", "D", "D"],
            "order_id": ["O1", "O2", "O3", "O3", "O4", "O4"],
            "style": ["s", "s", "s", "s", "s", None],
            "size": ["M", "M", "M", "L", "M", "L"],
            "suggested_size": pd.Series([None, "L", None, None, None, None], dtype="str"),
        }
    )
    needy = change(policy, needs="size_suggestion")
    none = "no size to suggest"
    assert find_ineligible(lines, needy, CONTEXT)["check"].tolist() == [none, "", "", "", none, none]
    assert (find_ineligible(lines[["customer_id", "order_id"]], needy, CONTEXT) == none).all(axis=None)
    shipped = lines.assign(sizes_ordered=[2.0, 2.0, 2.0, 2.0, 1.0, float("nan")])
    expected = ["other size closed", "", "", "", none, none]
    assert find_ineligible(shipped, needy, CONTEXT)["check"].tolist() == expected


def test_only_lines_that_are_worth_it_are_reviewed():
    careful = {"holdout": 0.0, "review_below": 100.0, "review_min_value": 1.0, "min_value": 0.0}
    _, decided = run(change(make_policy(decision=careful), capacity=40), 200)
    assert (decided.loc[decided["decision"] == "review", "value"] >= 1.0).all()
    assert (decided.loc[decided["decision"] == "act", "value"] < 1.0).all()
    assert {"act", "review"} <= set(decided["decision"])


def test_a_roll_out_begins_in_the_shadow_and_with_a_share_of_the_customers(policy):
    lines = pd.DataFrame({"customer_id": [f"C{number}" for number in range(2000)], "market": ["DE", "FR"] * 1000})
    shadow = find_ineligible(lines, change(policy, roll_out="shadow"), CONTEXT)
    assert (shadow == "shadow only").all(axis=None)
    half = find_ineligible(lines, change(policy, roll_out=0.5, roll_out_by={"market": {"FR": "shadow"}}), CONTEXT)[
        "check"
    ]
    assert (half[lines["market"] == "FR"] == "shadow only").all()
    assert (half[lines["market"] == "DE"] == "").mean() == pytest.approx(0.5, abs=0.05)
    more = find_ineligible(lines, change(policy, roll_out=0.7, roll_out_by={"market": {"FR": "shadow"}}), CONTEXT)[
        "check"
    ]
    # Customers who take part still do when the share grows.
    assert (more[half == ""] == "").all()
    later = find_ineligible(lines, change(policy, roll_out=0.5), replace(CONTEXT, as_of=AS_OF + timedelta(days=9)))[
        "check"
    ]
    assert (later[(lines["market"] == "DE").to_numpy()] == half[lines["market"] == "DE"]).all()


def test_sensitivity_compares_the_plan_with_the_best_plan_under_each_assumption(policy):
    lines = make_lines(80)
    shares, tight = make_shares(80), change(policy, capacity=10)
    decided = analyse_sensitivity(decide(lines, shares, tight, CONTEXT), lines, shares, tight)
    value = dict(zip(decided["assumption"], decided["best_value"].astype(float), strict=True))
    assert list(value) == [
        "current assumptions",
        "effects halved",
        "effects doubled",
        "costs halved",
        "costs increased by half",
    ]
    assert value["current assumptions"] == pytest.approx(decided["plan_value"].iloc[0])
    assert decided["same_share"].iloc[0] == 1
    assert (decided["best_value"] >= decided["plan_value"] - 1e-9).all()
    assert value["effects halved"] < value["current assumptions"] < value["effects doubled"]
    assert value["costs increased by half"] < value["current assumptions"]


def test_a_policy_without_interventions_and_a_night_without_lines_decide_nothing(policy):
    _, decided = run(make_policy(interventions={}))
    assert (decided["decision"] == "none").all()
    assert (decided["no_action_reason"] == "no intervention").all()
    _, empty = run(policy, 0)
    assert empty.empty


def test_the_same_night_is_decided_alike(policy):
    lines, decided = run(change(policy, capacity=10), 100)
    order = np.random.default_rng(1).permutation(100)
    replanned = decide(lines.iloc[order], make_shares(100).iloc[order], change(policy, capacity=10), CONTEXT).lines
    pd.testing.assert_frame_equal(replanned.sort_index(), decided)


def test_a_line_is_planned_once_and_a_customer_asked_once_about_an_order(policy):
    lines = pd.DataFrame(
        {"line_id": ["l1", "l2", "l3"], "order_id": ["o1", "o1", "o2"], "customer_id": ["A", "A", "B"]}
    )
    previous = pd.DataFrame({"line_id": ["l1"], "order_id": ["o1"], "intervention": ["sizing"], "arm": ["treatment"]})
    ineligible = find_ineligible(lines, policy, replace(CONTEXT, previous_plan=previous))
    assert ineligible["sizing"].tolist() == ["planned before", "contacted before", ""]
    assert ineligible["check"].tolist() == ["planned before", "", ""]
    alone = find_ineligible(lines, policy, replace(CONTEXT, previous_plan=previous.assign(arm="control")))
    assert alone["sizing"].tolist() == ["planned before", "control before", ""]
    silent = find_ineligible(lines, policy, replace(CONTEXT, previous_plan=previous.assign(intervention="check")))
    assert silent["sizing"].tolist() == ["planned before", "", ""]


def test_lines_planned_last_night_are_not_planned_tonight(policy):
    lines, first = run(change(policy, capacity=10))
    ids = lines[["line_id", "order_id"]]
    previous = ids.assign(intervention=first["intervention"], arm=first["arm"])[first["intervention"].notna()]
    replanned = decide(
        lines, make_shares(60), change(policy, capacity=10), replace(CONTEXT, previous_plan=previous)
    ).lines
    assert not (replanned["intervention"].notna() & first["intervention"].notna()).any()
    assert "planned before" in set(replanned["no_action_reason"])


def test_shadow_interventions_are_planned_in_shadow_columns_only(policy):
    half = change(policy, capacity=8)
    first = next(iter(half.interventions))
    shadowed = half.interventions | {first: half.interventions[first].model_copy(update={"roll_out": "shadow"})}
    count = 200
    lines = make_lines(count)
    plan = decide(lines, make_shares(count), half.model_copy(update={"interventions": shadowed}), CONTEXT)
    decided, all_live = plan.lines, decide(lines, make_shares(count), half, CONTEXT).lines
    tried = decided["shadow_intervention"].notna()
    assert 0 < tried.sum() <= 8
    assert set(decided.loc[tried, "shadow_intervention"]) == {first}
    assert (decided.loc[tried, "decision"] == "none").all()
    assert (decided["intervention"] != first).all()
    assert (decided.loc[tried, "shadow_value"] > 0).all()
    assert decided.loc[~tried, "shadow_value"].isna().all()
    assert plan.shadow.value == pytest.approx(decided["shadow_value"].sum())
    assert all_live["shadow_intervention"].isna().all()


def test_shadow_keeps_to_the_room_and_the_contacts_that_are_left(policy):
    count = 200
    lines = make_lines(count).assign(market=["DE", "FR"] * (count // 2))
    staged = change(policy, capacity=30, roll_out_by={"market": {"FR": "shadow"}}, contacts_customer=True)
    decided = decide(lines, make_shares(count), staged, CONTEXT).lines.join(lines[["customer_id", "market"]])
    tried, live = decided[decided["shadow_intervention"].notna()], decided[decided["intervention"].notna()]
    assert len(tried)
    assert (tried["market"] == "FR").all()
    assert (live["market"] == "DE").all()
    both = pd.concat([live["intervention"], tried["shadow_intervention"]]).value_counts()
    assert (both <= 30).all()
    customers = pd.concat([live["customer_id"], tried["customer_id"]])
    assert not customers.duplicated().any()


def test_a_reason_that_is_never_predicted_gives_a_notice(policy):
    assert plan_of(policy).notices == []
    effect = {"too_smal": Effect(expected=0.5, low=0.3, high=0.6), "any": Effect(expected=0.1, low=0, high=0.2)}
    (decided,) = plan_of(change(policy, effect=effect)).notices
    assert decided.endswith("no effect: too_smal (sizing, check). Predicted are too_small, quality, changed_mind")
    (alone,) = plan_of(policy, pd.DataFrame(index=range(60))).notices
    assert alone.startswith("no reasons are predicted, so that only effects on any reason count")


def test_no_action_reasons_name_the_obstacle_of_the_best_intervention(policy):
    lines = pd.DataFrame(
        {
            "line_id": ["l1", "l2", "l3", "l4", "l5"],
            "order_id": ["o1", "o1", "o2", "o3", "o4"],
            "customer_id": ["A", "A", "B", "C", "D"],
            "line_value": [100.0, 90.0, 80.0, 70.0, 60.0],
            "category": ["shoes", "shoes", "shoes", "shoes", "toys"],
            **{name: [0.9, 0.9, 0.9, 0.9, 0.9] for name in ("risk", "risk_low", "risk_high")},
        }
    )
    shares = pd.DataFrame({"too_small": [1.0] * 5, "quality": 0.0, "changed_mind": 0.0})
    sizing = policy.interventions["sizing"].model_copy(update={"categories": ("shoes",), "lost_sale": 0.0})
    only = policy.model_copy(update={"interventions": {"sizing": sizing}})
    decided = decide(lines, shares, only, CONTEXT).lines
    # A customer is asked once, two fit into the night, and toys are not given advice.
    assert decided["no_action_reason"].tolist() == ["", "contacted tonight", "", "no capacity", "category not allowed"]
    both = policy.model_copy(update={"interventions": {"sizing": sizing, "check": policy.interventions["check"]}})
    cheap = decide(lines.assign(line_value=1.0), shares, both, CONTEXT).lines
    assert cheap["no_action_reason"].tolist()[4] in ("", "no capacity")


@given(st.integers(0, 20), st.integers(5, 60), st.integers(1, 12))
@settings(deadline=None, max_examples=40)
def test_locked_decisions_stay_and_use_capacity(seed, count, capacity):
    busy = change(make_policy(decision={"holdout": 0.3}), capacity=capacity)
    lines, shares = make_lines(count, seed), make_shares(count, seed)
    early = lines.iloc[: count // 2]
    first = decide(early, shares.iloc[: count // 2], busy, CONTEXT).lines
    ids = early[["line_id", "order_id", "customer_id", "warehouse", "market"]]
    locked = ids.join(first[["decision", "arm", "intervention", "value", "value_low", "value_high"]])
    locked = locked[locked["decision"] != "none"]
    # What one was decided on has shipped or changed since; new lines have come.
    now = lines.iloc[1:].assign(risk=lambda frame: frame["risk"] * 0.5)
    decided = decide(now, shares.iloc[1:], busy, replace(CONTEXT, locked_decisions=locked)).lines.join(
        now[["line_id", "customer_id"]]
    )
    still = locked[locked["line_id"].isin(now["line_id"])].set_index("line_id")
    same = decided.set_index("line_id").loc[still.index, ["decision", "arm", "intervention", "value"]]
    pd.testing.assert_frame_equal(same, still[["decision", "arm", "intervention", "value"]], check_dtype=False)
    fresh = decided[(decided["decision"] != "none") & ~decided["line_id"].isin(locked["line_id"])]
    used = pd.concat([locked["intervention"], fresh["intervention"]]).value_counts()
    assert (used <= capacity).all()
    assert not set(fresh["customer_id"]) & set(locked["customer_id"])


def test_other_lines_of_a_customer_who_was_decided_on_earlier_tonight_say_so(policy):
    lines, shares, wide = make_lines(20), make_shares(20), change(policy, capacity=100)
    decided = decide(lines, shares, wide, CONTEXT).lines
    customers = set(lines.loc[decided["intervention"].notna(), "customer_id"])
    # Their orders are no candidates any more.
    gone = lines.assign(line_id=[f"gone {line}" for line in lines["line_id"]]).join(decided)
    gone = gone[gone["intervention"].notna()].assign(intervention="check")
    again = decide(lines, shares, wide, replace(CONTEXT, locked_decisions=gone)).lines
    assert customers
    assert again.loc[lines["customer_id"].isin(customers), "intervention"].isna().all()
    assert "decided tonight" in set(again["no_action_reason"])
    full = decide(lines, shares, change(policy, capacity=len(gone)), replace(CONTEXT, locked_decisions=gone)).lines
    checked = full["no_action_reason"].isin(["decided tonight", "no capacity"])
    assert "no capacity" in set(full.loc[checked, "no_action_reason"])


@given(st.integers(0, 20), st.integers(5, 60), st.integers(1, 12))
@settings(deadline=None, max_examples=40)
def test_a_rerun_without_a_change_decides_and_explains_the_same(seed, count, capacity):
    policy = change(make_policy(decision={"holdout": 0.3}), capacity=capacity, contacts_customer=True)
    policy = change(policy, roll_out_by={"market": {"FR": "shadow"}}, capacity_by={"warehouse": {"LEJ1": 2}})
    lines, shares = make_lines(count, seed), make_shares(count, seed)
    lines = lines.assign(market=np.where(np.arange(count) % 3 == 0, "FR", "DE"))
    first = decide(lines, shares, policy, CONTEXT)
    locked = lines[["line_id", "order_id", "customer_id", "warehouse", "market"]].join(first.lines)
    context = replace(CONTEXT, locked_decisions=locked[locked["decision"] != "none"])
    again = decide(lines, shares, policy, context)
    pd.testing.assert_frame_equal(again.lines, first.lines)
    assumed = [analyse_sensitivity(plan, lines, shares, policy) for plan in (first, again)]
    pd.testing.assert_frame_equal(assumed[1], assumed[0])


@given(st.integers(0, 20), st.integers(1, 60), st.floats(0.0, 20.0))
@settings(deadline=None, max_examples=40)
def test_what_there_is_to_say_matters_only_for_worthwhile_lines(seed, count, min_value):
    policy = change(make_policy(decision={"holdout": 0.3, "min_value": min_value}), capacity=5)
    lines, shares = make_lines(count, seed), make_shares(count, seed)
    sayable = pd.Series([tuple(policy.interventions)] * count, dtype=object)
    all_said = decide(lines.assign(sayable=sayable), shares, policy, CONTEXT)
    worthwhile = find_worthwhile(lines, shares, policy)
    few = sayable.where(worthwhile, pd.Series([()] * count, dtype=object))
    few_said = decide(lines.assign(sayable=few), shares, policy, CONTEXT)
    pd.testing.assert_frame_equal(few_said.lines, all_said.lines)
    assumed = [analyse_sensitivity(plan, lines, shares, policy) for plan in (all_said, few_said)]
    pd.testing.assert_frame_equal(assumed[1], assumed[0])
    assert worthwhile[all_said.lines["intervention"].notna()].all()
