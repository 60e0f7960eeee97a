"""Personal data is removed from free text, and other text stays unchanged."""

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
def test_text_without_personal_data_stays_unchanged(text):
    assert redact(text) == text


@pytest.mark.parametrize(("planted", "by"), PLANTED)
def test_personal_data_is_replaced(planted, by):
    assert redact(f"Zu klein, {planted}. danke") == f"Zu klein, {by}. danke"


@pytest.mark.parametrize("planted", PERSONAL_DATA)
def test_the_personal_data_of_the_simulated_shop_is_removed(planted):
    redacted = redact(f"Zu klein. {planted}")
    parts = [part for part in planted.replace(",", " ").split() if len(part) > 3 and part not in ("IBAN", "Visa")]
    assert redacted.startswith("Zu klein. ")
    assert not [part for part in parts if part in redacted]


def test_signatures_are_removed():
    assert redact("Bitte umtauschen. Viele Grüße, Anna Muster") == "Bitte umtauschen. [name]"
    assert redact("too small\nKind regards,\nJohn de Vries") == "too small\n[name]"


# Beginnings of patterns, to be repeated without an end.
ENDLESS = [
    "A", "a", "é", "1", "A1", "AA1", "AA11 ", "A. ", "Aa ", "Aa-", "A'", "a.", "a@", "a@a.", "+1 (", "00", "0049 ",
    "12bis rue", "ul. a ", "Astraße ", "1 Aa ", "Aa Aa, ", "von ", "Frau von ", "lg, ", "IBAN ", "1/", "1 ",
    "030 901820 ", "1 rue ", " ",
]  # fmt: skip


@pytest.mark.parametrize("piece", ENDLESS)
def test_the_time_is_proportional_to_the_length_of_the_text(piece):
    # 16 KB of "A" took far longer when each letter was tried against all that follow.
    text = (piece * 16_000)[:16_000]
    start = time.process_time()
    redact(text)
    assert time.process_time() - start < 6


def test_long_names_addresses_and_mailboxes_are_removed_completely():
    for planted, by in [
        ("Frau Wolfeschlegelsteinhausenbergerdorff-Wolfeschlegelsteinhausen", "[name]"),
        ("Bürgermeister-Doktor-Hindenburg-Wolfeschlegelsteinhausenstraße 12a, 10115 Berlin", "[address]"),
        (f"{'anna.muster.' * 12}x@mail.{'example.' * 6}com", "[email]"),
    ]:
        assert redact(f"Zu klein, {planted}. danke") == f"Zu klein, {by}. danke"


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("4111 1111 1111 1111 38/40", "[card] 38/40"),
        ("38 4111-1111-1111-1111", "38 [card]"),
        ("4111 1111 1111 1111 4111111111111111 9", "[card] [card] 9"),
        ("4111 1111 1111 1112 38", "4111 1111 1111 1112 38"),
        ("38/40 030 901820", "38/40 [phone]"),
        ("2026-03-02 030 901820", "2026-03-02 [phone]"),
        ("order 0000435018 06 12 34 56 78", "order 0000435018 [phone]"),
    ],
)
def test_cards_and_telephone_numbers_are_removed_beside_other_numbers(text, redacted):
    assert redact(text) == redacted


phrases = st.lists(st.sampled_from(" ".join(HARMLESS).split()), max_size=8).map(" ".join)


@settings(deadline=None)
@given(before=phrases, planted=st.sampled_from(PLANTED), after=phrases)
def test_personal_data_is_removed_anywhere_and_redacting_twice_changes_nothing(before, planted, after):
    redacted = redact(f"{before} {planted[0]} {after}")
    assert planted[0] not in redacted
    assert redact(redacted) == redacted
