"""What each column is about, independent of the language."""

from dataclasses import dataclass
from typing import Literal

from returns_risk.explain.belief_facts import list_belief_facts
from returns_risk.features import Feature, FeatureSet
from returns_risk.features.belief_definitions import BeliefsDefinition, belief_columns
from returns_risk.features.fit_definitions import FIT_NAMES
from returns_risk.features.history_columns import HistoryColumn, Unit, history_columns
from returns_risk.features.line_definitions import BasketDefinition, Column, LineDefinition

__all__ = ["Format", "Topic", "list_topics"]

Format = Literal["weekday", "month", "hour"] | Unit
"""Format of a value."""
_PRICES = ("unit_price", "list_price", "line_value")
_BELIEF_ENTITIES = {"item": "sku"}
"""Entities that groups of beliefs are about, where they have another name."""


@dataclass(frozen=True)
class Topic:
    """The meaning of one column."""

    feature: Feature
    format: Format
    history: HistoryColumn | None = None
    """How its history is aggregated; None for attributes of the line or the order."""
    group: str = ""
    """Of the mean or the variance of a group of beliefs: its name."""
    facts: tuple[str, ...] = ()
    """Of a mean of beliefs: columns whose fact is stated for it, the first that has one."""
    has_meaning: bool = True
    """Whether people can read the value: not that of a belief, or the uncertainty of a misfit."""

    @property
    def name(self) -> str:
        """Name of the column."""
        return self.feature.name

    @property
    def entity(self) -> str:
        """The entity it belongs to."""
        return _BELIEF_ENTITIES.get(self.group, self.group) or self.feature.group


def list_topics(catalogue: list[Feature], definitions: FeatureSet) -> list[Topic]:
    """Return what each column of a catalogue is about; columns without a definition have only their meaning.

    Parameters
    ----------
    catalogue : the columns, in any order
    definitions : from which they were compiled
    """
    histories = {column.name: column for history in definitions.history for column in history_columns(history)}
    attributes = {
        name: column
        for definition in definitions.definitions
        if isinstance(definition, LineDefinition | BasketDefinition)
        for name, column in definition.columns.items()
    }
    learnt = _learnt(definitions)
    return [
        learnt.get(feature.name)
        or Topic(feature, _format(feature, attributes.get(feature.name)), histories.get(feature.name))
        for feature in catalogue
    ]


def _learnt(definitions: FeatureSet) -> dict[str, Topic]:
    """Return the topics of the columns of beliefs and of fit, whose values mean nothing to people."""
    facts = list_belief_facts(definitions)
    groups = {
        column.name: "" if column.group == definition.entity else column.group
        for definition in definitions.definitions
        if isinstance(definition, BeliefsDefinition)
        for column in belief_columns(definition)
    }
    return {
        feature.name: Topic(
            feature, feature.unit, group=groups.get(feature.name, ""), facts=facts.get(feature.name, ()),
            has_meaning=False,
        )
        for feature in definitions.features
        if feature.name in groups or feature.name in FIT_NAMES
    }  # fmt: skip


def _format(feature: Feature, attribute: Column | None) -> Format:
    if attribute is None:
        return feature.unit
    if attribute.part is not None:
        part = attribute.part[1]
        return "count" if part == "day" else part
    priced = any(name in _PRICES for name in attribute.operands)
    return "money" if priced and attribute.verb in ("number", "product", "total") else feature.unit
