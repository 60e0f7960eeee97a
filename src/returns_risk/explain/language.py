"""Languages as files, ``languages/<name>.yaml``: texts of reasons and messages, and names of the shop's values."""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal, format_percent
from pydantic import Field, field_validator, model_validator

from returns_risk.config.messages import LanguagesPolicy
from returns_risk.config.yaml_files import Frozen, read_yaml, validate_content
from returns_risk.errors import ParamsError
from returns_risk.explain.texts import Text, placeholders_of, plural_forms

__all__ = ["FILLED", "REFERENCE", "Language", "MessageTemplate", "list_languages", "load_language", "placeholders"]

_FOLDER = Path(__file__).parent / "languages"
REFERENCE = "en"
"""The language whose keys and placeholders every other has."""
FILLED = (
    "order_id", "sku", "item", "brand", "category", "size", "sizes", "smaller", "larger", "kept", "delivery_day",
    "reply_day", "reply_time", "finding", "look_for",
)  # fmt: skip
"""Placeholders of a message; each is known for some lines only, and a text of which one is not known is not used."""
_LETTER = ("text", "shop", "transparency", "opt_out", "footer")
Kind = Literal["sizes", "categories", "payment_methods", "return_reasons"]


class MessageTemplate(Frozen):
    """The message of an intervention."""

    to: Literal["customer", "warehouse"]
    subject: str
    texts: tuple[str, ...]
    """The first whose placeholders are all known is used; without one there is no message."""

    @field_validator("subject", "texts")
    @classmethod
    def _has_known_placeholders(cls, text: Any) -> Any:
        texts = [text] if isinstance(text, str) else text
        _require_known(texts, FILLED)
        return text


class Messages(Frozen):
    """Texts of messages."""

    letter: str
    """Around the text for a customer."""
    transparency: str
    opt_out: str
    interventions: dict[str, MessageTemplate]

    @field_validator("letter")
    @classmethod
    def _has_known_placeholders(cls, text: str) -> str:
        _require_known([text], _LETTER)
        return text


def _require_known(texts: Any, known: tuple[str, ...]) -> None:
    if unknown := [name for name in placeholders_of(texts) if name not in known]:
        raise ValueError(f"unknown placeholders {unknown}; known are {list(known)}")


class Language(Frozen):
    """The content of one file."""

    name: str
    date_: str = Field(alias="date")
    """Pattern of a day of CLDR, e.g. ``d MMMM``."""
    weekday_date: str
    none: str
    """Where no single reason stands out."""
    locale: str
    """Of CLDR, for numbers, dates and plural forms, e.g. ``en_GB``."""
    words: dict[Kind, dict[str, str]]
    """Names of the shop's values, keyed as the shop writes them, in lower case."""
    items: dict[str, str]
    """What a message calls an item of a category: "this jacket"; ``any`` for other categories."""
    entities: dict[str, Text]
    """What a return rate is about."""
    causes: dict[str, str]
    """Groups of return reasons, keyed as in the feature definitions."""
    facts: dict[str, Text]
    columns: dict[str, Text]
    """Facts in one column of a line or an order, by its name."""
    look_for: dict[str, str]
    """What to check, by return reason."""
    messages: Messages

    @field_validator("locale")
    @classmethod
    def _is_known(cls, locale: str) -> str:
        try:
            Locale.parse(locale)
        except (UnknownLocaleError, ValueError) as error:
            raise ValueError("is no locale of CLDR; write e.g. en_GB") from error
        return locale

    @model_validator(mode="after")
    def _has_all_plural_forms(self) -> "Language":
        needed = plural_forms(self.locale)
        for part in ("entities", "facts", "columns"):
            for key, text in getattr(self, part).items():
                for forms in text:
                    if set(forms) != {"other"} and (missing := sorted(needed - set(forms))):
                        raise ValueError(f"{part}.{key} has no plural form {', '.join(missing)}")
        return self

    def word(self, kind: Kind, value: str) -> str:
        """Return the name of one of the shop's values, or the shop's own word.

        Sizes such as XL stay as they are; a name in a policy or a model reads without underscores.
        """
        plain = value if kind in ("sizes", "categories") else value.replace("_", " ")
        return self.words[kind].get(value.strip().lower(), plain)

    def item(self, category: str | None) -> str:
        """Return what a message calls an item of a category."""
        return self.items.get((category or "").strip().lower(), self.items["any"])

    def number(self, value: float, unit: str) -> str:
        """Format a number: ``share`` in whole per cent, ``count`` and ``days`` without digits, others up to two."""
        if unit == "share":
            return str(format_percent(round(value, 2), locale=self.locale))
        pattern = {"count": "#,##0", "days": "#,##0"}.get(unit, "#,##0.##")
        return str(format_decimal(value, pattern, locale=self.locale))

    def money(self, value: float, currency: str | None) -> str:
        """Format an amount, with its currency where it is known."""
        if currency is None:
            return str(format_decimal(value, "#,##0.00", locale=self.locale))
        return str(format_currency(value, currency, locale=self.locale))

    def listing(self, values: tuple[str, ...]) -> str:
        """Join values: "S, M and L"."""
        return str(format_list(values, locale=self.locale))

    def date(self, moment: datetime, *, weekday: bool = False) -> str:
        """Format the day of a local time: "2 March", or "Monday, 2 March"."""
        return str(format_date(moment, self.weekday_date if weekday else self.date_, locale=self.locale))

    def time(self, moment: datetime) -> str:
        """Format the clock time of a local time."""
        return str(format_time(moment, "HH:mm", tzinfo=moment.tzinfo, locale=self.locale))


