"""Which definitions a source has the columns for."""

import logging
from collections.abc import Sequence
from typing import Any

from returns_risk.features.history_definitions import HistoryDefinition
from returns_risk.features.line_definitions import BasketDefinition, LineDefinition
from returns_risk.snapshot.columns import RETURN_REASON

__all__ = ["Definition", "available_definitions"]

Definition = HistoryDefinition | LineDefinition | BasketDefinition
_logger = logging.getLogger(__name__)


def available_definitions(definitions: Sequence[Definition], columns: list[str]) -> list[Definition]:
    """Leave out what needs a column that the source does not have, with a warning for each.

    An entity whose parent is left out shrinks towards its nearest remaining ancestor, or towards the prior of the last.
    """
    available: list[Definition] = []
    history = {definition.entity: definition for definition in definitions if isinstance(definition, HistoryDefinition)}
    for definition in definitions:
        if not isinstance(definition, HistoryDefinition):
            available.append(_available_columns(definition, columns))
        elif absent := [name for name in definition.key if name not in columns]:
            _warn(definition, "is off: the source has no column %s", ", ".join(absent))
        else:
            parent, prior = definition.parent, definition.prior_rate
            remaining = {other.entity for other in available}
            while parent is not None and parent not in remaining:
                above = history[parent]
                parent, prior = above.parent, above.prior_rate
            update = {"parent": parent, "prior_rate": prior} | _unavailable_parts(definition, columns)
            available.append(definition.model_copy(update=update))
    return available


def _unavailable_parts(definition: HistoryDefinition, columns: list[str]) -> dict[str, Any]:
    """Switch off what needs reasons or sizes where the source has none."""
    update: dict[str, Any] = {}
    if definition.reasons and RETURN_REASON not in columns:
        _warn(definition, ": shares of reasons are off: the returns have no column reason")
        update["reasons"] = {}
    if definition.kept_size and "size_rank" not in columns:
        _warn(definition, ": kept_size is off: the source has no column size")
        update["kept_size"] = False
    return update


def _available_columns(
    definition: LineDefinition | BasketDefinition, columns: list[str]
) -> LineDefinition | BasketDefinition:
    available = {
        name: column
        for name, column in definition.columns.items()
        if all(operand in columns for operand in column.operands)
    }
    if absent := [name for name in definition.columns if name not in available]:
        _warn(definition, ": %s are off: the source lacks their columns", absent)
    return definition.model_copy(update={"columns": available})


def _warn(definition: Definition, finding: str, *details: object) -> None:
    space = "" if finding.startswith(":") else " "
    _logger.warning("features/definitions/%s.yaml" + space + finding, definition.entity, *details)
