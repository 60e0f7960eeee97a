"""A fact in the words of a language."""

from typing import Any

from returns_risk.explain.evidence import grade, lines_behind
from returns_risk.explain.language import Language, Texts
from returns_risk.explain.statements import Amount, Row, Statement, counted_shares, number_of, plural, state
from returns_risk.explain.topics import Topic

__all__ = ["say_to_customer", "say_to_staff", "write_number"]

_LARGE_SHARE = 0.1
_SHOP_RATE = "shop_return_rate_all"
_DIGITS = {"count": 0, "days": 0, "money": 2}


def say_to_staff(topic: Topic, row: Row, reference: float | None, raises: bool, language: Language) -> str:
    """Return the fact, the typical value, the direction and the evidence; empty where the value says people nothing."""
    staff = language.staff
    fact, smoothed = _first(topic, state(topic, row, raises), staff.texts, language)
    value = row.value(topic.name)
    if not fact and not topic.has_meaning:
        return ""
    if not fact:
        known = "unknown" if value is None else "text"
        fact = staff.fallback[known].format(meaning=topic.feature.meaning, n=_fill((topic.format, value), language))
    parts = [staff.smoothed.format(n=_fill((topic.format, value), language))] if smoothed else []
    if value is not None and reference is not None and topic.comparable:
        parts.append(staff.typical.format(n=_fill((topic.format, reference), language)))
    behind = topic
    if value is not None and topic.past is not None and (history := _past(topic.past, row, raises, language)):
        behind, (past, parts) = topic.past, history
        fact = staff.with_past.format(fact=fact, past=past)
    return staff.sentence.format(
        fact=_capitalise(fact),
        beside=staff.beside.format(parts=", ".join(parts)) if parts else "",
        direction=staff.direction["raises" if raises else "lowers"],
        evidence=_evidence(behind, row, language),
    )


def _past(topic: Topic, row: Row, raises: bool, language: Language) -> tuple[str, list[str]] | None:
    """Return the past returns of an attribute's value and of the whole shop; None where they point the other way."""
    staff = language.staff
    rate, shop = number_of(row, topic.name), number_of(row, _SHOP_RATE)
    if rate is None or shop is None:
        return None
    if any((share > shop) != raises for share in (rate, *counted_shares(topic, row))):
        return None
    fact, smoothed = _first(topic, state(topic, row, raises), staff.texts, language)
    parts = [staff.smoothed.format(n=_fill((topic.format, rate), language))] if smoothed else []
    return (fact, [*parts, staff.shop.format(n=_fill((topic.format, shop), language))]) if fact else None


def say_to_customer(topic: Topic, row: Row, reference: float | None, language: Language) -> str:
    """Return a fact that raises the risk in words for the customer; empty where it is not for them."""
    if often := _often(topic, row, reference, language):
        return f"{_capitalise(often)}."
    fact, _ = _first(topic, state(topic, row, raises=True), language.customer.texts, language)
    return f"{_capitalise(fact)}." if fact else ""


def _often(topic: Topic, row: Row, reference: float | None, language: Language) -> str:
    """Return that an item is often returned, without a figure; empty unless its rate is above the typical value."""
    item, column = language.customer.items.get(topic.entity), topic.history
    value = row.value(topic.name)
    if item is None or column is None or value is None or reference is None or value <= reference:
        return ""
    text = language.customer.often.get(column.reason if column.operation == "reason_share" else column.operation)
    return text.format(item=item) if text else ""


def _first(topic: Topic, statements: list[Statement], texts: Texts, language: Language) -> tuple[str, bool]:
    """Return the first statement with a text, and whether its smoothed value is shown beside it."""
    for statement in statements:
        if text := _text(topic, statement, texts, language):
            return " ".join(text.split()).replace(" ,", ","), statement.smoothed
    return "", False


def _text(topic: Topic, statement: Statement, texts: Texts, language: Language) -> str:
    amounts = {name: _fill(amount, language, texts) for name, amount in statement.amounts.items()}
    if topic.history is None:
        variants = texts.columns.get(topic.name if statement.key == "column" else statement.key, {})
        if variants and statement.variants == ("unknown",):
            return texts.column_unknown.format_map(variants)
        return _variant(variants, statement).format_map(amounts)
    text = _variant(texts.facts.get(statement.key, {}), statement)
    scope = _scope(topic, statement.key, texts) if text else None
    return "" if scope is None else text.format_map(scope | amounts)


def _variant(variants: dict[str, str], statement: Statement) -> str:
    return next((variants[name] for name in statement.variants if name in variants), "")


def _scope(topic: Topic, key: str, texts: Texts) -> dict[str, str] | None:
    """Return the texts for entity, window, event and reason; None if the language lacks one of them."""
    column = topic.history
    assert column is not None  # noqa: S101 - asked of histories only
    known = topic.entity in texts.entities and (not column.reason or column.reason in texts.reasons)
    is_event_sum = column.operation == "sum" and key == column.measure
    if not known or (is_event_sum and column.event not in texts.events):
        return None
    window = _window(column.window, texts, is_event_sum and column.event == "ordered")
    scope = {"of": texts.entities[topic.entity], "window": window, "against": _window(column.against, texts, False)}
    if is_event_sum:
        event = texts.events[column.event]
        scope |= {f"did_{number}": event[number].format(window=window) for number in ("one", "many")}
    return scope | ({"reason": texts.reasons[column.reason]} if column.reason else {})


def _window(window: Any, texts: Texts, with_this: bool) -> str:
    if window == "all":
        return texts.windows["with_this" if with_this else "all"]
    return texts.windows["one" if window == 1 else "many"].format(days=window)


def _evidence(topic: Topic, row: Row, language: Language) -> str:
    lines = lines_behind(topic, row)
    if lines is None or row.value(topic.name) is None:
        return ""
    text = language.staff.evidence[grade(lines, topic.prior_weight)]
    return text.format(lines=_fill(("lines", lines), language, language.staff.texts))


def _fill(amount: Amount, language: Language, texts: Texts | None = None) -> str:
    kind, value = amount
    if value is None:
        return ""
    if kind == "lines" and texts is not None:
        number = "one" if plural(value) == "one" else "many"
        return texts.lines[number].format(n=write_number(value, "count", language))
    if kind == "size":
        return language.name_size(value)
    if kind == "sizes":
        names = [language.name_size(size) for size in value]
        return language.conjunction.join((", ".join(names[:-1]), names[-1]))
    if kind == "weekday":
        return language.weekdays[int(value)]
    if kind == "month":
        return language.months[int(value) - 1]
    if kind == "hour":
        return f"{int(value):02d}"
    return str(value) if kind in ("category", "identity") else write_number(float(value), str(kind), language)


def write_number(value: float, kind: str, language: Language) -> str:
    """Format a number as usual in a language, with digits by its kind: a unit of a feature.

    Shares are per cent, with one digit below a tenth; counts and days have none; money has two, others up to two.
    """
    if kind == "share":
        digits = 0 if abs(value) >= _LARGE_SHARE or value == 0 else 1
        return language.numbers.percent.format(n=_separate(f"{100 * value:,.{digits}f}", language))
    if kind in _DIGITS:
        return _separate(f"{value:,.{_DIGITS[kind]}f}", language)
    return _separate(f"{value:,.2f}".rstrip("0").rstrip("."), language)


def _separate(number: str, language: Language) -> str:
    swapped = {",": language.numbers.thousands, ".": language.numbers.decimal}
    plain = number.removeprefix("-") if not number.strip("-0.,") else number
    return "".join(swapped.get(sign, sign) for sign in plain)


def _capitalise(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