@cache
def list_languages() -> tuple[str, ...]:
    """Return the names of the languages that come with the library."""
    return tuple(sorted(file.stem for file in _FOLDER.glob("*.yaml")))


def load_language(name: str, policy: LanguagesPolicy | None = None) -> Language:
    """Read a language, and over it the file of the shop that the policy names for it.

    Raises
    ------
    ParamsError
        It has no file, or a key, a plural form or a placeholder is missing or unknown.
    """
    file = None if policy is None else policy.files.get(name)
    return _load(name, file)


@cache
def _load(name: str, shop_file: str | None) -> Language:
    built_in = name in list_languages()
    if not built_in and shop_file is None:
        raise ParamsError(
            f"policy.yaml: languages: {name!r} has no file; known are {list(list_languages())}. Choose one of them, or "
            f"write a file and name it under languages.files (see docs/how-to/write-reasons.md)."
        )
    file = _FOLDER / f"{name}.yaml"
    content = read_yaml(file) if built_in else {}
    if shop_file is not None:
        file = Path(shop_file)
        content = _merge(content, read_yaml(file))
    language = validate_content(file, content, Language)
    if name != REFERENCE and (findings := _differences(language, _load(REFERENCE, None))):
        raise ParamsError(f"{file}: {findings[0]}. Write it as in {REFERENCE}.yaml.")
    return language


def _merge(base: Any, over: Any) -> Any:
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    return base | {key: _merge(base[key], value) if key in base else value for key, value in over.items()}


def placeholders(language: Language) -> dict[str, tuple[str, ...]]:
    """List the placeholders of each text by its key, in lower case, the keys from the top joined by dots."""
    return {key: placeholders_of(text.lower() for text in texts) for key, texts in _texts(language.model_dump(), "")}


def _texts(content: Any, key: str) -> Iterator[tuple[str, list[str]]]:
    if isinstance(content, dict):
        for name, part in content.items():
            yield from _texts(part, f"{key}.{name}" if key else str(name))
    elif isinstance(content, tuple):
        yield key, [text for part in content for text in (part.values() if isinstance(part, dict) else [part])]
    elif isinstance(content, str):
        yield key, [content]


def _differences(language: Language, reference: Language) -> list[str]:
    """Return the texts that the reference has and a language lacks, and those with other placeholders."""
    actual, needed = placeholders(language), placeholders(reference)
    return [
        *(f"{key}: is missing" for key in needed if key not in actual),
        *(
            f"{key}: has the placeholders {list(actual[key])}, not {list(needed[key])}"
            for key in needed
            if key in actual and not key.startswith("messages.") and not set(actual[key]) <= set(needed[key])
        ),
    ]
