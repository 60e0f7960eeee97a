"""The ways to state the fact in a column, independent of the language, the most complete first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt
import pandas as pd

from returns_risk.explain.topics import Topic
from returns_risk.features.history_columns import suffix

__all__ = ["SIZES", "Amount", "Row", "Statement", "counted_shares", "number_of", "plural", "state"]

SIZES = "sizes_of_style"
"""Column with the names of the sizes of the style in the order."""
Amount = tuple[str, Any]
"""The format of a value (a ``Format``, ``lines``, ``size`` or ``sizes``), and the value."""
_FIT = ("fit_misfit", "fit_too_small", "fit_too_large", "fit_style_runs")
_SAME_SIZE = 0.05
"""Sizes that differ by less are the same."""


@dataclass(frozen=True)
class Row:
    """One row of a table that is stored by columns."""

    columns: dict[str, npt.NDArray[Any]]
    position: int

    def value(self, name: str) -> Any:
        """Return a value, None if it or the column is missing."""
        value = self.columns[name][self.position] if name in self.columns else None
        return None if value is None or (not isinstance(value, tuple) and pd.isna(value)) else value


@dataclass(frozen=True)
class Statement:
    """A key of texts (``column`` for that of the column itself), its variants, the best first, and their values."""

    key: str
    variants: tuple[str, ...]
    amounts: Mapping[str, Amount] = field(default_factory=dict)
    smoothed: bool = False
    """Whether the smoothed value of the column is shown beside the counts."""


def number_of(row: Row, name: str) -> float | None:
    """Return a number of a row, None if it or the column is missing."""
    value = row.value(name)
    return None if value is None else float(value)


def plural(number: float) -> str:
    """Return the variant of a text for a number.

    >>> [plural(number) for number in (0, 1, 1.4, 2)]
    ['none', 'one', 'one', 'many']
    """
    return {0: "none", 1: "one"}.get(round(number), "many")


def _numbered(value: float) -> tuple[str, ...]:
    number = plural(value)
    return (number, "text", "many") if number == "none" else (number, "text")


def state(topic: Topic, row: Row, raises: bool) -> list[Statement]:
    """Return the ways to state a column's fact about a line, the most complete first."""
    value = row.value(topic.name)
    if not topic.has_meaning:
        return _fit(topic, row, raises)
    if topic.history is None:
        return _attribute(topic, row, value, raises)
    if value is None:
        return [Statement(_key(topic), ("unknown",)), Statement("nothing", ("unknown",))]
    return [*_counted(topic, row), *_computed(topic, row, float(value))]


def _attribute(topic: Topic, row: Row, value: Any, raises: bool) -> list[Statement]:
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


def _fit(topic: Topic, row: Row, raises: bool) -> list[Statement]:
    """State whether the size fits, or how the style runs, in sizes; nothing for other columns without a meaning."""
    name = topic.name if topic.name == "fit_style_runs" else "fit_misfit"
    steps = number_of(row, name)
    if topic.name not in _FIT or steps is None:
        return []
    size = row.value("size")
    amounts: dict[str, Amount] = {"size": ("size", size), "n": ("number", round(2 * abs(steps)) / 2)}
    side = ("small" if steps < 0 else "large") if raises else "fits"
    far = "half" if abs(steps) < 0.75 else "one" if abs(steps) < 1.25 else "many"
    known = name == "fit_style_runs" or size is not None
    return [Statement(name, (f"{side}_{far}" if raises else side,), amounts)] if known else []


def _key(topic: Topic) -> str:
    column = topic.history
    assert column is not None  # noqa: S101 - asked of histories only
    if column.operation == "sum":
        return column.measure
    return f"days_since_{column.event}" if column.operation == "days_since" else column.operation


def _counted(topic: Topic, row: Row) -> list[Statement]:
    """State how many lines were returned, for a rate or this number, where the row has the counts."""
    column = topic.history
    assert column is not None  # noqa: S101 - asked of histories only
    is_rate = column.operation == "rate"
    if not is_rate and (column.operation, column.event, column.measure) != ("sum", "returned", "lines"):
        return []
    returned, kept, ordered = (
        number_of(row, f"{topic.entity}_{event}_lines_{suffix(column.window)}")
        for event in ("returned", "kept", "ordered")
    )
    if returned is None:
        return []
    amounts: dict[str, Amount] = {"n": ("count", returned)}
    if kept is not None:
        # A line counts in the window in which its outcome became known, so that both counts add up.
        amounts |= {"lines": ("lines", returned + kept), "kept": ("count", kept)}
        return [Statement("settled", (plural(returned),), amounts, is_rate)] if returned + kept > 0 else []
    # Lines returned in a window need not have been ordered in it: only of all time they are a part of these.
    key = "of_ordered" if column.window == "all" and returned <= (ordered or 0) else "ordered_and"
    return [Statement(key, (plural(returned),), amounts | {"lines": ("lines", ordered)}, is_rate)] if ordered else []


def counted_shares(topic: Topic, row: Row) -> list[float]:
    """Return the counted share that ``state`` shows beside a smoothed rate; empty without counts."""
    amounts = [statement.amounts for statement in _counted(topic, row)]
    return [float(amount["n"][1]) / float(amount["lines"][1]) for amount in amounts]


def _computed(topic: Topic, row: Row, value: float) -> list[Statement]:
    """State the value of the column itself."""
    key, amounts = _key(topic), {"n": (topic.format, value)}
    if key == "kept_size":
        return [*_sizes(row, value)]
    if key == "rate_trend":
        direction = "same" if abs(100 * value) < 0.5 else "up" if value > 0 else "down"
        return [Statement(key, (direction,), {"n": ("count", abs(100 * value))})]
    if key == "usual_quantity" and value > 1:
        return [Statement(key, ("more", "text"), amounts)]
    if key == "money":
        return [Statement(key, ("none" if value == 0 else "many",), {"n": ("money", value)})]
    return [Statement(key, _numbered(value), amounts)]


def _sizes(row: Row, difference: float) -> list[Statement]:
    """Compare a size with those kept: letters by the number of sizes, numbers by the mean, no size by steps."""
    if abs(difference) < _SAME_SIZE:
        return [Statement("kept_size", ("same",))]
    side, size = "above" if difference > 0 else "below", row.value("size")
    distance = round(abs(difference), 1)
    steps: dict[str, Amount] = {"n": ("number", distance)}
    plain = Statement("kept_size", (f"step_{side}" if distance == 1 else f"steps_{side}",), steps)
    if size is None:
        return [plain]
    named: dict[str, Amount] = {"size": ("size", size)}
    if str(size).strip()[0:1].isdigit() and (rank := _rank(str(size))) is not None:
        return [Statement("kept_size", ("numbers",), named | {"kept": ("number", round(rank - difference, 1))}), plain]
    return [Statement("kept_size", (f"size_{side}" if distance == 1 else f"sizes_{side}",), named | steps), plain]


def _rank(size: str) -> float | None:
    try:
        return float(size.strip().replace(",", "."))
    except ValueError:
        return None  # 3XL is a letter
