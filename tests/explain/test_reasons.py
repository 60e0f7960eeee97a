"""Reasons explain the planned action first, then what raises the risk most."""

import numpy as np
import pytest

from returns_risk.explain import Attributions, answered_kinds, explain, load_language
from tests.explain.conftest import POLICY, TOPICS, TYPICAL, explain_frame, frame, matrix

VALUE = "This item costs 49.90 in all (usually 20.00)."
STYLE = "This style: 30 of 80 ordered came back (shop: 23%)."
QUALITY = "This style: quality causes 34% of returns (usually 16%)."
SEVERAL = "Ordered in 2 sizes: M and L."
CATEGORY = "Jackets: about 34% come back (shop: 23%)."
VALUES = {
    "line_value": 49.9,
    "style_return_rate_all": 0.36, "style_returned_lines_all": 30.0, "style_ordered_lines_all": 80.0,
    "style_quality_share_all": 0.34,
    "category_return_rate_all": 0.34, "category": "jackets",
    "sizes_of_style": ("M", "L"), "basket_sizes_of_style": 2.0, "size": "M",
}  # fmt: skip
RAISED = {
    "style_return_rate_all": 0.5,
    "line_value": 0.3,
    "basket_sizes_of_style": 0.2,
    "category_return_rate_all": 0.1,
}


def test_without_an_action_the_strongest_comes_first(reasons):
    assert reasons(RAISED, **VALUES) == [STYLE, VALUE, SEVERAL]
    assert reasons(RAISED, count=1, **VALUES) == [STYLE]


@pytest.mark.parametrize(
    ("intervention", "first"),
    [("sizing_guidance", SEVERAL), ("quality_check", QUALITY), ("confirm_with_customer", STYLE)],
)
def test_the_fact_that_the_action_answers_comes_first(reasons, intervention, first):
    assert reasons(RAISED, intervention=intervention, **VALUES)[0] == first


def test_a_fact_that_answers_the_action_need_not_raise_the_risk(reasons):
    assert reasons({"line_value": 0.3}, intervention="quality_check", **VALUES) == [QUALITY, VALUE]
    assert reasons({"line_value": 0.3}, **VALUES) == [VALUE]


def test_interventions_are_explained_by_the_reasons_that_they_lower():
    kinds = {name: set(answered_kinds(plan)) for name, plan in POLICY.interventions.items()}
    assert kinds == {
        "sizing_guidance": {"size"},
        "quality_check": {"quality"},
        "confirm_with_customer": {"choice"},
        "onboarding_help": {"quality", "choice"},
    }
    late = POLICY.interventions["confirm_with_customer"].effect["changed_mind"]
    express = POLICY.interventions["quality_check"].model_copy(update={"effect": {"late": late, "gift": late}})
    assert answered_kinds(express) == {"delivery", "choice"}


@pytest.mark.parametrize(("weight", "first"), [(0.21, VALUE), (0.19, CATEGORY)])
def test_a_category_is_first_only_where_nothing_else_explains_a_fifth_as_much(reasons, weight, first):
    sentences = reasons({"category_return_rate_all": 1.0, "line_value": weight}, **VALUES)
    assert sentences[0] == first
    assert set(sentences) == {CATEGORY, VALUE}


def test_where_there_is_none_the_reader_is_told_so(reasons):
    assert reasons({}, **VALUES) == ["No single reason."]
    assert reasons({"line_value": -0.5}, **VALUES) == ["No single reason."]
    assert reasons({"line_value": 0.5}, language="pl") == ["Brak pojedynczego powodu."]


def test_the_weight_of_a_belief_goes_to_the_first_clear_fact_behind_it(reasons):
    assert reasons({"belief_item": 0.5, "line_value": 0.3}, **VALUES)[:2] == [STYLE, VALUE]
    unclear = VALUES | {"style_return_rate_all": 0.25}
    assert reasons({"belief_item": 0.5, "line_value": 0.3}, **unclear) == [VALUE, CATEGORY]
    assert reasons({"belief_order": 0.5}, **VALUES) == [SEVERAL]


def test_facts_that_say_nearly_the_same_are_one_reason(reasons):
    twice = {"basket_sizes_of_style": 0.5, "basket_skus_of_style": 0.4, "basket_items_of_category": 0.3}
    values = VALUES | {"basket_skus_of_style": 2.0, "basket_items_of_category": 2.0}
    assert reasons(twice, **values) == [SEVERAL]
    prices = {"line_value": 0.5, "unit_price": 0.4}
    assert reasons(prices, **VALUES | {"unit_price": 49.9}) == [VALUE]


def test_each_reason_has_the_numbers_it_rests_on():
    features = frame([VALUES])
    facts = Attributions(matrix(RAISED), features, TOPICS, TYPICAL)
    (of_line,) = explain(facts, features, load_language("en"), 2)
    assert [dict(reason.numbers) for reason in of_line] == [
        {"style_returned_lines_all": 30.0, "style_ordered_lines_all": 80.0, "shop_return_rate_all": 0.23},
        {"line_value": 49.9, "line_value (usual)": 20.0},
    ]


def test_a_line_alone_has_the_reasons_it_has_in_a_batch():
    rng = np.random.default_rng(4)
    numbers = [topic.name for topic in TOPICS if topic.format not in ("category", "identity")]
    interventions = [*POLICY.interventions, None]
    lines = [
        {name: float(rng.integers(0, 7)) for name in numbers}
        | {"brand": "acme", "size": "M", "intervention": interventions[number % 5]}
        for number in range(20)
    ]
    features, contributions = frame(lines), rng.normal(size=(20, len(TOPICS)))
    batch = explain_frame(contributions, features, 3, "de")
    alone = [explain_frame(contributions[[i]], features.iloc[[i]], 3, "de")[0] for i in range(20)]
    assert alone == batch
    assert len(set(map(tuple, batch))) > 10


def test_no_lines_have_no_reasons():
    assert explain_frame(np.zeros((0, len(TOPICS))), frame([{}]).head(0), 3, "en") == []
