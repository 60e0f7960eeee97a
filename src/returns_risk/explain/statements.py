"""The ways to state the fact in a column, apart from any language: the fullest first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt
import pandas as pd

from returns_risk.explain.topics import Topic
from returns_risk.features.history_columns import suffix

__all__ = ["SIZES", "Amount", "Row", "Statement", "counted_shares", "number_of", "plural", "state"]

SIZES = "sizes_of_style"
"""Column with the names of the sizes in which the style is in the order."""
Amount = tuple[str, Any]
"""How a value is written (a ``Format``, ``lines``, ``size`` or ``sizes``), and the value."""
_ALIKE = 0.05  # sizes, and shares of 100 lines that round to nothing


@dataclass(frozen=True)
class Row:
    """One line of a table that is held by columns."""

    columns: dict[str, npt.NDArray[Any]]
    place: int

    def value(self, name: str) -> Any:
        """Return a value, None where it is missing or there is no such column."""
        value = self.columns[name][self.place] if name in self.columns else None
        return None if value is None or (not isinstance(value, tuple) and pd.isna(value)) else value


@dataclass(frozen=True)
class Statement:
    """A key of ``Texts.facts`` (or ``column``), the variants that say it, best first, and what fills them."""

    key: str
    variants: tuple[str, ...]
    amounts: Mapping[str, Amount] = field(default_factory=dict)
    smoothed: bool = False
    """Whether the column's own value, which is smoothed, is to stand beside what is counted."""


def number_of(row: Row, name: str) -> float | None:
    """Return a number of a row, None where it is missing or there is no such column."""
    value = row.value(name)
    return None if value is None else float(value)


def plural(number: float) -> str:
    """Name the variant of a text for so many.

    >>> [plural(number) for number in (0, 1, 1.4, 2)]
    ['none', 'one', 'one', 'many']
    """
    return {0: "none", 1: "one"}.get(round(number), "many")


def _numbered(value: float) -> tuple[str, ...]:
    number = plural(value)
    return (number, "text", "many") if number == "none" else (number, "text")


def state(topic: Topic, row: Row, raises: bool) -> list[Statement]:
    """List the ways to state a column's fact about a line, the fullest first; none where it is an unknown column."""
    value = row.value(topic.name)
    if topic.history is None:
        return _said(topic, row, value, raises)
    if value is None:
        return [Statement(_key(topic), ("unknown",)), Statement("nothing", ("unknown",))]
    return [*_counted(topic, row), *_computed(topic, row, float(value))]


def _said(topic: Topic, row: Row, value: Any, raises: bool) -> list[Statement]:
    if topic.format == "identity":
        return [Statement("column", ("up" if raises else "down",))]
    if value is None:
        return [Statement("column", ("unknown",))]
    amounts: dict[str, Amount] = {"n": ("size" if topic.name == "size" else topic.format, value)}
    if topic.format in ("category", "weekday", "month", "hour", "money"):
        return [Statement("column", ("text",), amounts)]
    variants = _numbered(100 * value if topic.format == "share" else value)
    names = row.value(SIZES) if topic.name == "basket_sizes_of_style" else None
    if names is not None and len(names) == value > 1:
        return [Statement("column", ("named",), {"names": ("sizes", names)}), Statement("column", variants, amounts)]
    return [Statement("column", variants, amounts)]


def _key(topic: Topic) -> str:
    column = topic.history
    assert column is not None  # noqa: S101 - asked of histories only
    if column.operation == "sum":
        return column.measure
    return f"days_since_{column.event}" if column.operation == "days_since" else column.operation


def _counted(topic: Topic, row: Row) -> list[Statement]:
    """State how many came back, where what is asked is a rate or that number and the row has the counts."""
    column = topic.history
    assert column is not None  # noqa: S101 - asked of histories only
    rated = column.operation == "rate"
    if not rated and (column.operation, column.event, column.measure) != ("sum", "returned", "lines"):
        return []
    back, kept, ordered = (
        number_of(row, f"{topic.entity}_{event}_lines_{suffix(column.window)}")
        for event in ("returned", "kept", "ordered")
    )
    if back is None:
        return []
    amounts: dict[str, Amount] = {"n": ("count", back)}
    if kept is not None:
        # A line counts in the time in which its outcome became known, so that the two are parts of one number.
        amounts |= {"lines": ("lines", back + kept), "kept": ("count", kept)}
        return [Statement("settled", (plural(back),), amounts, rated)] if back + kept > 0 else []
    # What came back in a time need not have been ordered in it, so that only of all time it is a part.
    key = "of_ordered" if column.window == "all" and back <= (ordered or 0) else "ordered_and"
    return [Statement(key, (plural(back),), amounts | {"lines": ("lines", ordered)}, rated)] if ordered else []


def counted_shares(topic: Topic, row: Row) -> list[float]:
    """Return the share that is counted beside a smoothed rate, as ``state`` tells it; none where nothing is counted.

    Parameters
    ----------
    topic : of a rate
    """
    shares = []
    for one in _counted(topic, row):
        lines, back = one.amounts["lines"][1], one.amounts["n"][1]
        shares.append(float(back) / float(lines))
    return shares


def _computed(topic: Topic, row: Row, value: float) -> list[Statement]:
    """State the value as it stands in the column."""
    key, amounts = _key(topic), {"n": (topic.format, value)}
    if key == "kept_size":
        return [*_sizes(row, value)]
    if key == "rate_trend":
        way = "same" if abs(100 * value) < 0.5 else "up" if value > 0 else "down"
        return [Statement(key, (way,), {"n": ("count", abs(100 * value))})]
    if key == "usual_quantity" and value > 1:
        return [Statement(key, ("more", "text"), amounts)]
    if key == "money":
        return [Statement(key, ("none" if value == 0 else "many",), {"n": ("money", value)})]
    return [Statement(key, _numbered(value), amounts)]


def _sizes(row: Row, difference: float) -> list[Statement]:
    """State a size beside what was kept: letters by how many sizes, numbers by the mean; without a size in steps."""
    if abs(difference) < _ALIKE:
        return [Statement("kept_size", ("same",))]
    way, size = "above" if difference > 0 else "below", row.value("size")
    distance = round(abs(difference), 1)
    steps: dict[str, Amount] = {"n": ("number", distance)}
    plain = Statement("kept_size", (f"step_{way}" if distance == 1 else f"steps_{way}",), steps)
    if size is None:
        return [plain]
    named: dict[str, Amount] = {"size": ("size", size)}
    if str(size).strip()[0:1].isdigit() and (rank := _rank(str(size))) is not None:
        return [Statement("kept_size", ("numbers",), named | {"kept": ("number", round(rank - difference, 1))}), plain]
    return [Statement("kept_size", (f"size_{way}" if distance == 1 else f"sizes_{way}",), named | steps), plain]


def _rank(size: str) -> float | None:
    try:
        return float(size.strip().replace(",", "."))
    except ValueError:
        return None  # 3XL is a letter
