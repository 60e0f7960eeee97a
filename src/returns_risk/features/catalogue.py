"""The features that a definition gives: named, typed and explained columns in a fixed order."""

from dataclasses import dataclass

from returns_risk.features.belief_definitions import BeliefsDefinition, belief_columns
from returns_risk.features.fit_definitions import FIT_COLUMNS, FitDefinition
from returns_risk.features.history_columns import Unit, history_columns
from returns_risk.features.history_definitions import HistoryDefinition
from returns_risk.features.line_definitions import BasketDefinition, LineDefinition

__all__ = ["Feature", "list_features"]

_KNOWN_HISTORY = "events whose day ended before the as-of"
_KNOWN_OUTCOMES = "outcomes whose day ended before the as-of"
_KNOWN_ORDER_TIME = "said by the order, the product and the customer when it was ordered"
_KNOWN_BASKET = "lines of the order known before the as-of"
_UNITS: dict[str, Unit] = {
    "category": "category",
    "identity": "identity",
    "discount": "share",
    "share": "share",
    "days": "days",
    "until": "days",
    "since": "days",
    "distinct": "count",
    "distinct_within": "count",
    "rank": "count",
    "years": "count",
}
"""By verb; of any other verb ``number``."""


@dataclass(frozen=True)
class Feature:
    """A column that a model may use."""

    name: str
    group: str
    """Reasons are grouped by it: the entity, or the group of a belief."""
    unit: Unit
    meaning: str
    known: str
    """Which facts it rests on, so that nothing later can be in it."""
    entity: str
    """Of the definition that gives it, and the name of its file."""


def list_features(
    definition: HistoryDefinition | LineDefinition | BasketDefinition | BeliefsDefinition | FitDefinition,
) -> list[Feature]:
    """List the features of a definition in catalogue order."""
    if isinstance(definition, BeliefsDefinition):
        return [
            Feature(column.name, column.group, column.unit, column.meaning, _KNOWN_OUTCOMES, definition.entity)
            for column in belief_columns(definition)
        ]
    if isinstance(definition, FitDefinition):
        return [
            Feature(column.name, definition.entity, column.unit, column.meaning, _KNOWN_OUTCOMES, definition.entity)
            for column in FIT_COLUMNS
        ]
    if isinstance(definition, HistoryDefinition):
        return [
            Feature(column.name, definition.entity, column.unit, column.meaning, _KNOWN_HISTORY, definition.entity)
            for column in history_columns(definition)
            if column.is_feature
        ]
    known = _KNOWN_BASKET if isinstance(definition, BasketDefinition) else _KNOWN_ORDER_TIME
    return [
        Feature(name, definition.entity, _UNITS.get(column.verb, "number"), column.meaning, known, definition.entity)
        for name, column in definition.columns.items()
    ]
