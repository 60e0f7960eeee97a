"""Reasons are facts of the factors that raise the risk, strongest first."""

from dataclasses import replace

import numpy as np
import pytest

from returns_risk.errors import ParamsError
from returns_risk.explain import ITEM, Attributions, explain, explain_to_customer
from tests.explain.conftest import TOPICS, TYPICAL, frame, matrix

BRAND = "The brand is acme; raises the risk."
VALUE = "The line is worth 49.90 (typical is 20.00); raises the risk."
VALUES = {"brand": "acme", "line_value": 49.9, "customer_return_rate_all": 0.62}
CUSTOMER = (
    "The smoothed share of lines from this customer that came back so far is 62% (typical is 31%); raises the risk."
)


def test_the_strongest_factor_comes_first(reasons):
    raised = {"brand": 0.2, "customer_return_rate_all": 0.5, "line_value": 0.3}
    assert reasons(raised, **VALUES) == [CUSTOMER, VALUE, BRAND]


def test_a_factor_that_does_not_raise_the_risk_is_left_out(reasons):
    assert reasons({"brand": 0.2, "line_value": -0.9}, **VALUES) == [BRAND]
    assert reasons({"brand": -0.2}, **VALUES) == []
    assert reasons({}, **VALUES) == []


def test_reasons_for_a_lower_risk_are_given_on_request(lowering):
    assert lowering({"brand": 0.2, "line_value": -0.9}, **VALUES) == [
        "The line is worth 49.90 (typical is 20.00); lowers the risk."
    ]


def test_no_more_reasons_are_given_than_asked_for(reasons):
    raised = {"brand": 0.2, "customer_return_rate_all": 0.5, "line_value": 0.3}
    assert reasons(raised, count=1, **VALUES) == [CUSTOMER]
    assert len(reasons(raised, count=2, **VALUES)) == 2
    assert len(reasons(raised, count=99, **VALUES)) == 3


def test_columns_of_a_factor_are_summed_and_the_strongest_one_is_given(reasons):
    raised = {"quantity": 0.2, "line_value": 0.25, "brand": 0.4}
    assert reasons(raised, quantity=3, **VALUES) == [VALUE, BRAND]


def test_a_factor_counts_by_its_sum_even_where_one_column_raises_much(reasons):
    assert reasons({"quantity": 0.9, "line_value": -1.0, "brand": 0.1}, quantity=3, **VALUES) == [BRAND]


def test_equal_factors_come_in_the_order_of_the_catalogue(reasons):
    sentences = reasons({"line_value": 0.3, "brand": 0.3}, **VALUES)
    assert sentences == [VALUE, BRAND]


def test_an_identity_is_never_named(reasons):
    sentences = reasons({"item": 1.0}, item="S00012")
    assert sentences == ["This item comes back more often than its history alone says; raises the risk."]


def test_packers_read_reasons_about_the_item_only():
    raised = matrix({"payment_method": 0.9, "payment_return_rate_all": 0.9, "account_age_days": 0.8, "brand": 0.1})
    values = VALUES | {"payment_method": "invoice", "payment_return_rate_all": 0.5, "account_age_days": 3.0}
    facts = Attributions(raised, frame([values]), TOPICS, TYPICAL, ["en"])
    assert explain(facts, 1) == [["The payment method is invoice; raises the risk."]]
    assert explain(facts, 1, entities=ITEM) == [[BRAND]]
    only_payment = replace(facts, contributions=matrix({"payment_method": 0.9}))
    assert explain(only_payment, 1, entities=ITEM) == [[]]


def test_no_fact_about_an_item_is_about_payment_account_or_customer():
    features = [topic.name for topic in TOPICS if topic.entity in ITEM]
    assert len(features) > 50
    assert not [name for name in features if name.startswith(("payment", "account", "customer", "basket", "voucher"))]
    assert set(ITEM) < {topic.entity for topic in TOPICS}


def test_each_line_has_its_own_reasons_in_its_own_language():
    features = frame([VALUES, VALUES | {"brand": "brill"}])
    contributions = np.vstack([matrix({"line_value": 0.5}), matrix({"brand": 0.5})])
    assert explain(Attributions(contributions, features, TOPICS, {}, ["en", "de"]), 3) == [
        ["The line is worth 49.90; raises the risk."],
        ["Die Marke ist brill; erhöht das Risiko."],
    ]


@pytest.mark.parametrize("explain_lines", [explain, explain_to_customer])
def test_a_line_alone_has_the_reasons_it_has_in_a_batch(explain_lines):
    rng = np.random.default_rng(4)
    numbers = [topic.name for topic in TOPICS if topic.format not in ("category", "identity")]
    lines = [{name: rng.integers(0, 7) for name in numbers} | {"brand": "acme", "size": "M"} for _ in range(20)]
    features, contributions = frame(lines).set_axis(range(5, 25)), rng.normal(size=(20, len(TOPICS)))
    languages = ["en", "de"] * 10
    batch = explain_lines(Attributions(contributions, features, TOPICS, TYPICAL, languages), 3)
    alone = [
        explain_lines(Attributions(contributions[[i]], features.iloc[[i]], TOPICS, TYPICAL, [languages[i]]), 3)[0]
        for i in range(20)
    ]
    assert alone == batch


def test_no_lines_have_no_reasons():
    assert explain(Attributions(np.zeros((0, len(TOPICS))), frame([{}]).head(0), TOPICS, {}, []), 3) == []


def test_a_language_without_a_file_is_refused_with_the_remedy():
    finding = r"languages: 'fr' has no file; known are \['de', 'en'\]\. Choose one of them, or write .*/fr\.yaml"
    with pytest.raises(ParamsError, match=finding):
        explain(Attributions(matrix({"brand": 1.0}), frame([VALUES]), TOPICS, {}, ["fr"]), 3)


def test_a_rate_that_points_the_other_way_is_skipped(reasons, lowering):
    low = {"customer_return_rate_all": 0.1, "customer_ordered_money_30d": 400.0}
    (sentences,) = reasons({"customer_return_rate_all": 0.5, "customer_ordered_money_30d": 0.2}, **low)
    assert sentences.startswith("Goods worth 400.00 from this customer")
    assert reasons({"customer_return_rate_all": 0.5}, **low) == []
    assert len(lowering({"customer_return_rate_all": -0.5}, **low)) == 1


def test_the_same_fact_appears_once(reasons):
    row = {"category": "jackets", "category_return_rate_all": 0.34, "shop_return_rate_all": 0.23}
    (sentences,) = reasons({"category": 0.4, "category_return_rate_all": 0.3}, **row)
    assert sentences.startswith("The category is jackets: the smoothed share of lines of this category")


def test_a_rate_contradicted_by_its_counts_is_no_reason(reasons):
    sentences = {"sku_return_rate_90d": 0.32, "sku_returned_lines_90d": 1.0, "sku_kept_lines_90d": 26.0}
    assert reasons({"sku_return_rate_90d": 0.5}, **sentences) == []
    assert reasons({"sku_return_rate_90d": 0.5}, **sentences | {"sku_returned_lines_90d": 12.0}) != []
    assert reasons({"sku_return_rate_90d": 0.5}, sku_return_rate_90d=0.212) == []
