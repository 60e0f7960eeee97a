"""Every word of every text is in a dictionary of its language, or among those that people have looked at."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import simplemma
import yaml

from returns_risk.explain import language as module
from returns_risk.explain.language import list_languages

ACCEPTED = yaml.safe_load(Path(__file__).with_name("accepted_words.yaml").read_text(encoding="utf-8"))
_WORD = re.compile(r"[^\W\d_]{2,}")
"""Parts of a word before and after an apostrophe or a hyphen are looked up by themselves, and letters are not."""
_NO_TEXTS = ("locale", "date", "weekday_date", "to")


def texts(content: Any) -> Iterator[str]:
    if isinstance(content, dict):
        for key, part in content.items():
            if key not in _NO_TEXTS:
                yield from texts(part)
    elif isinstance(content, list):
        for part in content:
            yield from texts(part)
    else:
        yield content


def words(name: str) -> set[str]:
    file = Path(module.__file__).with_name("languages") / f"{name}.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {word for text in texts(content) for word in _WORD.findall(re.sub(r"\{\w+\}", " ", text))}


@pytest.mark.parametrize("name", list_languages())
def test_every_word_is_spelt_as_in_a_dictionary(name):
    accepted = {*ACCEPTED["names"], *ACCEPTED[name]}
    assert len(words(name)) > 200
    assert sorted(word for word in words(name) - accepted if not simplemma.is_known(word, lang=name)) == []


@pytest.mark.parametrize("name", list_languages())
def test_no_accepted_word_is_superfluous(name):
    assert set(ACCEPTED[name]) <= words(name)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("de", "Grösse"), ("en", "generosly"), ("fr", "gratuitment"), ("nl", "besteling"), ("pl", "zamowienie")],
)
def test_the_dictionaries_do_not_know_wrong_words(name, wrong):
    assert not simplemma.is_known(wrong, lang=name)
