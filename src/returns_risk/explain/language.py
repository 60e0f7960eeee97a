"""Languages as files, ``languages/<name>.yaml``: all texts of reasons and messages."""

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
    "MessageTemplate",
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
_OPTIONAL = ("messages.", "sizes.")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
Variants = dict[str, str]
"""Texts by variant: ``none``, ``one`` and ``many`` by the number, ``unknown`` where there is none, and others."""


class Numbers(Frozen):
    """How numbers are written."""

    decimal: str
    thousands: str
    percent: str


class Texts(Frozen):
    """Texts of facts, for one kind of reader; a fact without a text is left out."""

    lines: Variants
    windows: Variants
    entities: dict[str, str]
    reasons: dict[str, str]
    events: dict[str, Variants]
    facts: dict[str, Variants]
    columns: dict[str, Variants]
    column_unknown: str


class Staff(Frozen):
    """Texts for people who decide and pack."""

    sentence: str
    beside: str
    smoothed: str
    typical: str
    with_past: str
    """An attribute such as the brand, and its past returns."""
    shop: str
    """The return rate of the whole shop, beside these."""
    direction: dict[Literal["raises", "lowers"], str]
    evidence: dict[Literal["well", "some", "little", "none"], str]
    fallback: Variants
    texts: Texts


class Customer(Frozen):
    """Texts for customers."""

    items: dict[str, str]
    """Entities such as the item, about which customers read no figures."""
    often: dict[str, str]
    """Texts about them where a rate, or the share of a reason, is above the typical value."""
    texts: Texts


class MessageTemplate(Frozen):
    """Text of a message about a line before it ships."""

    to: Literal["customer", "warehouse"]
    subject: str
    body: str
    without_reason: str

    @field_validator("subject", "body")
    @classmethod
    def _has_known_placeholders(cls, text: str) -> str:
        if unknown := sorted(set(_PLACEHOLDER.findall(text)) - set(FILLED)):
            raise ValueError(f"unknown placeholders {unknown}; known are {list(FILLED)}")
        return text


class Language(Frozen):
    """The content of one file."""

    name: str
    numbers: Numbers
    weekdays: tuple[str, str, str, str, str, str, str]
    months: tuple[str, str, str, str, str, str, str, str, str, str, str, str]
    conjunction: str
    staff: Staff
    customer: Customer
    no_size: str
    sizes: dict[str, str]
    """Names of sizes in this language by the shop's name in lower case, e.g. ``one size``."""
    messages: dict[str, MessageTemplate]

    def name_size(self, size: object) -> str:
        """Return the name of a size in this language, or the shop's own name."""
        return self.sizes.get(str(size).strip().lower(), str(size))


def list_languages() -> list[str]:
    """Return the names of all languages that have a file."""
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
            f"policy.yaml: languages: {name!r} has no file; known are {known}. Choose one of them, or write "
            f"src/returns_risk/explain/languages/{name}.yaml (see docs/how-to/write-reasons.md)."
        )
    language = load_yaml(_FOLDER / f"{name}.yaml", Language)
    if name != REFERENCE and (findings := _differences(language, load_language(REFERENCE))):
        raise ParamsError(f"{_FOLDER / name}.yaml: {findings[0]}, unlike {REFERENCE}.yaml. Make them alike.")
    return language


def languages_of(lines: pd.DataFrame, policy: Policy) -> list[str]:
    """Return the language of each line's market, or the default; errors as of ``load_language``."""
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
        for name, part in content.items():
            yield from _texts(part, f"{key}.{name}" if key else str(name))
    elif isinstance(content, str):
        yield key, content


def _differences(language: Language, reference: Language) -> list[str]:
    """Return where keys or placeholders differ; messages and sizes may differ."""
    actual, needed = placeholders(language), placeholders(reference)
    missing = [f"{key}: is missing" for key in needed if key not in actual and not key.startswith("sizes.")]
    extra = [f"{key}: is unknown" for key in actual if key not in needed and not key.startswith(_OPTIONAL)]
    both = [key for key in needed if key in actual and not key.startswith(_OPTIONAL)]
    return [
        *missing,
        *extra,
        *(f"{key}: has {actual[key]}, not {needed[key]}" for key in both if actual[key] != needed[key]),
    ]
