"""Messages offer something, in the language of their reader, or there is none."""

from datetime import timedelta

import pandas as pd
import pytest

from returns_risk.explain.fields import reply_until
from tests.explain.conftest import POLICY
from tests.explain.rendered import BRACKET, KEPT_L, MOMENT, RUNS_LARGE, SITUATIONS, row, writer

SUGGESTED = {"suggested_size": "L"} | RUNS_LARGE
QUALITY = {"style_quality_share_all": 0.34}


def write(intervention="sizing_guidance", **values):
    return writer().write(intervention, row(**values))


def test_a_size_is_offered_with_the_time_until_which_an_answer_counts():
    message = write(customer_language="en", **SUGGESTED)
    assert (message.to, message.language) == ("customer", "en")
    assert message.subject == "Your order 0000435007: is the size right?"
    assert message.body == (
        "Hello,\n\n"
        "You ordered this jacket in size XL. This style fits generously; if you are between sizes, L is usually right. "
        "Reply “L” by 12:00 on 2 March and we change it free of charge. Otherwise we ship XL as ordered.\n\n"
        "Kind regards\nDemo Shop\n\n"
        "An automated estimate suggested this message; a person decides. If you have questions about it, just ask us.\n"
        "If you would rather not get such messages, reply “no messages”.\n\n"
        "Demo Shop GmbH, Musterstraße 1, 04109 Leipzig, Germany"
    )
    assert message.reply_by == pd.Timestamp("2026-03-02T11:00Z")


def test_a_choice_is_offered_between_the_sizes_ordered():
    body = write(customer_language="de", **BRACKET).body
    assert "Sie haben diese Jacke in den Größen L und XL bestellt. Wissen Sie schon, welche Größe" in body
    assert "Bisher passte Ihnen Größe L. Sollen wir nur L schicken?" in write(
        customer_language="de", suggested_size="L", size_evidence=KEPT_L, **BRACKET
    ).body  # fmt: skip


def test_a_message_knows_the_size_that_it_offers():
    assert write(**SUGGESTED).size == "L"
    assert write(suggested_size="L", size_evidence=KEPT_L).size == "L"
    assert write(suggested_size="L", size_evidence=KEPT_L, **BRACKET).size == "L"
    assert write(suggested_size="L", **BRACKET).size is None
    assert write("onboarding_help", **SUGGESTED).size is None


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"suggested_size": "L"},  # nobody knows why
        {"suggested_size": "XXL"} | RUNS_LARGE,  # the style says the opposite
        {"suggested_size": "XL", "size_evidence": KEPT_L},
        RUNS_LARGE,
    ],
)
def test_without_a_suggestion_that_can_be_said_there_is_no_message(values):
    assert writer().list_sayable(["sizing_guidance"], row(**values)) == []
    assert write(**values) is None


def test_a_note_to_the_warehouse_says_what_to_look_for_in_the_language_of_the_warehouse():
    message = write("quality_check", **QUALITY)
    assert (message.to, message.language, message.reply_by) == ("warehouse", "de", None)
    assert message.body == (
        "Bestellung 0000435007, Artikel S12: Dornfeld, Jacken, Größe XL.\n"
        "Bitte vor dem Packen prüfen: Fehler, Flecken, Verschlüsse, Funktion, Vollständigkeit.\n"
        "Dieses Modell: 34\xa0% der Retouren wegen der Qualität (sonst 16\xa0%)."
    )
    assert write("quality_check", warehouse="POZ1", **QUALITY).language == "pl"
    assert write("quality_check", warehouse="BER1", **QUALITY).language == "en"


def test_a_check_needs_a_finding_about_the_item_or_its_way():
    assert write("quality_check") is None
    assert write("quality_check", brand_category_quality_share_all=0.5) is None
    assert "Schäden am Artikel" in write("quality_check", lane_damage_share_90d=0.1).body
    assert "Schäden am Artikel" not in write("quality_check", return_reason="damaged", **QUALITY).body


@pytest.mark.parametrize(
    ("values", "language"),
    [
        ({"customer_language": "fr", "market": "DE"}, "fr"),
        ({"customer_language": "DE_at", "market": "FR"}, "de"),
        ({"customer_language": "sv", "market": "PL"}, "pl"),
        ({"customer_language": None, "market": "NL"}, "nl"),
        ({"customer_language": None, "market": "SE"}, "en"),
        ({"market": None}, "en"),
    ],
)
def test_customers_read_their_own_language_else_that_of_the_market(values, language):
    assert write("onboarding_help", **values).language == language


def test_an_intervention_without_a_text_has_no_message():
    assert write("call") is None
    assert writer().list_sayable(["call"], row()) == []


def test_what_can_be_written_is_written():
    for intervention, situations in SITUATIONS.items():
        for values in [*situations, {}]:
            sayable = writer().list_sayable([intervention], row(**values))
            assert sayable == ([intervention] if writer().write(intervention, row(**values)) is not None else [])


def test_texts_of_the_policy_replace_those_of_the_library():
    texts = POLICY.messages.model_copy(
        update={"shop": "Acme", "opt_out": {"en": "No more? Tell us."}, "transparency": {"en": "T."}, "footer": {}}
    )
    message = writer(messages=texts).write("onboarding_help", row(customer_language="en"))
    assert message is not None
    assert message.body.endswith("Kind regards\nAcme\n\nT.\nNo more? Tell us.")


def test_a_line_break_in_the_data_begins_no_header_of_a_mail():
    message = write("onboarding_help", order_id="O-7\nBcc: x@example.com", customer_language="en")
    assert message.subject == "Your order O-7 Bcc: x@example.com: help with the first steps"


def test_placeholders_in_the_data_stay_as_they_are():
    assert "{sku}" in write("onboarding_help", order_id="{sku}").subject


@pytest.mark.parametrize(
    ("ship_by", "until"),
    [
        (None, "2026-03-02T12:00+01:00"),
        ("2026-02-27T12:00Z", None),  # overdue
        ("2026-03-01T23:00Z", None),
        ("2026-03-04T12:00Z", "2026-03-03T12:00+01:00"),
        ("2026-03-03T13:00Z", "2026-03-03T12:00+01:00"),
        ("2026-03-03T12:59Z", "2026-03-02T12:00+01:00"),
        ("2026-03-02T12:00Z", "2026-03-02T11:00+01:00"),
        ("2026-03-02T08:00Z", None),
    ],
)
def test_an_answer_counts_until_noon_of_the_next_day_or_two_hours_before_the_line_ships(ship_by, until):
    moment = MOMENT.tz_convert("Europe/Berlin")
    limit = None if ship_by is None else pd.Timestamp(ship_by)
    assert reply_until(moment, limit, POLICY.messages) == (None if until is None else pd.Timestamp(until))


@pytest.mark.parametrize("ship_by", [MOMENT, MOMENT - timedelta(days=1)])
def test_an_overdue_line_gets_no_question_and_no_day_of_delivery(ship_by):
    assert write(ship_by=ship_by, **SUGGESTED) is None
    assert write("confirm_with_customer", ship_by=ship_by) is None
    assert writer().list_sayable(["confirm_with_customer"], row(ship_by=ship_by)) == []
    assert write("onboarding_help", ship_by=ship_by) is not None
    assert write("quality_check", ship_by=ship_by, **QUALITY) is not None


def test_a_line_that_ships_before_anybody_can_answer_gets_no_question():
    soon = MOMENT + timedelta(hours=9)
    assert write(ship_by=soon, **SUGGESTED) is None
    assert write("onboarding_help", ship_by=soon) is not None
