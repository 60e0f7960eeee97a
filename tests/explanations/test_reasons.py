"""Reasons are facts of the factors that raise the risk, strongest first."""

import numpy as np
import pandas as pd
import pytest

from returns_risk.explanations import explain


def test_the_strongest_factor_comes_first(reasons):
    assert reasons({"brand": 0.2, "customer_return_rate_all": 0.5, "line_value": 0.3}) == [
        "customer: share sent back: 62% (typical: 31%)",
        "value of the line: 49.9 (typical: 20)",
        "item: brand is acme",
    ]


def test_a_factor_that_lowers_the_risk_or_does_nothing_is_not_told(reasons):
    assert reasons({"brand": 0.2, "line_value": -0.9}) == ["item: brand is acme"]
    assert reasons({"brand": -0.2}) == []
    assert reasons({}) == []


def test_no_more_reasons_are_given_than_asked_for(reasons):
    raised = {"brand": 0.2, "customer_return_rate_all": 0.5, "line_value": 0.3}
    assert reasons(raised, count=1) == ["customer: share sent back: 62% (typical: 31%)"]
    assert len(reasons(raised, count=2)) == 2
    assert len(reasons(raised, count=99)) == 3


def test_columns_of_one_factor_are_summed_and_told_by_the_one_that_raises_most(reasons):
    raised = {"customer_return_rate_all": 0.2, "customer_returned_lines_all": 0.25, "brand": 0.4}
    assert reasons(raised) == ["customer: lines sent back: 31 (typical: 2)", "item: brand is acme"]


def test_a_factor_counts_by_its_sum_even_where_one_column_raises_much(reasons):
    assert reasons({"customer_return_rate_all": 0.9, "customer_returned_lines_all": -1.0, "brand": 0.1}) == [
        "item: brand is acme"
    ]


def test_equal_factors_come_in_the_order_of_the_catalogue(reasons):
    assert reasons({"line_value": 0.3, "brand": 0.3}) == [
        "item: brand is acme",
        "value of the line: 49.9 (typical: 20)",
    ]


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("customer_return_rate_all", 0.62, "customer: share sent back: 62% (typical: 31%)"),
        ("customer_return_rate_all", 0.034, "customer: share sent back: 3.4% (typical: 31%)"),
        ("customer_return_rate_all", 0.0, "customer: share sent back: 0.0% (typical: 31%)"),
        ("customer_return_rate_all", np.nan, "customer: share sent back: nothing known"),
        ("customer_returned_lines_all", 31.0, "customer: lines sent back: 31 (typical: 2)"),
        ("customer_days_since_ordered", 4.0, "customer: days since the last line: 4"),
        ("customer_days_since_ordered", np.nan, "customer: days since the last line: nothing known"),
        ("brand", "acme", "item: brand is acme"),
        ("brand", None, "item: brand: nothing known"),
        ("this_sku", "00012", "this item comes back more often than its history alone says"),
        ("usual_price_ratio", 1.25, "item: price relative to the usual one: 1.2 times"),
        ("line_value", 49.9, "value of the line: 49.9 (typical: 20)"),
        ("line_value", 100.0, "value of the line: 100 (typical: 20)"),
        ("line_value", 0.0, "value of the line: 0 (typical: 20)"),
    ],
)
def test_each_unit_has_its_sentence(reasons, column, value, expected):
    assert reasons({column: 1.0}, **{column: value}) == [expected]


def test_an_identity_is_never_told(reasons):
    assert "00012" not in " ".join(reasons({"this_sku": 1.0}))


def test_each_line_has_its_own_reasons(catalogue, values):
    features = pd.DataFrame([values, values | {"brand": "brill"}]).astype({"brand": "str", "this_sku": "str"})
    contributions = np.zeros((2, 7))
    contributions[0, 6], contributions[1, 3] = 0.5, 0.5
    assert explain(contributions, features, catalogue, {}, 3) == [["value of the line: 49.9"], ["item: brand is brill"]]


def test_a_line_alone_has_the_reasons_it_has_in_a_batch(catalogue, values):
    rng = np.random.default_rng(4)
    features = pd.DataFrame([values] * 20).astype({"brand": "str", "this_sku": "str"}).set_axis(range(5, 25))
    contributions = rng.normal(size=(20, 7))
    batch = explain(contributions, features, catalogue, {}, 3)
    alone = [explain(contributions[[i]], features.iloc[[i]], catalogue, {}, 3)[0] for i in range(20)]
    assert alone == batch


def test_no_lines_have_no_reasons(catalogue, values):
    features = pd.DataFrame([values]).astype({"brand": "str", "this_sku": "str"}).head(0)
    assert explain(np.zeros((0, 7)), features, catalogue, {}, 3) == []
