"""A fact is a reason only where it is clear: a rate 3 points above its reference, and nothing contradicts it."""

import pytest

ITEM = {"sku_return_rate_all": 0.40, "sku_returned_lines_all": 58.0, "sku_kept_lines_all": 69.0, "size": "XL"}
CUSTOMER = {"customer_return_rate_all": 0.35, "customer_returned_lines_all": 4.0, "customer_kept_lines_all": 5.0}
NONE = ["No single reason."]


@pytest.mark.parametrize(
    ("column", "values", "sentence"),
    [
        ("sku_return_rate_all", ITEM, "This item in XL: 58 of 127 came back (shop: 23%)."),
        ("sku_return_rate_all", ITEM | {"size": "one size"}, "This item: 58 of 127 came back (shop: 23%)."),
        ("sku_returned_lines_all", ITEM, "This item in XL: 58 of 127 came back (shop: 23%)."),
        ("sku_return_rate_90d", {"sku_return_rate_90d": 0.4}, "This item: about 40% came back in 90 days."),
        ("customer_return_rate_all", CUSTOMER, "Earlier orders: 4 of 9 came back (shop: 23%)."),
        (
            "brand_return_rate_all", {"brand_return_rate_all": 0.3, "brand": "Almhof"},
            "Almhof: about 30% come back (shop: 23%).",
        ),
        (
            "payment_return_rate_all", {"payment_return_rate_all": 0.3, "payment_method": "invoice", "market": "DE"},
            "Paid by invoice in DE: about 30% come back (shop: 23%).",
        ),
        (
            "lane_damage_share_90d", {"lane_damage_share_90d": 0.1, "warehouse": "LEJ1", "market": "FR"},
            "LEJ1 to FR: damage or delay causes 10% of returns (usually 6%).",
        ),
        ("customer_days_since_ordered", {}, "No earlier order from this customer is known."),
        (
            "customer_sku_days_since_ordered", {"customer_sku_days_since_ordered": 1.0},
            "The same item was ordered 1 day before.",
        ),
        ("discount", {"discount": 0.3}, "Reduced by 30%."),
        ("promised_days", {"promised_days": 7.2}, "Delivery takes 7 days (usually 4)."),
        ("basket_lines", {"basket_lines": 5.0}, "The order has 5 items (usually 2)."),
        ("basket_colours_of_style", {"basket_colours_of_style": 3.0}, "Ordered in 3 colours."),
        ("days_to_christmas", {"days_to_christmas": 12.0}, "Ordered 12 days before Christmas."),
        (
            "customer_usual_unit_price_ratio", {"customer_usual_unit_price_ratio": 1.83},
            "Costs 1.83 times what this customer usually pays.",
        ),
        ("voucher", {"voucher": "welcome"}, "Ordered with the voucher welcome."),
    ],
)  # fmt: skip
def test_a_clear_fact_is_said_in_words(reasons, column, values, sentence):
    assert reasons({column: 1.0}, **values) == [sentence]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("sku_return_rate_all", ITEM | {"sku_return_rate_all": 0.259}),  # hardly above the shop's 23 %
        ("sku_return_rate_all", ITEM | {"sku_returned_lines_all": 10.0}),  # the counts contradict the rate
        ("sku_return_rate_all", ITEM | {"sku_returned_lines_all": 0.0, "sku_kept_lines_all": 0.0}),
        ("customer_return_rate_all", CUSTOMER | {"customer_returned_lines_all": 2.0, "customer_kept_lines_all": 0.0}),
        ("style_quality_share_all", {"style_quality_share_all": 0.18}),
        ("customer_quality_share_all", {"customer_quality_share_all": 0.9}),  # nobody's business
        ("shop_return_rate_all", {"shop_return_rate_all": 0.9}),
        ("customer_age", {"customer_age": 77.0}),
        ("ordered_weekday", {"ordered_weekday": 6.0}),
        ("item", {"item": "S00012"}),
        ("belief_order_variance", {"belief_order_variance": 0.5}),
        ("fit_misfit_sd", {"fit_misfit_sd": 1.0}),
        ("basket_skus_of_style", {"basket_skus_of_style": 2.0, "basket_sizes_of_style": 2.0}),
        ("promised_days", {"promised_days": 4.5}),
        ("customer_style_days_since_ordered", {"customer_style_days_since_ordered": 400.0}),
        ("brand_return_rate_all", {"brand_return_rate_all": 0.3}),  # without a name
    ],
)
def test_what_is_not_clear_or_not_to_be_said_is_no_reason(reasons, column, values):
    assert reasons({column: 1.0}, **values) == NONE


def test_plural_forms_agree_with_the_number(reasons):
    def said(returned, kept):
        counts = {"sku_returned_lines_all": returned, "sku_kept_lines_all": kept}
        return reasons({"sku_return_rate_all": 1.0}, language="pl", **{**ITEM, **counts})[0]

    start = "Ten artykuł w rozmiarze XL:"
    assert said(1.0, 2.0) == f"{start} 1 zwrot na 3 (sklep: 23%)."
    assert said(22.0, 38.0) == f"{start} 22 zwroty na 60 (sklep: 23%)."
    assert said(12.0, 20.0) == f"{start} 12 zwrotów na 32 (sklep: 23%)."


def test_numbers_are_written_as_the_reader_does(reasons):
    assert reasons({"line_value": 1.0}, language="de", line_value=1234.5, currency="EUR") == [
        "Dieser Artikel kostet zusammen 1.234,50\xa0€ (sonst 20,00\xa0€)."
    ]
