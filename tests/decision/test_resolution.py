"""The resolution recommended for a line is that of the first rule that fits it."""

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from returns_risk.config.policy import load_policy
from returns_risk.config.resolutions import ResolutionRule
from returns_risk.decision import recommend_resolutions
from tests.decision.conftest import make_policy

LINES = pd.DataFrame(
    {
        "order_id": ["O1", "O2", "O3", "O4", "O5"],
        "market": ["DE", "DE", "FR", "DE", None],
        "currency": ["EUR", "GBP", "EUR", "EUR", "EUR"],
        "line_value": [20.0, 20.0, 50.0, 20.0, 20.0],
        "return_reason": ["too_small", "damaged", "damaged", None, "too_small"],
        "size": ["M", "38", None, "L", "L"],
        "suggested_size": ["L", None, None, None, "L"],
    }
)


def rule(resolution, text="text", **conditions):
    return {"resolution": resolution, "text": text, **conditions}


def kept_size(size: str) -> Any:
    return {"sizes": [], "customer": [{"size": size, "kept": 2}]}


def recommend(*rules, lines=LINES):
    return recommend_resolutions(lines, make_policy(resolutions=list(rules)))


def test_the_first_rule_that_fits_applies():
    result = recommend(
        rule("exchange", "{order_id}: {suggested_size} for {size}", reasons=["too_small"]),
        rule("discount", reasons=["damaged"], value_below=45),
        rule("store_credit", markets=["FR"], value_from=50),
        rule("refund", "{{refund}}", reasons=["damaged"]),
    )
    # O2 is worth 40 EUR; O4 has no likely reason; the L of O5 cannot be exchanged for an L.
    assert result["resolution"].fillna("").tolist() == ["exchange", "discount", "store_credit", "", ""]
    assert result["resolution_text"].fillna("").tolist() == ["O1: L for M", "text", "text", "", ""]


def test_another_size_is_offered_neither_for_the_one_to_keep_nor_for_one_that_the_customer_has_kept():
    lines = LINES.assign(size_evidence=pd.Series([None, kept_size("38"), None, None, None], dtype=object))
    result = recommend(rule("exchange", "another than {size}"), rule("refund"), lines=lines)
    assert result["resolution"].tolist() == ["exchange", "refund", "refund", "exchange", "refund"]
    assert recommend(rule("exchange", "any"), lines=lines)["resolution"].isna().tolist() == [
        False,
        True,
        False,
        False,
        True,
    ]
    kept = lines.assign(size_evidence=pd.Series([kept_size("M")] * 5, dtype=object))
    text = recommend(rule("exchange", "{suggested_size}"), lines=kept)["resolution_text"]
    assert text.fillna("").tolist() == ["L", "", "", "", ""]


def test_no_exchange_is_offered_for_a_size_that_is_in_the_same_parcel():
    lines = LINES.assign(order_id="O1", style=["x", "y", "x", "z", "w"])
    lines["size"] = ["M", "38", "L", "L", "L"]
    result = recommend(
        rule("exchange", "{suggested_size} for {size}"), rule("exchange", "any"), rule("refund"), lines=lines
    )
    assert result["resolution"].tolist() == ["refund", "exchange", "refund", "exchange", "refund"]


def test_a_rule_without_conditions_fits_every_line():
    assert recommend(rule("refund", "{{refund}}"))["resolution_text"].tolist() == ["{refund}"] * 5


def test_a_source_without_sizes_reasons_or_markets_fits_rules_without_them():
    lines = LINES[["order_id", "line_value"]].assign(return_reason=None)
    rules = [rule("exchange", "{size}"), rule("discount", reasons=["damaged"]), rule("refund", markets=["DE"])]
    assert recommend(*rules, rule("store_credit"), lines=lines)["resolution"].tolist() == ["store_credit"] * 5
    assert recommend(*rules, lines=lines)["resolution"].isna().all()


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("{name}", "there is no placeholder {name}; there are {order_id}, {size}, {suggested_size}"),
        ("{}", "there is no placeholder {}"),
        ("{size!r}", "there is no placeholder {size}"),
        ("{size:>9}", "there is no placeholder {size}"),
        ("{size", "the braces do not match"),
    ],
)
def test_a_text_with_another_placeholder_is_refused(text, finding):
    with pytest.raises(ValidationError, match=re.escape(finding)):
        ResolutionRule.model_validate(rule("refund", text))


def test_a_rule_that_no_value_meets_is_refused():
    with pytest.raises(ValidationError, match="no line fits"):
        ResolutionRule.model_validate(rule("refund", value_from=40, value_below=40))


def test_the_repositorys_policy_recommends_something_for_every_line():
    result = recommend_resolutions(LINES, load_policy(Path(__file__).parents[2] / "policy.yaml"))
    assert result["resolution"].tolist() == ["exchange", "discount", "refund", "refund", "refund"]
    assert result["resolution_text"].str.startswith("Order O").all()


@given(st.permutations(range(5)))
@settings(deadline=None, max_examples=20)
def test_the_order_of_lines_changes_nothing(order):
    rules = [rule("exchange", "{suggested_size}"), rule("refund", "{order_id}", value_below=45)]
    expected = recommend(*rules).iloc[order]
    pd.testing.assert_frame_equal(recommend(*rules, lines=LINES.iloc[order]), expected)
