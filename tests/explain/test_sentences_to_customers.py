"""Facts about a line as its customer reads them, word for word in both languages."""

import numpy as np
import pytest

SKU = {"sku_return_rate_90d": 0.38, "sku_returned_lines_90d": 4.0, "sku_kept_lines_90d": 5.0}
KEPT = "customer_category_kept_size_difference"
CASES = [
    (
        "customer_return_rate_all",
        {"customer_return_rate_all": 0.4, "customer_returned_lines_all": 4.0, "customer_kept_lines_all": 5.0},
        "Of 9 items that you kept or sent back so far, 4 came back to us.",
        "Von 9 Artikeln aus Ihren Bestellungen kamen bisher 4 zu uns zurück.",
    ),
    (
        "customer_sku_ordered_lines_7d",
        {"customer_sku_ordered_lines_7d": 2.0},
        "You have ordered 2 items exactly like this one in the last 7 days.",
        "Sie haben in den letzten 7 Tagen 2 Artikel genau dieser Art bestellt.",
    ),
    (
        "customer_brand_days_since_ordered",
        {"customer_brand_days_since_ordered": np.nan},
        "You have not ordered items of this brand from us before.",
        "Bisher haben Sie keine Artikel dieser Marke bei uns bestellt.",
    ),
    (
        KEPT,
        {KEPT: 1.5, "size": "L"},
        "Size L is 1.5 sizes larger on average than the items of this category that you have kept.",
        "Größe L ist im Mittel 1,5 Größen größer als die Artikel dieser Kategorie, die Sie behalten haben.",
    ),
    (
        "basket_sizes_of_style",
        {"basket_sizes_of_style": 3.0, "sizes_of_style": ("S", "M", "L")},
        "You have chosen the same style in more than one size: S, M and L.",
        "Sie haben dasselbe Modell in mehr als einer Größe gewählt: S, M und L.",
    ),
    (
        "sku_return_rate_90d",
        SKU,
        "This item is sent back more often than most.",
        "Dieser Artikel wird öfter zurückgeschickt als die meisten.",
    ),
    (
        "style_size_share_all",
        {"style_size_share_all": 0.5},
        "This style is often sent back because of its size.",
        "Dieses Modell wird oft wegen der Größe zurückgeschickt.",
    ),
    (
        "fit_misfit",
        {"fit_misfit": -1.1, "fit_too_small": 0.4, "fit_too_large": 0.01, "size": "M"},
        "Size M seems about one size too small for you.",
        "Größe M ist für Sie wohl etwa eine Größe zu klein.",
    ),
    (
        "fit_style_runs",
        {
            "fit_misfit": -1.1, "fit_too_small": 0.4, "fit_too_large": 0.01, "fit_style_runs": -1.6,
            "fit_outcomes_of_style": 58.0,
        },
        "This style runs more than one size small.",
        "Dieses Modell fällt mehr als eine Größe zu klein aus.",
    ),
    (
        "belief_customer",
        {"customer_return_rate_all": 0.4, "customer_returned_lines_all": 4.0, "customer_kept_lines_all": 5.0},
        "Of 9 items that you kept or sent back so far, 4 came back to us.",
        "Von 9 Artikeln aus Ihren Bestellungen kamen bisher 4 zu uns zurück.",
    ),
    (
        "belief_item",
        {"sku_return_rate_all": 0.4, "sku_returned_lines_all": 4.0, "sku_kept_lines_all": 5.0},
        "This item is sent back more often than most.",
        "Dieser Artikel wird öfter zurückgeschickt als die meisten.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("column", "values", "english", "german"), CASES)
def test_a_customer_reads_about_their_order_and_history(customer_reasons, column, values, english, german):
    assert customer_reasons({column: 1.0}, **values) == [english]
    assert customer_reasons({column: 1.0}, language="de", **values) == [german]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("customer_age", {"customer_age": 44.0}),
        ("payment_method", {"payment_method": "invoice"}),
        ("market_return_rate_all", {"market_return_rate_all": 0.4}),
        ("sku_return_rate_90d", {"sku_return_rate_90d": 0.2}),  # no more than is typical
        ("sku_quality_share_all", {"sku_quality_share_all": 0.9}),
        ("customer_return_rate_all", {"customer_return_rate_all": 0.4}),  # nothing that could be counted
        ("customer_returned_lines_90d", {"customer_returned_lines_90d": 3.0}),
        ("customer_return_rate_all", {"customer_return_rate_all": 0.4, "customer_returned_lines_all": 0.0}),
        ("customer_sku_ordered_lines_7d", {"customer_sku_ordered_lines_7d": 0.0}),
        ("quantity", {"quantity": 1.0}),
    ],
)
def test_a_customer_reads_no_figures_about_others_and_no_empty_facts(customer_reasons, column, values):
    assert customer_reasons({column: 1.0}, **values) == []
    assert customer_reasons({column: 1.0}, language="de", **values) == []


def test_a_fact_without_a_text_for_customers_is_replaced_by_the_next_one(customer_reasons):
    values = {"unit_price": 30.0, "quantity": 3.0, "payment_method": "invoice", "size": "M"}
    sentences = customer_reasons({"payment_method": 0.5, "quantity": 0.1, "size": 0.2}, **values)
    assert sentences == ["You have chosen 3 pieces of this item."]


def test_the_chosen_size_itself_is_no_reason_for_a_customer(customer_reasons):
    values = {"size": "L", "quantity": 3.0}
    assert customer_reasons({"size": 0.5}, **values) == []
    assert customer_reasons({"size": 0.5}, "de", **values) == []
    assert customer_reasons({"size": 0.5, "quantity": 0.1}, "de", **values) == [
        "Sie haben 3 Stück dieses Artikels gewählt."
    ]
