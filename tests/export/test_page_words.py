"""The words of page and workbook: every language has all of them, with the same fields, and spells them right."""

import re
from pathlib import Path

import pytest
import simplemma
import yaml

from returns_risk.config.policy import load_policy
from returns_risk.export import page_words
from returns_risk.export.page_words import LANGUAGES, PageWords
from returns_risk.features import FeatureSet
from tests.export.small_pages import ROOT

FORMS = {"one", "few", "many", "other"}
ACCEPTED = yaml.safe_load(Path(__file__).with_name("accepted_words.yaml").read_text(encoding="utf-8"))
_NO_WORDS = re.compile(r"\{\w+\}|returns-risk(?: \w+)+(?:\.xlsx)?")
"""Fields and commands."""


def leaves(words, path=()):
    """All texts by key; plural forms count as one, since languages have different ones."""
    for key, value in words.items():
        if isinstance(value, dict) and not value.keys() <= FORMS:
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key), value


def fields(text):
    return sorted(set(re.findall(r"\{(\w+)\}", text)))


def spelt(language):
    """All words of two letters and more."""
    texts = [text for key, text in leaves(PageWords(language).all) if key != ("locale",)]
    forms = [form for text in texts for form in (text.values() if isinstance(text, dict) else [text])]
    return {word for form in forms for word in re.findall(r"[^\W\d_]{2,}", _NO_WORDS.sub(" ", form))}


def test_the_demo_has_all_languages_of_its_markets():
    assert LANGUAGES == ("de", "en", "fr", "nl", "pl")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_text_with_its_fields(language):
    english, words = dict(leaves(PageWords("en").all)), dict(leaves(PageWords(language).all))
    assert list(words) == list(english)
    for key, text in words.items():
        forms = list(text.values()) if isinstance(text, dict) else [text]
        expected = english[key]["other"] if isinstance(english[key], dict) else english[key]
        assert all(isinstance(form, str) and form.strip() for form in forms), key
        assert {tuple(fields(form)) for form in forms} == {tuple(fields(expected))}, key


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en"}))
def test_hardly_a_text_is_the_same_as_in_english(language):
    english, words = dict(leaves(PageWords("en").all)), dict(leaves(PageWords(language).all))
    same = [key[-1] for key, text in words.items() if text == english[key]]
    assert len(same) <= 12, same


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_spelt_as_in_a_dictionary(language):
    words, accepted = spelt(language), {*ACCEPTED["names"], *ACCEPTED[language]}
    assert len(words) > 300
    assert sorted(word for word in words - accepted if not simplemma.is_known(word, lang=language)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_accepted_word_is_superfluous(language):
    assert set(ACCEPTED[language]) <= spelt(language)


def test_every_name_of_the_demo_is_in_the_words():
    words, policy = PageWords("en").all, load_policy(ROOT / "policy.yaml")
    assert set(policy.interventions) <= words["interventions"].keys()
    assert set(policy.sku_actions) <= words["sku_actions"].keys()
    reasons = {reason for each in policy.interventions.values() for reason in each.effect}
    assert reasons - {"any"} <= words["return_reasons"].keys()


def test_every_entity_of_the_definitions_has_a_name_that_people_read():
    from returns_risk.explain import list_topics

    sets = [FeatureSet.load(ROOT / "features" / name) for name in ("definitions", "wide")]
    topics = [topic for features in sets for topic in list_topics(features.features, features)]
    names = PageWords("en").all["factors"]
    assert sorted(names.keys() - {"all else"}) == sorted({topic.entity for topic in topics})
    assert len(set(names.values())) == len(names)


def test_a_language_without_a_file_is_shown_in_english():
    assert PageWords("es").language == "en"
    assert PageWords("de-AT").language == "de"


def test_no_word_is_one_that_the_review_struck_out():
    text = "\n".join(file.read_text() for file in (page_words._FOLDER).glob("en.yaml"))
    banned = ("left alone", "a person decides", "smoothed", "typical", "evidence thin", "as believed", "if all goes")
    assert [word for word in banned if word in text] == []
    assert yaml.safe_load(text)["tables"]["what_if"] == "What if our assumptions are off?"
