"""Facts that are stated for a group of beliefs, whose own values mean nothing to people."""

from collections.abc import Mapping

from returns_risk.features import FeatureSet
from returns_risk.features.belief_definitions import BeliefsDefinition
from returns_risk.features.history_columns import history_columns
from returns_risk.features.line_definitions import BasketDefinition, LineDefinition

__all__ = ["list_belief_facts"]

_AMOUNTS = ("number", "product", "discount", "total", "distinct", "distinct_within")
"""Verbs of numbers of which more may be a reason; an age is none."""


def list_belief_facts(definitions: FeatureSet) -> dict[str, tuple[str, ...]]:
    """List the columns whose facts lie behind the keys of each group, by the name of its column.

    First what compares the lines of the order, then return rates, the entity with the most parents first (the item
    before its brand), then other numbers.
    """
    return {
        f"belief_{name}": tuple(_facts(group.keys, definition, definitions))
        for definition in definitions.definitions
        if isinstance(definition, BeliefsDefinition)
        for name, group in definition.groups.items()
    }


def _facts(keys: tuple[tuple[str, ...], ...], definition: BeliefsDefinition, definitions: FeatureSet) -> list[str]:
    columns = {
        (column.verb, *column.operands): name
        for described in definitions.definitions
        if isinstance(described, LineDefinition | BasketDefinition)
        for name, column in described.columns.items()
    }
    bands = [definition.bands[key[0]] for key in keys if len(key) == 1 and key[0] in definition.bands]
    known = [
        (band.verb, columns[(band.verb, *band.operands)])
        for band in bands
        if band.verb in _AMOUNTS and (band.verb, *band.operands) in columns
    ]
    compared = [column for verb, column in known if verb == "distinct_within"]
    return [*compared, *_rates(keys, definitions), *(column for verb, column in known if verb != "distinct_within")]


def _rates(keys: tuple[tuple[str, ...], ...], definitions: FeatureSet) -> list[str]:
    by_key = {tuple(sorted(history.key)): history for history in definitions.history}
    parents = {history.entity: history.parent for history in definitions.history}
    histories = [by_key[tuple(sorted(key))] for key in keys if tuple(sorted(key)) in by_key]
    return [
        column.name
        for history in sorted(histories, key=lambda history: -_depth(history.entity, parents))
        for column in history_columns(history)
        if column.is_feature and (column.operation, column.window) == ("rate", "all")
    ]


def _depth(entity: str, parents: Mapping[str, str | None]) -> int:
    parent = parents.get(entity)
    return 0 if parent is None else 1 + _depth(parent, parents)
