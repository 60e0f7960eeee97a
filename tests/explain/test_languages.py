"""Every language says everything, and nothing that must not be said."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.config.policy import Policy, load_policy
from returns_risk.errors import ParamsError
from returns_risk.explain import language as module
from returns_risk.explain import languages_of, list_topics, load_language
from returns_risk.explain.language import FILLED, list_languages, placeholders
from returns_risk.explain.statements import Row
from returns_risk.explain.wording import say_to_customer, say_to_staff
from returns_risk.features import Feature
from tests.explain.conftest import ROOT, TOPICS

LANGUAGES = list_languages()
VALUES = (-2.0, -0.04, 0.0, 0.04, 0.42, 1.0, 2.0, 7.0, 400.0)
OWN = ("customer", "account", "basket", "order", "product", "fit")


def files():
    return sorted(Path(module.__file__).with_name("languages").glob("*.yaml"))


def one_line(topic, value, counts):
    """Row of one line with a value of a topic and, or not, counts of the same entity."""
    columns = {"size": "M", "fit_misfit": value, topic.name: value}
    if topic.history is not None and counts:
        window = "all" if topic.history.window == "all" else f"{topic.history.window}d"
        columns |= {f"{topic.entity}_{event}_lines_{window}": 5.0 for event in ("ordered", "returned", "kept")}
        columns |= {topic.name: value}
    return Row({name: np.array([value], dtype=object) for name, value in columns.items()}, 0)


def values_of(topic):
    if topic.format in ("category", "identity"):
        return (None, "M")
    if topic.format in ("weekday", "month", "hour"):
        return (None, 1.0, 6.0)
    return (None, *VALUES)


def test_there_are_english_and_german():
    assert LANGUAGES == ["de", "en"]
    assert [file.stem for file in files()] == LANGUAGES


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_language_has_the_keys_and_placeholders_of_every_other(name):
    texts, english = placeholders(load_language(name)), placeholders(load_language("en"))
    assert {key: names for key, names in texts.items() if not key.startswith("sizes.")} == english


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_column_of_the_repository_has_a_sentence_of_its_own(name):
    language = load_language(name)
    marked = language.model_copy(
        update={"staff": language.staff.model_copy(update={"fallback": {"text": "FALLBACK", "unknown": "FALLBACK"}})}
    )
    assert len(TOPICS) > 150
    for topic in TOPICS:
        for value in values_of(topic):
            for counts in (True, False):
                row = one_line(topic, value, counts)
                for raises in (True, False):
                    said = say_to_staff(topic, row, 0.3, raises, marked)
                    assert "FALLBACK" not in said, (topic.name, value)
                    if not topic.has_meaning and not said:
                        continue
                    assert "{" not in said
                    assert "  " not in said
                    assert said[0] == said[0].upper()
                    assert said.endswith(".")


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_customer_reads_no_figure_of_others_and_nothing_but_the_order_the_item_and_their_own(name):
    language = load_language(name)
    for topic in TOPICS:
        said = [
            say_to_customer(topic, one_line(topic, value, counts), 0.3, language)
            for value in values_of(topic)
            for counts in (True, False)
        ]
        about_customer = topic.entity.startswith(OWN)
        assert not any(said) or about_customer or topic.entity in language.customer.items, topic.name
        assert about_customer or not any(sign.isdigit() for sentence in said for sign in sentence), topic.name
        assert topic.name not in ("payment_method", "customer_age", "device", "market_name", "voucher") or not any(said)


@pytest.mark.parametrize("file", files(), ids=lambda file: file.stem)
def test_nothing_accuses_and_nothing_claims_a_probability(file):
    text = file.read_text(encoding="utf-8").lower()
    for word in ("serial", "abuse", "fraud", "suspici", "probab", "percentage point", "likely"):
        assert word not in text
    for word in ("missbrauch", "betrug", "verdächt", "wahrscheinlich", "prozentpunkt", "auffällig"):
        assert word not in text


@settings(deadline=None, max_examples=300)
@given(
    topic=st.sampled_from(TOPICS),
    name=st.sampled_from(LANGUAGES),
    value=st.one_of(st.none(), st.floats(0, 1e7)),
    counts=st.booleans(),
    raises=st.booleans(),
)
def test_a_sentence_is_whole_and_the_same_again_whatever_the_numbers(topic, name, value, counts, raises):
    if topic.format in ("weekday", "month", "hour") and value is not None:
        value = 1.0 + value % 6
    row = one_line(topic, value, counts)
    said = say_to_staff(topic, row, 0.3, raises, load_language(name))
    assert said == say_to_staff(topic, row, 0.3, raises, load_language(name))
    if not topic.has_meaning and not said:
        return
    assert load_language(name).staff.direction["raises" if raises else "lowers"] in said
    assert "None" not in said.replace("None of", "")
    assert "nan" not in said.split()


def test_a_column_without_a_text_is_described_by_its_meaning(definitions):
    feature = Feature("moon_phase", "moon", "share", "share of the moon that is lit", "")
    (topic,) = list_topics([feature], definitions)
    row = Row({"moon_phase": np.array([0.5])}, 0)
    assert say_to_staff(topic, row, 0.25, True, load_language("de")) == (
        "Share of the moon that is lit: 50 % (typisch: 25 %); erhöht das Risiko."
    )
    unknown = Row({"moon_phase": np.array([np.nan])}, 0)
    assert say_to_staff(topic, unknown, 0.25, True, load_language("en")) == (
        "Share of the moon that is lit: not known; raises the risk."
    )
    assert say_to_customer(topic, row, 0.25, load_language("de")) == ""


def test_a_history_of_a_new_entity_is_described_by_its_meaning(definitions):
    customer = next(history for history in definitions.history if history.entity == "customer")
    other = customer.model_copy(update={"entity": "household", "meaning": "household"})
    feature = Feature("household_return_rate_all", "household", "share", "household: share sent back so far", "")
    (topic,) = list_topics([feature], definitions.model_copy(update={"definitions": (other,)}))
    assert topic.history is not None
    row = Row({"household_return_rate_all": np.array([0.5])}, 0)
    assert say_to_staff(topic, row, None, False, load_language("en")) == (
        "Household: share sent back so far: 50%; lowers the risk."
    )


def test_a_language_comes_from_the_market():
    policy = load_policy(ROOT / "policy.yaml")
    lines = pd.DataFrame({"market": pd.Series(["DE", "FR", None, "AT"], dtype="str")})
    assert languages_of(lines, policy) == ["de", "en", "en", "de"]
    assert languages_of(lines.astype("category"), policy) == ["de", "en", "en", "de"]
    assert languages_of(lines.drop(columns="market"), policy) == ["en"] * 4
    assert languages_of(lines.head(0), policy) == []


def test_a_market_whose_language_has_no_file_is_refused():
    policy = load_policy(ROOT / "policy.yaml").model_dump()
    wrong = Policy.model_validate(policy | {"languages": {"markets": {"FR": "fr"}}})
    with pytest.raises(ParamsError, match=r"policy\.yaml: languages: 'fr' has no file; known are \['de', 'en'\]\."):
        languages_of(pd.DataFrame({"market": ["FR"]}), wrong)
    assert languages_of(pd.DataFrame({"market": ["DE"]}), wrong) == ["en"]


@pytest.fixture
def another(tmp_path, monkeypatch):
    """Write a third language: the English one, changed."""

    def another(change):
        for file in files():
            (tmp_path / file.name).write_bytes(file.read_bytes())
        content = yaml.safe_load((tmp_path / "en.yaml").read_text())
        change(content)
        (tmp_path / "xx.yaml").write_text(yaml.safe_dump(content, allow_unicode=True))
        return "xx"

    monkeypatch.setattr(module, "_FOLDER", tmp_path)
    module.load_language.cache_clear()
    yield another
    module.load_language.cache_clear()


def test_adding_a_language_is_adding_a_file(another):
    name = another(lambda content: content.update(name="Other"))
    assert list_languages() == ["de", "en", "xx"]
    assert load_language(name).name == "Other"


def test_a_language_may_have_messages_of_its_own(another):
    def add(content):
        content["messages"]["gift_wrap"] = content["messages"]["any"]

    assert "gift_wrap" in load_language(another(add)).messages


def test_a_language_has_its_own_names_of_sizes(another):
    language = load_language(another(lambda content: content.update(sizes={"one size": "taille unique"})))
    assert [language.name_size(size) for size in ("one size", "ONE SIZE", 42, "M")] == [
        "taille unique", "taille unique", "42", "M",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        (lambda c: c["staff"]["texts"]["facts"].pop("rate"), r"staff\.texts\.facts\.rate\.text: is missing"),
        (lambda c: c["customer"]["items"].update(moon="moon"), r"customer\.items\.moon: is unknown"),
        (lambda c: c["staff"].update(typical="usual: {value}"), r"staff\.typical: has \('value',\), not \('n',\)"),
        (lambda c: c["messages"].pop("any"), r"messages\.any\.to: is missing"),
        (
            lambda c: c["messages"]["any"].update(body="{name}"),
            r"messages\.any\.body: .*unknown placeholders \['name'\]",
        ),
        (lambda c: c.update(weekdays=["Mon"]), r"weekdays"),
    ],
)
def test_a_language_that_differs_is_refused_with_the_place(another, change, finding):
    with pytest.raises(ParamsError, match=rf"xx\.yaml: {finding}"):
        load_language(another(change))


def test_messages_use_all_there_is_to_say():
    for name in LANGUAGES:
        texts = placeholders(load_language(name))
        assert {
            placeholder for key, used in texts.items() if key.startswith("messages.") for placeholder in used
        } == set(FILLED)
