"""Languages as files, ``languages/<name>.yaml``: every word that people read of a reason or a message."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import field_validator

from returns_risk.config.policy import Policy
from returns_risk.config.yaml_files import Frozen, load_yaml
from returns_risk.errors import ParamsError

__all__ = [
    "FILLED",
    "REFERENCE",
    "Language",
    "Message",
    "Texts",
    "languages_of",
    "list_languages",
    "load_language",
    "placeholders",
]

_FOLDER = Path(__file__).parent / "languages"
REFERENCE = "en"
"""The language whose keys and placeholders every other has."""
FILLED = ("order_id", "item", "sku", "size", "reason")
"""Placeholders of a message."""
_OWN = ("messages.", "sizes.")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
Variants = dict[str, str]
"""Texts by variant: ``none``, ``one`` and ``many`` by the number, ``unknown`` where there is none, and others."""


class Numbers(Frozen):
    """How numbers are written."""

    decimal: str
    thousands: str
    percent: str


class Texts(Frozen):
    """Facts in words, for one kind of reader; a fact without a text is not told to them."""

    lines: Variants
    windows: Variants
    entities: dict[str, str]
    reasons: dict[str, str]
    events: dict[str, Variants]
    facts: dict[str, Variants]
    columns: dict[str, Variants]
    column_unknown: str


class Staff(Frozen):
    """For those who decide and pack."""

    sentence: str
    beside: str
    smoothed: str
    typical: str
    with_past: str
    """A fact that merely names something, and what came back of it."""
    shop: str
    """The share of the whole shop, beside that."""
    direction: dict[Literal["raises", "lowers"], str]
    evidence: dict[Literal["well", "some", "little", "none"], str]
    fallback: Variants
    texts: Texts


class Customer(Frozen):
    """For the customer."""

    things: dict[str, str]
    """Entities that are no customer's own, told without a figure."""
    often: dict[str, str]
    """What is said of them where a share is above what is typical: of the rate, or of a reason."""
    texts: Texts


class Message(Frozen):
    """What is written about a line before it ships."""

    to: Literal["customer", "warehouse"]
    subject: str
    body: str
    without_reason: str

    @field_validator("subject", "body")
    @classmethod
    def _has_placeholders_that_are_filled(cls, text: str) -> str:
        if unknown := sorted(set(_PLACEHOLDER.findall(text)) - set(FILLED)):
            raise ValueError(f"nothing fills {unknown}; there are {list(FILLED)}")
        return text


class Language(Frozen):
    """All of one file."""

    name: str
    numbers: Numbers
    weekdays: tuple[str, str, str, str, str, str, str]
    months: tuple[str, str, str, str, str, str, str, str, str, str, str, str]
    conjunction: str
    staff: Staff
    customer: Customer
    no_size: str
    sizes: dict[str, str]
    """Sizes by another name, e.g. ``one size``; in lower case."""
    messages: dict[str, Message]

    def name_size(self, size: object) -> str:
        """Return a size as this language calls it; as the shop does where it has no other name."""
        return self.sizes.get(str(size).strip().lower(), str(size))


def list_languages() -> list[str]:
    """Name the languages that have a file."""
    return sorted(file.stem for file in _FOLDER.glob("*.yaml"))


@cache
def load_language(name: str) -> Language:
    """Read a language.

    Raises
    ------
    ParamsError
        It has no file, or its keys or placeholders are not those of ``REFERENCE``.
    """
    known = list_languages()
    if name not in known:
        raise ParamsError(
            f"policy.yaml: languages: {name!r} has no sentences; there are {known}. Choose one of them, or write "
            f"src/returns_risk/explain/languages/{name}.yaml (docs/reasons.md says how)."
        )
    language = load_yaml(_FOLDER / f"{name}.yaml", Language)
    if name != REFERENCE and (findings := _differences(language, load_language(REFERENCE))):
        raise ParamsError(f"{_FOLDER / name}.yaml: {findings[0]}, unlike {REFERENCE}.yaml. Make them alike.")
    return language


def languages_of(lines: pd.DataFrame, policy: Policy) -> list[str]:
    """Name the language of each line's ``market``; the default's where the source has none.

    Raises
    ------
    ParamsError
        One of them has no file.
    """
    markets = lines["market"].astype(object) if "market" in lines else [None] * len(lines)
    names = [policy.languages.of(market) for market in markets]
    for name in dict.fromkeys(names):
        load_language(name)
    return names


def placeholders(language: Language) -> dict[str, tuple[str, ...]]:
    """List the placeholders of each text by its key, the keys from the top joined by dots."""
    return {key: tuple(sorted(set(_PLACEHOLDER.findall(text)))) for key, text in _texts(language.model_dump(), "")}


def _texts(content: Any, key: str) -> Iterator[tuple[str, str]]:
    if isinstance(content, dict):
        for name, one in content.items():
            yield from _texts(one, f"{key}.{name}" if key else str(name))
    elif isinstance(content, str):
        yield key, content


def _differences(language: Language, reference: Language) -> list[str]:
    """Say where keys or placeholders differ; empty where they do not. Messages and sizes may be a language's own."""
    own, needed = placeholders(language), placeholders(reference)
    lacking = [f"{key}: is missing" for key in needed if key not in own and not key.startswith("sizes.")]
    more = [f"{key}: is there" for key in own if key not in needed and not key.startswith(_OWN)]
    both = [key for key in needed if key in own and not key.startswith(_OWN)]
    return lacking + more + [f"{key}: has {own[key]}, not {needed[key]}" for key in both if own[key] != needed[key]]
