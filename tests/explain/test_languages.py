"""Every language is complete, says no more than it should, and gives way to the words of the shop."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.config.messages import LanguagesPolicy
from returns_risk.errors import ParamsError
from returns_risk.explain import load_language, require_texts
from returns_risk.explain.language import list_languages, placeholders
from returns_risk.explain.texts import count_words, plural_forms
from returns_risk.explain.wording import MOST_WORDS, say
from tests.explain.conftest import POLICY, ROOT
from tests.explain.rendered import FILE, facts, messages, render_all, row

LANGUAGES = ["de", "en", "fr", "nl", "pl"]
JARGON = {
    "en": ("smoothed", "typical", "evidence", "raises", "risk", "probab", "system", "factor", "line"),
    "de": ("geglättet", "typisch", "beleg", "risiko", "wahrscheinlich", "system", "faktor", "position"),
    "fr": ("lissé", "typique", "preuve", "risque", "probab", "système", "facteur", "ligne"),
    "nl": ("gladgestreken", "typisch", "bewijs", "risico", "waarschijnlijk", "systeem", "factor", "regel"),
    "pl": ("wygładz", "typow", "dowód", "ryzyk", "prawdopodob", "system", "czynnik", "pozycj"),
}
ACCUSING = {
    "en": ("abuse", "fraud", "suspic", "serial", "always", "blame", "fault of"),
    "de": ("missbrauch", "betrug", "verdächt", "auffällig", "immer", "schuld"),
    "fr": ("abus", "fraude", "suspect", "toujours", "faute de"),
    "nl": ("misbruik", "fraude", "verdacht", "altijd", "schuld"),
    "pl": ("nadużyc", "oszust", "podejrzan", "zawsze", "wina"),
}
RETURNS = {
    "en": ("return", "send back", "sent back", "quality", "fault", "complain", "others"),
    "de": ("retour", "rücksend", "zurück", "qualität", "fehler", "mangel", "andere kund"),
    "fr": ("retour", "renvo", "qualité", "défaut", "autres clients"),
    "nl": ("retour", "terug", "kwaliteit", "gebrek", "andere klanten"),
    "pl": ("zwrot", "zwróc", "odesł", "jakoś", "wad", "inni klienci"),
}
"""What customers never read: returns, theirs or others', and an item's quality."""


def test_there_are_the_languages_of_the_markets():
    assert list(list_languages()) == LANGUAGES
    assert set(POLICY.languages.names) == set(LANGUAGES)


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_language_has_all_texts_and_names_that_english_has_and_no_others(name):
    assert placeholders(load_language(name)).keys() == placeholders(load_language("en")).keys()


def test_every_sentence_is_as_it_was_reviewed():
    """``python -m tests.explain.rendered`` writes the file anew."""
    assert render_all() == FILE.read_text(encoding="utf-8")
    assert sum(line.endswith(".") for line in FILE.read_text(encoding="utf-8").splitlines()) > 200


@pytest.mark.parametrize("name", LANGUAGES)
def test_reasons_are_short_whole_and_free_of_jargon(name):
    language = load_language(name)
    for fact in facts(language):
        sentence = say(fact, row(), language)
        assert sentence, fact.key
        assert count_words(sentence) <= MOST_WORDS
        assert sentence.endswith(".")
        assert sentence[0] == sentence[0].upper()
        assert "  " not in sentence
        assert not [word for word in (*JARGON[name], *ACCUSING[name]) if word in sentence.lower()], sentence


@pytest.mark.parametrize("name", LANGUAGES)
def test_customers_read_nothing_about_returns_or_quality(name):
    for subject, body in messages(name):
        if "S12" in body:  # a note to the warehouse names the item's number
            continue
        text = f"{subject}\n{body}".lower()
        assert not [word for word in (*RETURNS[name], *ACCUSING[name], *JARGON[name]) if word in text], text


@settings(deadline=None, max_examples=200)
@given(
    name=st.sampled_from(LANGUAGES),
    brand=st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), max_size=60),
    category=st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), max_size=60),
    position=st.integers(0, 400),
)
def test_whatever_a_shop_calls_its_things_a_reason_is_short_and_has_no_placeholder(name, brand, category, position):
    language = load_language(name)
    every = list(facts(language))
    values = {"brand": brand.replace("{", "").replace("}", ""), "category": category.replace("{", "").replace("}", "")}
    sentence = say(every[position % len(every)], row(**values), language)
    assert count_words(sentence) <= MOST_WORDS
    assert "{" not in sentence
    assert "None" not in sentence.replace(brand, "").replace(category, "")
    assert "\n" not in sentence


def test_polish_has_the_plural_forms_of_polish():
    assert plural_forms("pl_PL") == {"one", "few", "many", "other"}
    assert plural_forms("en_GB") == {"one", "other"}


@pytest.fixture
def shop_file(tmp_path):
    """Write a file of the shop and return the policy that names it."""

    def shop_file(content, name="de"):
        file = tmp_path / f"{name}.yaml"
        file.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        return LanguagesPolicy(team=name, files={name: str(file)})

    return shop_file


def test_a_file_of_the_shop_adds_its_words_and_replaces_those_of_the_library(shop_file):
    policy = shop_file(
        {"words": {"categories": {"swim": "Bademode"}}, "items": {"swim": "diesen Badeanzug"}, "none": "Nichts."}
    )
    language = load_language("de", policy)
    assert language.word("categories", "Swim") == "Bademode"
    assert language.word("categories", "jackets") == "Jacken"
    assert language.item("swim") == "diesen Badeanzug"
    assert language.none == "Nichts."
    assert load_language("de").none == "Kein einzelner Grund."


def test_names_that_no_file_has_stay_as_the_shop_writes_them():
    language = load_language("de")
    assert [language.word("sizes", size) for size in ("XL", "One Size", "42")] == ["XL", "Einheitsgröße", "42"]
    assert language.word("categories", "Fahrräder") == "Fahrräder"
    assert language.word("return_reasons", "gift_wrap") == "gift wrap"
    assert language.item("Fahrräder") == "diesen Artikel"


def test_a_new_language_is_a_file(shop_file):
    content = yaml.safe_load((ROOT / "src/returns_risk/explain/languages/en.yaml").read_text(encoding="utf-8"))
    policy = shop_file(content | {"name": "Svenska", "locale": "sv_SE"}, "sv")
    assert load_language("sv", policy).name == "Svenska"
    assert load_language("sv", policy).number(0.5, "share") == "50\xa0%"


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"none": None}, r"none: Input should be a valid string"),
        ({"facts": {"rate": "{of}: {percent}."}}, r"facts\.rate: has the placeholders \['of', 'percent'\], not"),
        ({"facts": {"counted": {"several": "{n}"}}}, r"facts\.counted: .*; found \['one', 'other', 'several'\]"),
        ({"locale": "pl_PL"}, r"the file: .*facts\.counted has no plural form few, many"),
        ({"locale": "xx_YY"}, r"locale: .*is no locale of CLDR"),
        (
            {"messages": {"interventions": {"call": {"to": "customer", "subject": "?", "texts": ["{name}"]}}}},
            r"messages\.interventions\.call\.texts: .*unknown placeholders \['name'\]; known are",
        ),
        ({"messages": {"letter": "{text} {signature}"}}, r"messages\.letter: .*unknown placeholders \['signature'\]"),
        ({"colour": "rot"}, r"colour: there is no such key"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_the_place(shop_file, change, finding):
    with pytest.raises(ParamsError, match=rf"de\.yaml: {finding}"):
        load_language("de", shop_file(change))


def test_an_incomplete_new_language_is_refused(shop_file):
    with pytest.raises(ParamsError, match=r"sv\.yaml: date: the key is missing \(and \d+ more\)"):
        load_language("sv", shop_file({"name": "Svenska"}, "sv"))


def test_a_language_without_a_file_is_refused_with_the_remedy():
    finding = r"policy\.yaml: languages: 'sv' has no file; known are \['de', .*\]\. Choose one of them, or write a file"
    with pytest.raises(ParamsError, match=finding):
        load_language("sv")


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"languages": {"team": "sv"}}, r"languages: 'sv' has no file"),
        ({"messages": {"footer": {"sv": "AB"}}}, r"p\.yaml: messages\.footer\.sv is in a language without texts"),
    ],
)
def test_a_policy_needs_the_texts_of_its_languages(tmp_path, change, finding):
    policy = type(POLICY).model_validate(POLICY.model_dump(by_alias=True) | change)
    with pytest.raises(ParamsError, match=finding):
        require_texts(policy, tmp_path / "p.yaml")
    require_texts(POLICY, tmp_path / "p.yaml")


def test_a_contact_without_a_message_is_refused(tmp_path):
    call = POLICY.interventions["sizing_guidance"]
    policy = POLICY.model_copy(update={"interventions": {"call": call}})
    with pytest.raises(ParamsError, match=r"interventions\.call contacts the customer, but language en has no message"):
        require_texts(policy, tmp_path / "policy.yaml")
