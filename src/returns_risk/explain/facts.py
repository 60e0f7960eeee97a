"""Facts about a line that may be a reason: what is stated, with which numbers, independent of the language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from returns_risk.explain.rows import Row
from returns_risk.explain.topics import Topic
from returns_risk.features.history_columns import suffix

__all__ = ["CONTEXT", "LEAST_DIFFERENCE", "SHOP_RATE", "Amount", "Fact", "Kind", "fact_of"]

Kind = Literal["", "size", "quality", "choice", "delivery"]
"""Which return reasons a fact explains; empty for none in particular."""
Amount = tuple[str, Any]
"""The format of a value (a ``Format``, ``size``, ``sizes``, ``entity`` or ``cause``), and the value."""
LEAST_DIFFERENCE = 0.03
"""By how much a rate or a share has to exceed its reference to be a reason."""
SHOP_RATE = "shop_return_rate_all"
CONTEXT = ("brand", "brand_category", "category", "size_category", "market", "payment", "lane", "shop")
"""Entities that are true of many lines: such a fact comes first only where nothing else explains much."""
_FEWEST_OUTCOMES = 3
_LATEST_ORDER = 90
"""Days after which another order of the same item says nothing about this one."""
_HIGH_PRICE = 1.3
_KINDS: dict[str, Kind] = {"size": "size", "quality": "quality", "damage": "quality", "mind": "choice"}
"""By group of reasons in the feature definitions."""


@dataclass(frozen=True)
class Fact:
    """A fact about a line."""

    key: str
    """Of its text: ``facts.<name>`` or ``columns.<name>``."""
    group: str
    """Of facts that say nearly the same; a line has one reason of each."""
    amounts: Mapping[str, Amount]
    """By placeholder."""
    numbers: Mapping[str, float]
    """What it rests on, by column."""
    kind: Kind = ""
    plural: float | None = None
    """The number that the plural form agrees with."""
    is_context: bool = False
    direction: int = 0
    """1 where the size is too large, -1 where it is too small; 0 where the fact says neither."""
    weight: float = field(default=0.0, compare=False)
    """Log-odds (SHAP value) of what it states; above 0 it raises the risk."""


@dataclass(frozen=True)
class _Rule:
    """When the value of a column of a line or an order is a reason."""

    group: str
    kind: Kind = ""
    least: float | None = None
    most: float | None = None
    above: float = 0.0
    """By how much it exceeds the median of the training rows, at least."""
    times: float = 1.0
    """How many times that median, at least."""
    is_context: bool = False
    unless: tuple[str, ...] = ()
    """Numbers in the order that say the same more exactly, where one is more than 1."""


_EXACT = ("basket_colours_of_style", "basket_sizes_of_style")
_RULES = {
    "basket_colours_of_style": _Rule("variants", "choice", least=2),
    "basket_skus_of_style": _Rule("variants", "choice", least=2, unless=_EXACT),
    "basket_items_of_category": _Rule("variants", "choice", least=2, above=1),
    "basket_styles_of_category": _Rule("variants", "choice", least=2, above=1),
    "basket_skus_of_brand": _Rule("variants", "choice", least=2, above=1),
    "basket_lines": _Rule("order", "choice", least=3, times=1.5),
    "basket_units": _Rule("order", "choice", least=3, times=1.5),
    "quantity": _Rule("quantity", "choice", least=2, times=1.5),
    "basket_value": _Rule("price", times=_HIGH_PRICE),
    "line_value": _Rule("price", times=_HIGH_PRICE),
    "unit_price": _Rule("price", times=_HIGH_PRICE),
    "discount": _Rule("discount", above=0.1),
    "promised_days": _Rule("delivery", "delivery", above=1),
    "account_age_days": _Rule("again", most=90),
    "days_since_launch": _Rule("launch", most=60),
    "days_to_christmas": _Rule("christmas", "choice", most=45),
    "voucher": _Rule("voucher", is_context=True),
}
_DEFAULT = _Rule("", above=LEAST_DIFFERENCE, times=_HIGH_PRICE)
"""For columns of the shop: a number has to exceed its reference by as much as a price."""


def fact_of(topic: Topic, row: Row, reference_values: Mapping[str, float]) -> Fact | None:
    """Return the fact that a column states about a line; None where it is not clear enough to be a reason.

    Parameters
    ----------
    reference_values : median of the training rows, by column
    """
    column = topic.history
    if column is None:
        return _attribute(topic, row, reference_values) if topic.has_meaning else None
    if column.operation == "rate" or (column.operation, column.event, column.measure) == ("sum", "returned", "lines"):
        return _rate(topic, row, reference_values)
    if column.operation == "reason_share":
        return _cause(topic, row, reference_values)
    if column.operation == "days_since" and column.event == "ordered":
        return _again(topic, row)
    if column.operation in ("usual_quantity", "usual_unit_price"):
        ratio = row.number(topic.name)
        if ratio is None or ratio < _HIGH_PRICE:
            return None
        amounts: dict[str, Amount] = {"n": ("ratio", ratio)}
        return Fact(f"facts.{column.operation}_{topic.entity}", "price", amounts, {topic.name: ratio})
    return None


def _rate(topic: Topic, row: Row, reference_values: Mapping[str, float]) -> Fact | None:
    """State how many lines came back, beside the rate of the shop."""
    column, entity = topic.history, topic.entity
    shop = row.number(SHOP_RATE) or reference_values.get(SHOP_RATE)
    if column is None or shop is None or entity == "shop":
        return None
    numbers, key = _counts(entity, suffix(column.window), row)
    smoothed = row.number(topic.name) if column.operation == "rate" else None
    if smoothed is not None and smoothed - shop < LEAST_DIFFERENCE:
        return None
    amounts: dict[str, Amount] = {"of": ("entity", entity), "reference": ("share", shop), "days": ("days", None)}
    if column.window != "all":
        amounts["days"], key = ("days", column.window), f"{key}_in_days"
    if not numbers:
        if smoothed is None:
            return None
        amounts["share"], numbers, plural = ("share", smoothed), {topic.name: smoothed}, None
    else:
        returned, lines = _returned_of(numbers)
        if lines < _FEWEST_OUTCOMES or returned / lines - shop < LEAST_DIFFERENCE:
            return None
        amounts |= {"n": ("count", returned), "lines": ("count", lines)}
        plural = returned
    group = "customer" if entity.startswith("customer") else "context" if entity in CONTEXT else "item"
    return Fact(
        f"facts.{key}", group, amounts, numbers | {SHOP_RATE: shop}, plural=plural, is_context=entity in CONTEXT
    )


def _counts(entity: str, window: str, row: Row) -> tuple[dict[str, float], str]:
    """Return the counts behind a rate by column, and the key of the text that states them; no counts for the rate."""
    names = {event: f"{entity}_{event}_lines_{window}" for event in ("returned", "kept", "ordered")}
    counts = {names[event]: row.number(names[event]) for event in names}
    returned, kept, ordered = counts.values()
    if returned is None:
        return {}, "rate"
    # Lines returned in a window need not have been ordered in it: only of all time they are a part of these.
    if ordered is not None and window == "all" and returned <= ordered:
        return {names["returned"]: returned, names["ordered"]: ordered}, "counted_of_ordered"
    # Second best: a line is kept only when its window closes, so that of a new item mostly returns are known.
    if kept is not None:
        return {names["returned"]: returned, names["kept"]: kept}, "counted"
    return {}, "rate"


def _returned_of(counts: Mapping[str, float]) -> tuple[float, float]:
    (_, returned), (name, other) = counts.items()
    return returned, returned + other if "_kept_lines_" in name else other


def _cause(topic: Topic, row: Row, reference_values: Mapping[str, float]) -> Fact | None:
    """State which share of the returns has a group of reasons."""
    column, share, usual = topic.history, row.number(topic.name), reference_values.get(topic.name)
    if column is None or share is None or usual is None or share - usual < LEAST_DIFFERENCE:
        return None
    if topic.entity in ("shop", "customer") or topic.entity.startswith("customer_"):
        # Why a customer sent things back is nobody's business before the next parcel.
        return None
    amounts: dict[str, Amount] = {
        "of": ("entity", topic.entity), "cause": ("cause", column.reason), "share": ("share", share),
        "reference": ("share", usual),
    }  # fmt: skip
    # Damage on the way from this warehouse to this market is what a check before packing can prevent.
    is_context = topic.entity in CONTEXT and topic.entity != "lane"
    numbers = {topic.name: share, f"{topic.name} (usual)": usual}
    group, kind = f"cause_{column.reason}", _KINDS.get(column.reason, "")
    return Fact("facts.cause", group, amounts, numbers, kind, is_context=is_context)


def _again(topic: Topic, row: Row) -> Fact | None:
    days = row.number(topic.name)
    if topic.entity == "customer" and days is None:
        return Fact("facts.first_order", "again", {}, {})
    if days is None or days > _LATEST_ORDER or topic.entity not in ("customer_sku", "customer_style"):
        return None
    amounts: dict[str, Amount] = {"n": ("days", days)}
    return Fact(f"facts.again_{topic.entity}", "again", amounts, {topic.name: days}, "choice", plural=round(days))


def _attribute(topic: Topic, row: Row, reference_values: Mapping[str, float]) -> Fact | None:
    value, rule = row.value(topic.name), _RULES.get(topic.name, _DEFAULT)
    if value is None or topic.format == "identity":
        return None
    group = rule.group or topic.name
    if topic.format == "category":
        return Fact(f"columns.{topic.name}", group, {"n": ("text", str(value))}, {}, rule.kind, is_context=True)
    number, usual = float(value), reference_values.get(topic.name)
    if not _is_unusual(number, usual, rule) or any((row.number(name) or 0) > 1 for name in rule.unless):
        return None
    amounts: dict[str, Amount] = {"n": (topic.format, number), "reference": (topic.format, usual)}
    numbers = {topic.name: number} | ({} if usual is None else {f"{topic.name} (usual)": usual})
    plural = round(number) if topic.format in ("count", "days") else None
    return Fact(f"columns.{topic.name}", group, amounts, numbers, rule.kind, plural=plural, is_context=rule.is_context)


def _is_unusual(value: float, usual: float | None, rule: _Rule) -> bool:
    if rule.most is not None:
        return value <= rule.most
    if rule.least is not None and value < rule.least:
        return False
    return usual is not None and value >= usual + rule.above and value >= rule.times * usual
