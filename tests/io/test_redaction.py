"""What names, reaches or locates a person is gone; all else is as it was."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.io.redaction import redact
from shop_simulator.comments import PERSONAL_DATA, TEXTS

HARMLESS = [
    *(text for language in TEXTS.values() for reason in language for text in reason),
    "Größe 38/40 statt 36, SKU 4711-0815, bestellt am 2026-03-02 um 14:30",
    "ordered 2, too small, order 0000435018",
    "called twice, no answer; 19.90 EUR back",
]
PLANTED = [
    ("anna.muster@example.com", "[email]"),
    ("anna.muster(at)example.com", "[email]"),
    ("DE89 3704 0044 0532 0130 00", "[iban]"),
    ("NL91ABNA0417164300", "[iban]"),
    ("4111 1111 1111 1111", "[card]"),
    ("5500-0000-0000-0004", "[card]"),
    ("+49 30 1234567", "[phone]"),
    ("0031 20 7654321", "[phone]"),
    ("030 901820", "[phone]"),
    ("06 12 34 56 78", "[phone]"),
    ("Musterstraße 12a, 10115 Berlin", "[address]"),
    ("Keizersgracht 5, 1015 CJ Amsterdam", "[address]"),
    ("12 rue de l'Exemple, 75000 Paris", "[address]"),
    ("ul. Przykładowa 5/7, 00-950 Warszawa", "[address]"),
    ("Frau Anna Muster", "[name]"),
    ("Herrn von der Heide", "[name]"),
    ("Mme Martin", "[name]"),
]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_nobodys_stays_as_it_is(text):
    assert redact(text) == text


@pytest.mark.parametrize(("planted", "by"), PLANTED)
def test_what_is_somebodys_is_replaced(planted, by):
    assert redact(f"Zu klein, {planted}. danke") == f"Zu klein, {by}. danke"


@pytest.mark.parametrize("planted", PERSONAL_DATA)
def test_what_the_made_up_shop_plants_is_gone(planted):
    told = redact(f"Zu klein. {planted}")
    words = [word for word in planted.replace(",", " ").split() if len(word) > 3 and word not in ("IBAN", "Visa")]
    assert told.startswith("Zu klein. ")
    assert not [word for word in words if word in told]


def test_who_signs_is_gone():
    assert redact("Bitte umtauschen. Viele Grüße, Anna Muster") == "Bitte umtauschen. [name]"
    assert redact("too small\nKind regards,\nJohn de Vries") == "too small\n[name]"


# What a pattern begins with, over and over, and never ends.
ENDLESS = [
    "A", "a", "é", "1", "A1", "AA1", "AA11 ", "A. ", "Aa ", "Aa-", "A'", "a.", "a@", "a@a.", "+1 (", "00", "0049 ",
    "12bis rue", "ul. a ", "Astraße ", "1 Aa ", "Aa Aa, ", "von ", "Frau von ", "lg, ", "IBAN ", "1/", "1 ",
    "030 901820 ", "1 rue ", " ",
]  # fmt: skip


@pytest.mark.parametrize("piece", ENDLESS)
def test_a_long_text_takes_no_more_time_than_its_length_asks_for(piece):
    # 16 KB of "A" took far longer when each letter was tried against all that follow.
    text = (piece * 16_000)[:16_000]
    begun = time.process_time()
    redact(text)
    assert time.process_time() - begun < 6


def test_a_long_name_an_address_and_a_mailbox_are_gone_to_their_ends():
    for planted, by in [
        ("Frau Wolfeschlegelsteinhausenbergerdorff-Wolfeschlegelsteinhausen", "[name]"),
        ("Bürgermeister-Doktor-Hindenburg-Wolfeschlegelsteinhausenstraße 12a, 10115 Berlin", "[address]"),
        (f"{'anna.muster.' * 12}x@mail.{'example.' * 6}com", "[email]"),
    ]:
        assert redact(f"Zu klein, {planted}. danke") == f"Zu klein, {by}. danke"


words = st.lists(st.sampled_from(" ".join(HARMLESS).split()), max_size=8).map(" ".join)


@settings(deadline=None)
@given(before=words, planted=st.sampled_from(PLANTED), after=words)
def test_it_is_gone_wherever_it_stands_and_a_second_time_changes_nothing(before, planted, after):
    told = redact(f"{before} {planted[0]} {after}")
    assert planted[0] not in told
    assert redact(told) == told
