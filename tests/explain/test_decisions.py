"""A decision reads the same wherever it is read, and a control line never like a treated line."""

import pytest

from returns_risk.decision import DECISIONS
from returns_risk.explain import say_decision


def test_every_decision_has_its_words():
    assert all(say_decision(decision, "", "") or decision == "act" for decision in DECISIONS)


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
