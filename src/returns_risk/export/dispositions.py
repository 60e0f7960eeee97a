"""What a person reports of an order, in the languages of the teams."""

from functools import cache

from returns_risk.export.folding import fold
from returns_risk.export.page_words import LANGUAGES, PageWords

__all__ = ["DISPOSITIONS", "find_disposition", "name_dispositions"]

DISPOSITIONS = ("done", "not_possible", "wrong_flag", "customer_kept")


def name_dispositions(language: str) -> list[str]:
    """Return the dispositions in the words of a language, those in English where it has none.

    >>> name_dispositions("de-AT")[0], name_dispositions("it")[0]
    ('Erledigt', 'Done')
    """
    words = PageWords(language).all["dispositions"]
    return [words[disposition.replace("_", " ")] for disposition in DISPOSITIONS]


def find_disposition(text: str) -> str | None:
    """Return the disposition that a text names in any language, in any case, with or without accents; None for none.

    >>> find_disposition(" ERLEDIGT"), find_disposition("nicht moeglich"), find_disposition("not_possible")
    ('done', 'not_possible', 'not_possible')
    >>> find_disposition("maybe")
    """
    return _meanings().get(fold(text))


@cache
def _meanings() -> dict[str, str]:
    return {
        fold(word): disposition
        for words in (DISPOSITIONS, *map(name_dispositions, LANGUAGES))
        for word, disposition in zip(words, DISPOSITIONS, strict=True)
    }
