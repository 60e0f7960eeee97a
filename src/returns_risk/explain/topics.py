"""What each column is about, apart from any language."""

from dataclasses import dataclass
from typing import Literal

from returns_risk.features import Feature, FeatureSet
from returns_risk.features.history_columns import HistoryColumn, Unit, history_columns
from returns_risk.features.line_definitions import BasketDefinition, Column, LineDefinition

__all__ = ["Format", "Topic", "list_topics"]

Format = Literal["weekday", "month", "hour"] | Unit
"""How a value is written."""
_PRICES = ("unit_price", "list_price", "line_value")
_STRENGTH = 20.0
_NO_MIDDLE = ("category", "identity", "rank")
_SURROUNDINGS = ("category", "market")
"""A size is one of its category, a way to pay one of its market."""
_MOST_KEYS = 2


@dataclass(frozen=True)
class Topic:
    """One column: what it tells, and of what."""

    feature: Feature
    format: Format
    history: HistoryColumn | None = None
    """How it was counted; None for what the line or the order itself says."""
    strength: float = _STRENGTH
    """Lines as many of which as its own weigh as much as those of the entity above."""
    comparable: bool = True
    """Whether it says something to hold a value against what is typical."""
    past: "Topic | None" = None
    """Of what merely names a brand, a category, a size ...: the share of it that came back so far."""

    @property
    def name(self) -> str:
        """Name of the column."""
        return self.feature.name

    @property
    def entity(self) -> str:
        """The entity it belongs to."""
        return self.feature.group


def list_topics(catalogue: list[Feature], definitions: FeatureSet) -> list[Topic]:
    """Say what each column of a catalogue is about; one that no definition gives is told by its meaning alone.

    Parameters
    ----------
    catalogue : the columns, in any order
    definitions : that they were compiled from
    """
    counted = {column.name: (column, one.strength) for one in definitions.history for column in history_columns(one)}
    said = {
        name: column
        for one in definitions.definitions
        if isinstance(one, LineDefinition | BasketDefinition)
        for name, column in one.columns.items()
    }
    pasts = _pasts(definitions)
    return [_topic(feature, counted.get(feature.name), said.get(feature.name), pasts) for feature in catalogue]


def _pasts(definitions: FeatureSet) -> dict[str, Topic]:
    """Return by attribute the history of what it names: of the brand, or of the size in its category."""
    found: dict[str, Topic] = {}
    for one in sorted(definitions.history, key=lambda one: len(one.key)):
        named = [name for name in one.key if len(one.key) == 1 or name not in _SURROUNDINGS]
        rates = [column for column in history_columns(one) if (column.operation, column.window) == ("rate", "all")]
        if len(one.key) <= _MOST_KEYS and len(named) == 1 and rates:
            feature = Feature(rates[0].name, one.entity, rates[0].unit, rates[0].meaning, "")
            found.setdefault(named[0], Topic(feature, feature.unit, rates[0], one.strength))
    return found


def _topic(
    feature: Feature, counted: tuple[HistoryColumn, float] | None, said: Column | None, pasts: dict[str, Topic]
) -> Topic:
    if counted is not None:
        column, strength = counted
        plain = column.operation not in ("kept_size", "rate_trend")
        return Topic(feature, feature.unit, column, strength, plain)
    if said is None:
        return Topic(feature, feature.unit)
    comparable = said.part is None and "size_rank" not in said.operands and said.verb not in _NO_MIDDLE
    past = pasts.get(said.category) if said.category is not None else None
    return Topic(feature, _format(feature, said), comparable=comparable, past=past)


def _format(feature: Feature, said: Column) -> Format:
    if said.part is not None:
        part = said.part[1]
        return "count" if part == "day" else part
    priced = any(name in _PRICES for name in said.operands)
    return "money" if priced and said.verb in ("number", "product", "total") else feature.unit
