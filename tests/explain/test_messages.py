"""What is written about a line before it ships."""

import numpy as np
import pytest

from returns_risk.errors import ParamsError
from returns_risk.explain import write_message

LINE = {"order_id": "O-7", "sku": "S12", "brand": "Dornfeld", "category": "dresses", "colour": "brown", "size": "42"}
INTERVENTIONS = ["sizing_guidance", "quality_check", "confirm_with_customer", "onboarding_help"]


def test_sizing_guidance_in_english():
    letter = write_message("sizing_guidance", LINE, "You have chosen the same style in two sizes.", "en")
    assert letter.to == "customer"
    assert letter.subject == "Your order O-7: does the size fit?"
    assert letter.body == (
        "Hello,\n\n"
        "thank you for your order O-7. Before it leaves us we would like to help with the size of this item:\n"
        "Dornfeld dresses brown, size 42.\n\n"
        "Why we ask: You have chosen the same style in two sizes.\n\n"
        "If you would rather have another size, just reply to this message and we will change it. "
        "If everything is right, there is nothing for you to do.\n"
    )


def test_confirmation_in_german():
    letter = write_message("confirm_with_customer", LINE, "Sie haben 3 Varianten desselben Modells gewählt.", "de")
    assert letter.to == "customer"
    assert letter.subject == "Ihre Bestellung O-7: Stimmt alles?"
    assert letter.body.startswith("Guten Tag,\n\nvielen Dank für Ihre Bestellung O-7. ")
    assert "\nDornfeld dresses brown, Größe: 42.\n\n" in letter.body
    assert "\nWarum wir nachfragen: Sie haben 3 Varianten desselben Modells gewählt.\n" in letter.body


def test_a_quality_check_is_a_note_to_the_warehouse():
    letter = write_message("quality_check", LINE, None, "de")
    assert letter.to == "warehouse"
    assert letter.subject == "Vor dem Packen prüfen: Bestellung O-7, Dornfeld dresses brown"
    assert letter.body == (
        "Bestellung O-7\n"
        "Artikel: Dornfeld dresses brown (S12), Größe: 42\n"
        "Bitte vor dem Packen prüfen: Schäden, Fehler, Vollständigkeit, und ob es der bestellte Artikel in der "
        "bestellten Größe ist.\n"
        "Befund: kein einzelner Befund ragt heraus.\n"
    )


@pytest.mark.parametrize("language", ["en", "de"])
def test_an_intervention_without_a_template_has_the_general_one(language):
    letter = write_message("gift_wrap", LINE, "Reason.", language)
    assert letter == write_message("any", LINE, "Reason.", language)
    assert "O-7" in letter.subject
    assert "Reason." in letter.body


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("intervention", INTERVENTIONS)
def test_a_line_of_which_little_is_known_has_a_message_too(language, intervention):
    letter = write_message(
        intervention, {"order_id": "O-7", "sku": "S12", "brand": None, "size": np.nan}, None, language
    )
    assert "S12" in letter.body
    for word in ("{", "None", "nan,", "nan."):
        assert word not in letter.subject + letter.body


@pytest.mark.parametrize("size", ["one size", "One Size "])
def test_a_size_that_has_a_name_in_the_language_is_called_by_it(size):
    assert "brown, Größe: Einheitsgröße.\n" in write_message("any", LINE | {"size": size}, None, "de").body
    assert f"brown, size {size.strip()}.\n" in write_message("any", LINE | {"size": size}, None, "en").body


def test_a_line_break_in_the_data_begins_no_line_of_the_message():
    letter = write_message("sizing_guidance", LINE | {"order_id": "O-7\nBcc: x@example.com"}, None, "en")
    assert letter.subject == "Your order O-7 Bcc: x@example.com: does the size fit?"


def test_placeholders_in_the_data_stay_as_they_are():
    letter = write_message("any", LINE | {"brand": "{order_id}"}, "{sku}", "en")
    assert "{order_id} dresses brown" in letter.body
    assert "Why we write: {sku}\n" in letter.body


def test_a_language_without_a_file_is_refused():
    with pytest.raises(ParamsError, match="'fr' has no file"):
        write_message("any", LINE, None, "fr")
