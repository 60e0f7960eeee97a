"""A decision reads the same wherever it is read, and a line left alone never like one to be treated."""

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
def test_a_line_says_what_is_done_who_decides_that_it_is_left_alone_or_why_nothing(decision, said):
    assert say_decision(*decision) == said


def test_an_order_says_each_text_once_and_why_nothing_only_where_nothing_is_planned():
    lines = [("review", "needs review: call"), ("none", "no action: too late"), ("act", "call"), ("act", "call")]
    assert say_for_order(lines) == "needs review: call; call"
    assert say_for_order([("none", "no action: too late"), ("none", "no action: no capacity")]) == (
        "no action: too late; no action: no capacity"
    )
    assert say_for_order([]) == ""
