"""FeatureSet compiled to named, typed, explained columns in a fixed order."""

import logging
from dataclasses import dataclass
from typing import Any

from returns_risk.errors import ParamsError
from returns_risk.features.definitions import BasketDefinition, Column, FeatureSet, HistoryDefinition, LineDefinition
from returns_risk.features.history_columns import Unit, history_columns
from returns_risk.snapshot.columns import RETURN_REASON

__all__ = ["Feature", "compile_features", "drop_unavailable"]

_KNOWN_HISTORY = "events whose day ended before the as-of"
_KNOWN_ORDER_TIME = "said by the order, the product and the customer when it was ordered"
_KNOWN_BASKET = "lines of the order known before the as-of"
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Feature:
    """One column that a model may use."""

    name: str
    group: str
    """The entity it belongs to; reasons are grouped by it."""
    unit: Unit
    meaning: str
    known: str
    """Which facts it rests on, so that nothing later can be in it."""


def drop_unavailable(definitions: FeatureSet, columns: list[str]) -> FeatureSet:
    """Leave out what needs a column that the source does not have, with a notice for each.

    An entity whose parent falls away shrinks towards its nearest remaining ancestor, or towards the prior of the last.
    """
    kept: list[HistoryDefinition | LineDefinition | BasketDefinition] = []
    history = {one.entity: one for one in definitions.history}
    for one in definitions.definitions:
        if not isinstance(one, HistoryDefinition):
            kept.append(_without_absent(one, columns))
        elif absent := [name for name in one.key if name not in columns]:
            _logger.warning(
                "features/definitions/%s.yaml is off: the source has no column %s", one.entity, ", ".join(absent)
            )
        else:
            parent, prior, left = one.parent, one.prior_rate, {known.entity for known in kept}
            while parent is not None and parent not in left:
                above = history[parent]
                parent, prior = above.parent, above.prior_rate
            kept.append(_without_reasons(one, columns).model_copy(update={"parent": parent, "prior_rate": prior}))
    return FeatureSet(definitions=tuple(kept))


def compile_features(definitions: FeatureSet) -> list[Feature]:
    """List the columns of the definitions in catalogue order: by definition, then as written there.

    Raises
    ------
    ParamsError
        Two columns have one name.
    """
    features: list[Feature] = []
    for one in definitions.definitions:
        if isinstance(one, HistoryDefinition):
            features += _history_features(one)
        else:
            known = _KNOWN_BASKET if isinstance(one, BasketDefinition) else _KNOWN_ORDER_TIME
            features += [
                Feature(name, one.entity, _unit(column), column.meaning, known) for name, column in one.columns.items()
            ]
    names = [feature.name for feature in features]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ParamsError(
            f"features/definitions/*.yaml: columns {twice} are defined twice. Rename or remove one of each."
        )
    return features


def _without_reasons(one: HistoryDefinition, columns: list[str]) -> HistoryDefinition:
    """Leave out what needs reasons or sizes where the source has none."""
    update: dict[str, Any] = {}
    if one.reasons and RETURN_REASON not in columns:
        _logger.warning(
            "features/definitions/%s.yaml: shares of reasons are off: the returns have no column reason", one.entity
        )
        update["reasons"] = {}
    if one.kept_size and "size_rank" not in columns:
        _logger.warning("features/definitions/%s.yaml: kept_size is off: the source has no column size", one.entity)
        update["kept_size"] = False
    return one.model_copy(update=update)


def _without_absent(
    definition: LineDefinition | BasketDefinition, columns: list[str]
) -> LineDefinition | BasketDefinition:
    present = {
        name: column
        for name, column in definition.columns.items()
        if all(operand in columns for operand in column.operands)
    }
    absent = [name for name in definition.columns if name not in present]
    if absent:
        _logger.warning(
            "features/definitions/%s.yaml: %s are off: the source lacks their columns", definition.entity, absent
        )
    return definition.model_copy(update={"columns": present})


def _history_features(one: HistoryDefinition) -> list[Feature]:
    return [
        Feature(column.name, one.entity, column.unit, column.meaning, _KNOWN_HISTORY)
        for column in history_columns(one)
        if column.asked
    ]


def _unit(column: Column) -> Unit:
    units: dict[str, Unit] = {
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
    return units.get(column.verb, "number")
