"""Facts about a line as staff read them, word for word in both languages."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.explain import load_language
from returns_risk.explain.wording import write_number

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "sentences.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["column"] for case in CASES])
def test_a_fact_reads_well_in_both_languages(reasons, case):
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in case["values"].items()}
    assert reasons({case["column"]: 1.0}, **values) == [case["en"]]
    assert reasons({case["column"]: 1.0}, language="de", **values) == [case["de"]]


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
    ("language", "expected"),
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
def test_an_attribute_appears_with_its_past_returns(reasons, language, expected):
    assert reasons({"brand": 0.3}, language=language, **BRAND) == [expected]


def test_past_returns_that_point_the_other_way_are_left_out(reasons, lowering, customer_reasons):
    assert reasons({"brand": 0.3}, **BRAND | {"brand_return_rate_all": 0.1}) == ["The brand is Acme; raises the risk."]
    few = BRAND | {"brand_returned_lines_all": 40.0}
    assert reasons({"brand": 0.3}, **few) == ["The brand is Acme; raises the risk."]
    (lower,) = lowering({"brand": -0.3}, **few | {"brand_return_rate_all": 0.1})
    assert lower.startswith("The brand is Acme: 40 of 1,204 lines")
    assert reasons({"brand": 0.3}, brand="Acme") == ["The brand is Acme; raises the risk."]
    assert customer_reasons({"brand": 0.3}, **BRAND) == []


def test_attributes_have_the_history_of_their_value(topics):
    pasts = {topic.name: topic.past.entity for topic in topics if topic.past is not None}
    assert pasts == {
        "brand": "brand", "category": "category", "market_name": "market", "payment_method": "payment",
        "size": "size_category", "warehouse": "lane",
    }  # fmt: skip
