"""A decision reads the same wherever it is read, and a control line never like a treated line."""

import pytest

from returns_risk.decision import DECISIONS
from returns_risk.explain import DECISION_WORDS, say_decision, say_for_order


def test_every_decision_has_its_words():
    assert list(DECISION_WORDS) == list(DECISIONS)


@pytest.mark.parametrize(
    ("decision", "said"),
    [
        (("act", "quality_check", ""), "quality check"),
        (("review", "quality_check", ""), "needs review: quality check"),
        (("holdout", "quality_check", ""), "control group: quality check"),
        (("none", "", "not worth it"), "no action: not worth it"),
        (("none", "", "market not allowed"), "no action: market not allowed"),
        (("none", "", "shadow only"), "no action: shadow only"),
        (("none", "", ""), "no action"),
    ],
)
def test_a_line_reads_as_action_review_control_group_or_reason(decision, said):
    assert say_decision(*decision) == said


def test_an_order_has_each_text_once_and_reasons_only_without_an_intervention():
    lines = [("review", "needs review: call"), ("none", "no action: too late"), ("act", "call"), ("act", "call")]
    assert say_for_order(lines) == "needs review: call; call"
    assert say_for_order([("none", "no action: too late"), ("none", "no action: no capacity")]) == (
        "no action: too late; no action: no capacity"
    )
    assert say_for_order([]) == ""
