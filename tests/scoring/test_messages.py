"""A message shows each reader only the reasons meant for them."""

from pathlib import Path

import pandas as pd
import pytest

from returns_risk.config.policy import load_policy
from returns_risk.scoring.explanations import write_messages

POLICY = load_policy(Path(__file__).parents[2] / "policy.yaml")
REASONS = {"customer": [["You have chosen two sizes."]], "warehouse": [["This item comes back."]]}


def write(intervention, decision="act", reasons=REASONS, policy=POLICY):
    line = {"order_id": "O-7", "sku": "S12", "decision": decision, "intervention": intervention}
    (message,) = write_messages(pd.DataFrame([line]), reasons, ["en"], policy)
    return message


@pytest.mark.parametrize("decision", ["act", "review"])
def test_customers_and_those_who_pack_have_reasons_of_their_own(decision):
    assert "Why we ask: You have chosen two sizes.\n" in write("sizing_guidance", decision)
    assert "Finding: This item comes back.\n" in write("quality_check", decision)


def test_a_note_without_a_finding_about_the_item_says_so():
    assert "Finding: no single finding stands out.\n" in write("quality_check", reasons=REASONS | {"warehouse": [[]]})


def test_whom_a_message_is_for_says_its_text_and_not_the_policy():
    quiet = POLICY.interventions["sizing_guidance"].model_copy(update={"contacts_customer": False})
    policy = POLICY.model_copy(update={"interventions": POLICY.interventions | {"sizing_guidance": quiet}})
    assert "This item comes back" not in write("sizing_guidance", policy=policy)


@pytest.mark.parametrize(("intervention", "decision"), [("quality_check", "holdout"), (None, "none")])
def test_nothing_is_written_about_lines_that_nothing_is_done_about(intervention, decision):
    assert write(intervention, decision) is None
