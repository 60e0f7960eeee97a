"""What is said of a fact, word for word in both languages."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.explain import load_language
from returns_risk.explain.wording import write_number

SKU = {
    "sku_return_rate_90d": 0.38,
    "sku_returned_lines_90d": 4.0,
    "sku_kept_lines_90d": 5.0,
    "sku_returned_lines_all": 1.0,
    "sku_kept_lines_all": 49.0,
    "sku_size_share_all": 0.5,
}
STYLE = {
    "style_return_rate_90d": 0.333,
    "style_ordered_lines_90d": 9.0,
    "style_returned_lines_90d": 11.0,
    "style_return_rate_all": 0.05,
    "style_ordered_lines_all": 1200.0,
    "style_returned_lines_all": 0.0,
    "style_pending_lines": 200.0,
    "style_usual_unit_price_ratio": 1.25,
}
KEPT = "customer_category_kept_size_difference"
SAID = [
    (
        "sku_return_rate_90d",
        SKU,
        (
            "4 of 9 lines of this item came back in the last 90 days, 5 stayed (38% smoothed, typical is 21%); "
            "raises the risk, little evidence (9 lines)."
        ),
        (
            "Von 9 Positionen dieses Artikels kamen in den letzten 90 Tagen 4 zurück, behalten: 5 "
            "(geglättet 38 %, typisch: 21 %); erhöht das Risiko, wenig belegt (9 Positionen)."
        ),
    ),
    (
        "sku_returned_lines_all",
        SKU,
        (
            "1 of 50 lines of this item came back so far, 49 stayed (typical is 2); "
            "raises the risk, well evidenced (50 lines)."
        ),
        (
            "Von 50 Positionen dieses Artikels kam bisher 1 zurück, behalten: 49 (typisch: 2); "
            "erhöht das Risiko, gut belegt (50 Positionen)."
        ),
    ),
    (
        "sku_return_rate_90d",
        SKU | {"sku_returned_lines_90d": 0.0, "sku_kept_lines_90d": 0.0},
        (
            "The smoothed share of lines of this item that came back in the last 90 days is 38% (typical is 21%); "
            "raises the risk, no evidence of its own."
        ),
        (
            "Der geglättete Anteil der Positionen dieses Artikels, der in den letzten 90 Tagen zurückkam, beträgt 38 % "
            "(typisch: 21 %); erhöht das Risiko, ohne eigenen Beleg."
        ),
    ),
    (
        "sku_size_share_all",
        SKU,
        (
            "Of the lines of this item that came back so far, 50% did so because of the size, smoothed "
            "(typical is 35%); raises the risk, little evidence (1 line)."
        ),
        (
            "Von den Positionen dieses Artikels, die bisher zurückkamen, kamen 50 % wegen der Größe zurück, geglättet "
            "(typisch: 35 %); erhöht das Risiko, wenig belegt (1 Position)."
        ),
    ),
    (  # More came back in that time than was ordered in it: no part of it.
        "style_return_rate_90d",
        STYLE,
        (
            "9 lines of this style ordered in the last 90 days, 11 came back in that time (33% smoothed); "
            "raises the risk, little evidence (8 lines)."
        ),
        (
            "9 Positionen dieses Modells in den letzten 90 Tagen bestellt, in dieser Zeit kamen 11 zurück "
            "(geglättet 33 %); erhöht das Risiko, wenig belegt (8 Positionen)."
        ),
    ),
    (
        "style_return_rate_all",
        STYLE,
        (
            "None of 1,200 lines of this style, those still open included, came back so far (5.0% smoothed); "
            "raises the risk, well evidenced (1,000 lines)."
        ),
        (
            "Von 1.200 Positionen dieses Modells, noch offene eingerechnet, kam bisher keine zurück (geglättet 5,0 %); "
            "erhöht das Risiko, gut belegt (1.000 Positionen)."
        ),
    ),
    (
        "style_usual_unit_price_ratio",
        STYLE,
        (
            "The price is 1.25 times the usual one of lines of this style (typical is 1.03); "
            "raises the risk, well evidenced (1,199 lines)."
        ),
        (
            "Der Preis ist das 1,25-Fache des üblichen von Positionen dieses Modells (typisch: 1,03); "
            "erhöht das Risiko, gut belegt (1.199 Positionen)."
        ),
    ),
    (
        "market_return_rate_all",
        {"market_return_rate_all": 0.303},
        "The smoothed share of lines to this market that came back so far is 30% (typical is 25%); raises the risk.",
        (
            "Der geglättete Anteil der Positionen in diesem Markt, der bisher zurückkam, beträgt 30 % (typisch: 25 %); "
            "erhöht das Risiko."
        ),
    ),
    (
        "customer_style_ordered_lines_all",
        {"customer_style_ordered_lines_all": 3.0},
        "3 lines of this style from this customer were ordered so far, this order included; raises the risk.",
        (
            "3 Positionen dieses Modells aus diesem Kundenkonto wurden mit dieser Bestellung bisher bestellt; "
            "erhöht das Risiko."
        ),
    ),
    (
        "customer_ordered_money_30d",
        {"customer_ordered_money_30d": 1234.5},
        (
            "Goods worth 1,234.50 from this customer were ordered in the last 30 days (typical is 218.56); "
            "raises the risk."
        ),
        (
            "Waren aus diesem Kundenkonto im Wert von 1.234,50 wurden in den letzten 30 Tagen bestellt "
            "(typisch: 218,56); erhöht das Risiko."
        ),
    ),
    (
        "customer_brand_days_since_returned",
        {"customer_brand_days_since_returned": 1.0},
        "The last line of this brand from this customer was sent back 1 day ago; raises the risk.",
        "Die letzte Position dieser Marke aus diesem Kundenkonto wurde vor 1 Tag zurückgeschickt; erhöht das Risiko.",
    ),
    (
        "customer_ordered_days_all",
        {"customer_ordered_days_all": 2.0},
        "On 2 days lines from this customer were ordered so far, this order included; raises the risk.",
        (
            "Positionen aus diesem Kundenkonto wurden mit dieser Bestellung bisher bestellt, und zwar an 2 Tagen; "
            "erhöht das Risiko."
        ),
    ),
    (  # A count is what it is: it rests on nothing else.
        "customer_cancelled_lines_all",
        {"customer_cancelled_lines_all": 1.0, "customer_returned_lines_all": 5.0, "customer_kept_lines_all": 5.0},
        "1 line from this customer was cancelled so far; raises the risk.",
        "1 Position aus diesem Kundenkonto wurde bisher storniert; erhöht das Risiko.",
    ),
    (
        "customer_days_since_ordered",
        {"customer_days_since_ordered": np.nan},
        "No earlier line from this customer is known; raises the risk.",
        "Keine frühere Position aus diesem Kundenkonto ist bekannt; erhöht das Risiko.",
    ),
    (
        "brand_return_rate_trend_30d_365d",
        {"brand_return_rate_trend_30d_365d": 0.034},
        (
            "Of every 100 lines of this brand about 3 more came back in the last 30 days than in the last 365 days, "
            "smoothed; raises the risk."
        ),
        (
            "Von je 100 Positionen dieser Marke kamen in den letzten 30 Tagen etwa 3 mehr zurück als in den letzten "
            "365 Tagen, geglättet; erhöht das Risiko."
        ),
    ),
    (
        KEPT,
        {KEPT: 1.5, "size": "L", "customer_category_kept_lines_all": 12.0},
        (
            "Size L is 1.5 sizes above the average of what was kept of lines of this category from this customer; "
            "raises the risk, well evidenced (12 lines)."
        ),
        (
            "Größe L liegt 1,5 Größen über dem Mittel dessen, was von Positionen dieser Kategorie aus diesem "
            "Kundenkonto behalten wurde; erhöht das Risiko, gut belegt (12 Positionen)."
        ),
    ),
    (  # A step of numbered sizes is no size: 40 and 42 are neighbours.
        KEPT,
        {KEPT: -2.5, "size": "38", "customer_category_kept_lines_all": 3.0},
        (
            "Ordered in size 38; what was kept of lines of this category from this customer is size 40.5 on average; "
            "raises the risk, some evidence (3 lines)."
        ),
        (
            "Bestellt in Größe 38; was von Positionen dieser Kategorie aus diesem Kundenkonto behalten wurde, ist im "
            "Mittel Größe 40,5; erhöht das Risiko, teilweise belegt (3 Positionen)."
        ),
    ),
    (
        KEPT,
        {KEPT: -1.0},
        (
            "The size is 1 step below the average of what was kept of lines of this category from this customer; "
            "raises the risk."
        ),
        (
            "Die Größe liegt 1 Stufe unter dem Mittel dessen, was von Positionen dieser Kategorie aus diesem "
            "Kundenkonto behalten wurde; erhöht das Risiko."
        ),
    ),
    (
        "basket_sizes_of_style",
        {"basket_sizes_of_style": 2.0, "sizes_of_style": ("M", "L")},
        "This style is ordered in more than one size: M and L (typical is 1); raises the risk.",
        "Dieses Modell ist in mehr als einer Größe bestellt: M und L (typisch: 1); erhöht das Risiko.",
    ),
    (  # Sizes that do not add up to what was counted are not named.
        "basket_sizes_of_style",
        {"basket_sizes_of_style": 3.0, "sizes_of_style": ("M", "L")},
        "This style is in the order in 3 sizes (typical is 1); raises the risk.",
        "Dieses Modell ist in 3 Größen bestellt (typisch: 1); erhöht das Risiko.",
    ),
    (
        "discount",
        {"discount": 0.034},
        "The item is 3.4% below its list price (typical is 0%); raises the risk.",
        "Der Artikel liegt 3,4 % unter seinem Listenpreis (typisch: 0 %); erhöht das Risiko.",
    ),
    (
        "discount",
        {"discount": 0.0},
        "The item is at its list price (typical is 0%); raises the risk.",
        "Der Artikel kostet seinen Listenpreis (typisch: 0 %); erhöht das Risiko.",
    ),
    (  # A weekday is not held against a middle weekday.
        "ordered_weekday",
        {"ordered_weekday": 6.0},
        "Ordered on a Sunday; raises the risk.",
        "Bestellt an einem Sonntag; erhöht das Risiko.",
    ),
    (
        "ordered_month",
        {"ordered_month": 3.0},
        "Ordered in March; raises the risk.",
        "Bestellt im März; erhöht das Risiko.",
    ),
    (
        "ordered_hour",
        {"ordered_hour": 7.0},
        "Ordered in the hour from 07:00; raises the risk.",
        "Bestellt in der Stunde ab 07:00 Uhr; erhöht das Risiko.",
    ),
    ("size", {"size": "42"}, "The size is 42; raises the risk.", "Die Größe ist 42; erhöht das Risiko."),
    (
        "size",
        {"size": "one size"},
        "The size is one size; raises the risk.",
        "Die Größe ist Einheitsgröße; erhöht das Risiko.",
    ),
    (
        "brand",
        {"brand": None},
        "The brand is not known; raises the risk.",
        "Die Marke ist nicht bekannt; erhöht das Risiko.",
    ),
    (  # What a shop's data hold is text, whatever it looks like.
        "brand",
        {"brand": "{n} & {of}"},
        "The brand is {n} & {of}; raises the risk.",
        "Die Marke ist {n} & {of}; erhöht das Risiko.",
    ),
]


@pytest.mark.parametrize(("column", "values", "english", "german"), SAID)
def test_a_fact_reads_well_in_both_languages(reasons, column, values, english, german):
    assert reasons({column: 1.0}, **values) == [english]
    assert reasons({column: 1.0}, language="de", **values) == [german]


TOLD = [
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
]


@pytest.mark.parametrize(("column", "values", "english", "german"), TOLD)
def test_a_customer_is_addressed_with_what_is_theirs(customer_reasons, column, values, english, german):
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
def test_a_customer_is_not_told_of_others_nor_of_what_says_nothing(customer_reasons, column, values):
    assert customer_reasons({column: 1.0}, **values) == []
    assert customer_reasons({column: 1.0}, language="de", **values) == []


def test_a_customer_is_told_the_next_fact_of_a_factor_where_the_strongest_is_not_for_them(customer_reasons):
    values = {"unit_price": 30.0, "quantity": 3.0, "payment_method": "invoice", "size": "M"}
    told = customer_reasons({"payment_method": 0.5, "quantity": 0.1, "size": 0.2}, **values)
    assert told == ["You have chosen 3 pieces of this item."]


def test_that_a_size_was_chosen_is_nothing_to_tell_the_customer_but_what_comes_after_it_is(customer_reasons):
    values = {"size": "L", "quantity": 3.0}
    assert customer_reasons({"size": 0.5}, **values) == []
    assert customer_reasons({"size": 0.5}, "de", **values) == []
    assert customer_reasons({"size": 0.5, "quantity": 0.1}, "de", **values) == [
        "Sie haben 3 Stück dieses Artikels gewählt."
    ]


@settings(deadline=None)
@given(value=st.floats(-1e9, 1e9), kind=st.sampled_from(["share", "count", "money", "ratio", "days"]))
def test_a_number_differs_between_languages_only_in_its_signs(value, kind):
    english = write_number(value, kind, load_language("en"))
    german = write_number(value, kind, load_language("de"))
    assert german == english.translate(str.maketrans(",.", ".,")).replace("%", " %")
    assert english.rstrip("%") not in ("-0", "-0.0", "-0.00")


BRAND = {
    "brand": "Acme",
    "brand_return_rate_all": 0.33,
    "brand_ordered_lines_all": 1204.0,
    "brand_returned_lines_all": 402.0,
    "brand_pending_lines": 4.0,
    "shop_return_rate_all": 0.22,
}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            (
                "The brand is Acme: 402 of 1,204 lines of this brand, those still open included, came back so far "
                "(33% smoothed, whole shop 22%); raises the risk, well evidenced (1,200 lines)."
            ),
        ),
        (
            "de",
            (
                "Die Marke ist Acme: von 1.204 Positionen dieser Marke, noch offene eingerechnet, kamen bisher 402 "
                "zurück (geglättet 33 %, ganzer Shop: 22 %); erhöht das Risiko, gut belegt (1.200 Positionen)."
            ),
        ),
    ],
)
def test_what_merely_names_something_is_told_with_what_came_back_of_it(reasons, language, said):
    assert reasons({"brand": 0.3}, language=language, **BRAND) == [said]


def test_a_past_that_points_the_other_way_is_not_told(reasons, lowering, customer_reasons):
    assert reasons({"brand": 0.3}, **BRAND | {"brand_return_rate_all": 0.1}) == ["The brand is Acme; raises the risk."]
    few = BRAND | {"brand_returned_lines_all": 40.0}
    assert reasons({"brand": 0.3}, **few) == ["The brand is Acme; raises the risk."]
    (lower,) = lowering({"brand": -0.3}, **few | {"brand_return_rate_all": 0.1})
    assert lower.startswith("The brand is Acme: 40 of 1,204 lines")
    assert reasons({"brand": 0.3}, brand="Acme") == ["The brand is Acme; raises the risk."]
    assert customer_reasons({"brand": 0.3}, **BRAND) == []


def test_attributes_have_the_past_of_what_they_name(topics):
    pasts = {topic.name: topic.past.entity for topic in topics if topic.past is not None}
    assert pasts == {
        "brand": "brand", "category": "category", "market_name": "market", "payment_method": "payment",
        "size": "size_category", "warehouse": "lane",
    }  # fmt: skip
