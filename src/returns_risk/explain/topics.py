"""What each column is about, independent of the language."""

from dataclasses import dataclass
from typing import Literal

from returns_risk.explain.belief_facts import BeliefFact, list_belief_facts
from returns_risk.features import Feature, FeatureSet
from returns_risk.features.belief_definitions import BeliefsDefinition, belief_columns
from returns_risk.features.fit_definitions import FIT_NAMES
from returns_risk.features.history_columns import HistoryColumn, Unit, history_columns
from returns_risk.features.line_definitions import BasketDefinition, Column, LineDefinition

__all__ = ["Format", "Topic", "list_topics"]

Format = Literal["weekday", "month", "hour"] | Unit
"""Format of a value."""
_PRICES = ("unit_price", "list_price", "line_value")
_PRIOR_WEIGHT = 20.0
_WITHOUT_MEDIAN = ("category", "identity", "rank")
_SCOPES = ("category", "market")
"""A size is compared within its category, a payment method within its market."""
_MOST_KEYS = 2
_BELIEF_ENTITIES = {"item": "sku"}
"""Entities that groups of beliefs are about, where they have another name."""


@dataclass(frozen=True)
class Topic:
    """The meaning of one column."""

    feature: Feature
    format: Format
    history: HistoryColumn | None = None
    """How its history is aggregated; None for attributes of the line or the order."""
    prior_weight: float = _PRIOR_WEIGHT
    """Weight of the parent entity's rate, in lines."""
    comparable: bool = True
    """Whether a typical value beside it makes sense."""
    past: "Topic | None" = None
    """For an attribute such as brand or size: the return rate of its value so far."""
    group: str = ""
    """Of the mean or the variance of a group of beliefs: its name."""
    facts: tuple[BeliefFact, ...] = ()
    """Of a mean of beliefs: what is stated for it, the first that is clear."""
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
    histories = {
        column.name: (column, history.strength)
        for history in definitions.history
        for column in history_columns(history)
    }
    attributes = {
        name: column
        for definition in definitions.definitions
        if isinstance(definition, LineDefinition | BasketDefinition)
        for name, column in definition.columns.items()
    }
    pasts, learnt = _pasts(definitions), _learnt(definitions)
    return [
        learnt.get(feature.name) or _topic(feature, histories.get(feature.name), attributes.get(feature.name), pasts)
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
            feature, feature.unit, comparable=False, group=groups.get(feature.name, ""),
            facts=facts.get(feature.name, ()), has_meaning=False,
        )
        for feature in definitions.features
        if feature.name in groups or feature.name in FIT_NAMES
    }  # fmt: skip


def _pasts(definitions: FeatureSet) -> dict[str, Topic]:
    """Return the return rate behind each attribute: of the brand, or of the size in its category."""
    rates_by_attribute: dict[str, Topic] = {}
    for history in sorted(definitions.history, key=lambda history: len(history.key)):
        named = [name for name in history.key if len(history.key) == 1 or name not in _SCOPES]
        rates = [column for column in history_columns(history) if (column.operation, column.window) == ("rate", "all")]
        if len(history.key) <= _MOST_KEYS and len(named) == 1 and rates:
            feature = Feature(rates[0].name, history.entity, rates[0].unit, rates[0].meaning, "")
            rates_by_attribute.setdefault(named[0], Topic(feature, feature.unit, rates[0], history.strength))
    return rates_by_attribute


def _topic(
    feature: Feature, history: tuple[HistoryColumn, float] | None, attribute: Column | None, pasts: dict[str, Topic]
) -> Topic:
    if history is not None:
        column, prior_weight = history
        comparable = column.operation not in ("kept_size", "rate_trend")
        return Topic(feature, feature.unit, column, prior_weight, comparable)
    if attribute is None:
        return Topic(feature, feature.unit)
    comparable = (
        attribute.part is None and "size_rank" not in attribute.operands and attribute.verb not in _WITHOUT_MEDIAN
    )
    past = pasts.get(attribute.category) if attribute.category is not None else None
    return Topic(feature, _format(feature, attribute), comparable=comparable, past=past)


def _format(feature: Feature, attribute: Column) -> Format:
    if attribute.part is not None:
        part = attribute.part[1]
        return "count" if part == "day" else part
    priced = any(name in _PRICES for name in attribute.operands)
    return "money" if priced and attribute.verb in ("number", "product", "total") else feature.unit
