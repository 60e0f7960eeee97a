"""Texts of a language file: plural forms, placeholders, and the first wording of which everything is known."""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from babel import Locale
from pydantic import AfterValidator, BeforeValidator

__all__ = ["Forms", "Text", "count_words", "placeholders_of", "plural_forms", "render"]

Forms = dict[str, str]
"""A wording by the plural categories of CLDR; ``other`` is for all numbers without a form."""
_CATEGORIES = ("zero", "one", "two", "few", "many", "other")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_WORD = re.compile(r"\S*\w\S*")


def _as_wordings(text: Any) -> Any:
    wordings = text if isinstance(text, list | tuple) else [text]
    return tuple({"other": wording} if isinstance(wording, str) else wording for wording in wordings)


def _require_known(text: tuple[Forms, ...]) -> tuple[Forms, ...]:
    for forms in text:
        if "other" not in forms or not set(forms) <= set(_CATEGORIES):
            raise ValueError(f"plural forms are {list(_CATEGORIES)}, always with other; found {list(forms)}")
    return text


Text = Annotated[tuple[Forms, ...], BeforeValidator(_as_wordings), AfterValidator(_require_known)]
"""One or more wordings, the best first; in YAML a text, its plural forms, or a list of either."""


def placeholders_of(texts: Iterable[str]) -> tuple[str, ...]:
    """List the placeholders of texts, sorted.

    >>> placeholders_of(["{n} of {lines}", "{n}"])
    ('lines', 'n')
    """
    return tuple(sorted({name for text in texts for name in _PLACEHOLDER.findall(text)}))


def plural_forms(locale: str) -> set[str]:
    """List the plural categories that the numbers 0 to 199 need in a language, and ``other``.

    >>> sorted(plural_forms("pl_PL")), sorted(plural_forms("de_DE"))
    (['few', 'many', 'one', 'other'], ['one', 'other'])
    """
    choose = Locale.parse(locale).plural_form
    return {"other", *(choose(number) for number in range(200))}


def count_words(sentence: str) -> int:
    """Count the words of a sentence: what has a letter or a digit, between spaces.

    >>> count_words("Jackets: 34 % (shop: 23 %).")
    4
    """
    return len(_WORD.findall(sentence))


def render(
    text: Text, words: Mapping[str, str | None], locale: str, number: float | None = None, most: int | None = None
) -> str:
    """Return the first wording whose placeholders are all known, filled in; empty where there is none.

    Parameters
    ----------
    words : what is filled in for each placeholder; None or an empty text where it is not known
    locale : chooses the plural form
    number : that the plural form agrees with; None for ``other``
    most : words that the result may have; a longer wording is passed over
    """
    form = "other" if number is None else Locale.parse(locale).plural_form(int(number))
    for forms in text:
        wording = forms.get(form, forms["other"])
        if all(words.get(name) for name in placeholders_of([wording])):
            filled: str = wording.format_map(words)
            if most is None or count_words(filled) <= most:
                return filled
    return ""
