"""What people read about the flagged lines of a night, and which interventions have anything to say."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from returns_risk.decision import DecisionContext, decide, find_worthwhile
from returns_risk.explain import Attributions
from returns_risk.scoring.explanations import find_sayable, renew_messages, renew_reasons, write_messages
from tests.explain.conftest import POLICY, TOPICS, TYPICAL
from tests.explain.rendered import BRACKET, LINE, MOMENT, writer

FEATURES = pd.DataFrame(
    {
        "sizes_of_style": pd.Series([BRACKET["sizes_of_style"], None], dtype=object),
        "basket_sizes_of_style": [2.0, 1.0],
        "style_quality_share_all": [0.1, 0.4],
    }
)
LINES = pd.DataFrame([LINE, LINE | {"size": "one size", "promised_at": None}]).assign(
    line_id=["A", "B"], customer_id=["a", "b"], intervention=["sizing_guidance", "quality_check"], decision="act",
    line_value=100.0, risk=0.8, risk_low=0.7, risk_high=0.9, customer_language="de",
)  # fmt: skip


def test_an_intervention_is_possible_only_where_there_is_something_to_say():
    sayable = find_sayable(LINES, FEATURES, writer(), np.ones(2, dtype=bool))
    assert sayable.tolist() == [
        ("sizing_guidance", "confirm_with_customer", "onboarding_help"),
        ("quality_check", "onboarding_help"),
    ]


def test_what_neither_contacts_the_customer_nor_has_a_text_is_always_possible():
    hold = POLICY.interventions["quality_check"]
    silent = writer(interventions={"hold": hold, "call": hold.model_copy(update={"contacts_customer": True})})
    assert find_sayable(LINES, FEATURES, silent, np.ones(2, dtype=bool)).tolist() == [("hold",), ("hold",)]


def test_the_plan_leaves_out_what_has_nothing_to_say():
    context = DecisionContext(MOMENT.to_pydatetime(), "test", bytes(32))
    policy = POLICY.model_copy(
        update={
            "interventions": {"quality_check": POLICY.interventions["quality_check"]},
            "decision": POLICY.decision.model_copy(update={"holdout": 0.0}),
        }
    )
    shares = pd.DataFrame({"quality": [1.0, 1.0]})
    lines = LINES.drop(columns=["intervention", "decision"])
    sayable = find_sayable(lines, FEATURES, writer(), find_worthwhile(lines, shares, policy))
    plan = decide(lines.assign(sayable=sayable), shares, policy, context).lines
    assert plan["no_action_reason"].tolist() == ["nothing to say", ""]
    assert plan["intervention"].fillna("").tolist() == ["", "quality_check"]


@pytest.mark.parametrize("decision", ["act", "review"])
def test_lines_to_be_treated_have_their_message(decision):
    messages = write_messages(LINES.assign(decision=decision), FEATURES, writer())
    assert [(message.to, message.language) for message in messages if message] == [
        ("customer", "de"),
        ("warehouse", "de"),
    ]


def test_nothing_is_written_about_the_control_group_and_about_lines_without_an_action():
    assert write_messages(LINES.assign(decision=["holdout", "none"]), FEATURES, writer()) == [None, None]


def test_messages_of_a_line_alone_and_in_a_batch_are_the_same():
    batch = write_messages(LINES, FEATURES, writer())
    alone = [write_messages(LINES.iloc[[i]], FEATURES.iloc[[i]], writer())[0] for i in range(2)]
    assert alone == batch


PLANNED = pd.DataFrame(
    {
        "line_id": ["shipped", "B", "A"], "intervention": ["quality_check", "quality_check", "confirm_with_customer"],
        "decision": ["act", "act", "review"], "night": "2026-03-01",
    }
)  # fmt: skip


def test_a_line_of_an_earlier_night_has_the_message_of_this_night():
    renewed = renew_messages(PLANNED, LINES.assign(decision="none"), FEATURES, writer())
    assert renewed[["line_id", "night", "message_to"]].to_numpy().tolist() == [
        ["B", "2026-03-01", "warehouse"],
        ["A", "2026-03-01", "customer"],
    ]
    (expected,) = write_messages(LINES.iloc[:1].assign(intervention="confirm_with_customer"), FEATURES[:1], writer())
    assert expected is not None
    assert renewed["message"].iloc[1] == expected.body
    assert renewed["reply_by"].iloc[1] == expected.reply_by
    assert renewed["reply_by"].iloc[1] > MOMENT


def test_a_line_about_which_nothing_is_left_to_say_is_carried_over_no_longer():
    late = LINES.assign(ship_by=MOMENT + pd.Timedelta(hours=3))
    assert renew_messages(PLANNED, late, FEATURES, writer())["line_id"].tolist() == ["B"]


def test_an_action_without_a_text_is_carried_over_without_a_message():
    hold = writer(interventions={"hold": POLICY.interventions["quality_check"]})
    renewed = renew_messages(PLANNED.assign(intervention="hold"), LINES, FEATURES, hold)
    assert renewed["line_id"].tolist() == ["B", "A"]
    assert renewed["message"].isna().all()


def test_a_line_of_an_earlier_night_has_its_reasons_in_the_language_of_this_night(monkeypatch):
    def attribute(_, features):
        return Attributions(np.zeros((len(features), len(TOPICS))), features, TOPICS, TYPICAL)

    monkeypatch.setattr("returns_risk.scoring.explanations.attribute", attribute)
    reasons = pd.Series([["Ordered in 2 sizes: XL and L."]], index=[2], dtype=object)
    planned = PLANNED.iloc[[2]].assign(intervention="sizing_guidance", reasons=reasons)
    german = POLICY.model_copy(update={"languages": POLICY.languages.model_copy(update={"team": "de"})})
    classifier: Any = None
    renewed = renew_reasons(planned, LINES.assign(decision="none"), FEATURES, classifier, german, 1)
    assert renewed["reasons"].tolist() == [["In 2 Größen bestellt: L und XL."]]
    assert planned["reasons"].tolist() == [["Ordered in 2 sizes: XL and L."]]
    assert renew_reasons(planned[:0], LINES, FEATURES, classifier, german, 1).empty
