"""Which definitions a source has the columns for."""

from collections.abc import Sequence
from typing import Any

from returns_risk.features.belief_definitions import BeliefsDefinition
from returns_risk.features.fit_definitions import FitDefinition
from returns_risk.features.history_definitions import HistoryDefinition
from returns_risk.features.line_definitions import BasketDefinition, LineDefinition
from returns_risk.snapshot.columns import RETURN_REASON

__all__ = ["Definition", "available_definitions"]

Definition = HistoryDefinition | LineDefinition | BasketDefinition | BeliefsDefinition | FitDefinition


def available_definitions(definitions: Sequence[Definition], columns: list[str]) -> tuple[list[Definition], list[str]]:
    """Leave out what needs a column that the source does not have.

    An entity whose parent is left out shrinks towards its nearest remaining ancestor, or towards the prior of the last.

    Returns
    -------
    the available definitions, and a sentence about each that is left out or cut
    """
    available: list[Definition] = []
    left_out: list[str] = []
    history = {definition.entity: definition for definition in definitions if isinstance(definition, HistoryDefinition)}
    for definition in definitions:
        if isinstance(definition, BeliefsDefinition):
            available += _available_keys(definition, columns, left_out)
        elif isinstance(definition, FitDefinition):
            available += _available_fit(definition, columns, left_out)
        elif not isinstance(definition, HistoryDefinition):
            available.append(_available_columns(definition, columns, left_out))
        elif absent := [name for name in definition.key if name not in columns]:
            left_out.append(f"{_file(definition)} is off: the source has no column {', '.join(absent)}")
        else:
            parent, prior = definition.parent, definition.prior_rate
            remaining = {other.entity for other in available}
            while parent is not None and parent not in remaining:
                above = history[parent]
                parent, prior = above.parent, above.prior_rate
            update = {"parent": parent, "prior_rate": prior} | _unavailable_parts(definition, columns, left_out)
            available.append(definition.model_copy(update=update))
    return available, left_out


def _unavailable_parts(definition: HistoryDefinition, columns: list[str], left_out: list[str]) -> dict[str, Any]:
    """Switch off what needs reasons or sizes where the source has none."""
    update: dict[str, Any] = {}
    if definition.reasons and RETURN_REASON not in columns:
        left_out.append(f"{_file(definition)}: shares of reasons are off: the returns have no column reason")
        update["reasons"] = {}
    if definition.kept_size and "size_rank" not in columns:
        left_out.append(f"{_file(definition)}: kept_size is off: the source has no column size")
        update["kept_size"] = False
    return update


def _available_columns(
    definition: LineDefinition | BasketDefinition, columns: list[str], left_out: list[str]
) -> LineDefinition | BasketDefinition:
    available = {
        name: column
        for name, column in definition.columns.items()
        if all(operand in columns for operand in column.operands)
    }
    if absent := [name for name in definition.columns if name not in available]:
        left_out.append(f"{_file(definition)}: {absent} are off: the source lacks their columns")
    return definition.model_copy(update={"columns": available})


def _available_keys(definition: BeliefsDefinition, columns: list[str], left_out: list[str]) -> list[BeliefsDefinition]:
    bands = {
        name: band for name, band in definition.bands.items() if all(operand in columns for operand in band.operands)
    }
    groups = {
        name: group.model_copy(
            update={"keys": tuple(key for key in group.keys if all(part in bands or part in columns for part in key))}
        )
        for name, group in definition.groups.items()
    }
    groups = {name: group for name, group in groups.items() if group.keys}
    if not groups:
        left_out.append(f"{_file(definition)} is off: the source has none of the columns of its keys")
        return []
    available = definition.model_copy(update={"bands": bands, "groups": groups})
    if absent := [" x ".join(key) for key in definition.keys if key not in available.keys]:
        left_out.append(f"{_file(definition)}: beliefs of {absent} are off: the source lacks their columns")
    return [available]


def _available_fit(definition: FitDefinition, columns: list[str], left_out: list[str]) -> list[FitDefinition]:
    if absent := [name for name in ("style", "size_rank") if name not in columns]:
        left_out.append(f"{_file(definition)} is off: the source has no column {', '.join(absent)}")
        return []
    groups = {
        name: tuple(item for item in getattr(definition, name) if all(part in columns for part in item.key))
        for name in ("offsets", "tolerances")
    }
    if absent := [
        " x ".join(item.key) for name in groups for item in getattr(definition, name) if item not in groups[name]
    ]:
        left_out.append(f"{_file(definition)}: {absent} are off: the source lacks their columns")
    return [definition.model_copy(update=groups)]


def _file(definition: Definition) -> str:
    return f"features/definitions/{definition.entity}.yaml"
