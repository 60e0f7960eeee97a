"""A fact in the words of a language."""

import numpy as np

from returns_risk.explain.facts import Amount, Fact
from returns_risk.explain.language import Language
from returns_risk.explain.rows import Row
from returns_risk.explain.texts import render
from returns_risk.snapshot.lines import rank_of

__all__ = ["MOST_WORDS", "name_values", "say", "say_amount"]

MOST_WORDS = 12
"""Of a reason."""


def say(fact: Fact, row: Row, language: Language) -> str:
    """Return the sentence of a fact; empty where the language has none of at most ``MOST_WORDS`` words.

    Parameters
    ----------
    row : of the line, for the names of its brand, category, size, market and warehouse
    """
    part, name = fact.key.split(".", 1)
    text = getattr(language, part).get(name)
    if text is None:
        return ""
    words = name_values(row, language) | {
        key: say_amount(amount, row, language) for key, amount in fact.amounts.items()
    }
    return render(text, words, language.locale, fact.plural, MOST_WORDS)


def name_values(row: Row, language: Language) -> dict[str, str | None]:
    """Return what the values of a line are called: brand, category (``Category`` with a capital), size, market ..."""
    category, size, payment = row.text("category"), row.text("size"), row.text("payment_method")
    named = None if category is None else language.word("categories", category)
    return {
        "brand": row.text("brand"),
        "category": named,
        "Category": None if named is None else named[:1].upper() + named[1:],
        # One size for all is none that could be wrong.
        "size": None if size is None or np.isnan(rank_of(size)) else language.word("sizes", size),
        "market": row.text("market"),
        "warehouse": row.text("warehouse"),
        "payment": None if payment is None else language.word("payment_methods", payment),
    }


def say_amount(amount: Amount, row: Row, language: Language) -> str | None:
    """Return a value in the words of a language, by its format; None where it is not known."""
    kind, value = amount
    if value is None:
        return None
    match kind:
        case "text":
            return str(value)
        case "entity":
            text = language.entities.get(value)
            return None if text is None else render(text, name_values(row, language), language.locale)
        case "fact":
            return say(value, row, language)
        case "look_for":
            return language.look_for.get(value, language.look_for["quality"])
        case "cause":
            return language.causes.get(value)
        case "size":
            return language.word("sizes", value)
        case "sizes":
            return language.listing(tuple(language.word("sizes", size) for size in value))
        case "category_name":
            return language.word("categories", value)
        case "item":
            return language.item(value)
        case "money":
            return language.money(value, row.text("currency"))
        case "date" | "weekday_date":
            return language.date(value, weekday=kind == "weekday_date")
        case "time":
            return language.time(value)
    return language.number(float(value), kind)
