"""The columns of a history definition: how each is named, explained and computed."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

from returns_risk.features.history_definitions import HistoryDefinition, Window

__all__ = ["HistoryColumn", "Unit", "history_columns", "share_name", "share_sources", "suffix"]

Unit = Literal["share", "count", "days", "ratio", "money", "number", "category", "identity"]
Operation = Literal[
    "sum", "rate", "money_rate", "days_since", "pending", "usual_quantity", "usual_unit_price", "tenure",
    "interpurchase", "rate_trend", "sum_trend", "reason_share", "kept_size",
]  # fmt: skip

_EVENT_TEXTS = {
    "ordered": "ordered",
    "returned": "sent back",
    "closed": "past their return window",
    "kept": "kept",
    "cancelled": "cancelled",
}
_MEASURE_TEXTS = {"lines": "lines", "units": "units", "money": "money of lines", "days": "days with lines"}


@dataclass(frozen=True)
class HistoryColumn:
    """One column of an entity."""

    name: str
    operation: Operation
    unit: Unit
    meaning: str
    window: Window = "all"
    event: str = "ordered"
    measure: str = "lines"
    against: Window = "all"
    """The longer window of a trend."""
    reason: str = ""
    """Name of the group of reasons of a share."""
    is_feature: bool = True
    """False for columns that only others are computed from."""


def suffix(window: Window) -> str:
    """Return the ending of a column's name: ``all`` or ``90d``."""
    return "all" if window == "all" else f"{window}d"


def share_name(entity: str, reason: str) -> str:
    """Return the name of the share of all time that the shares of entities below shrink towards."""
    return f"{entity}_{reason}_share_all"


def share_sources(definition: HistoryDefinition, by_entity: Mapping[str, HistoryDefinition]) -> dict[str, str]:
    """Return the entity towards which the share of each group of reasons shrinks: the nearest above that counts it.

    Groups that no entity above counts are left out.
    """
    sources: dict[str, str] = {}
    above = by_entity.get(definition.parent or "")
    while above is not None:
        for reason in definition.reasons:
            if reason in above.reasons:
                sources.setdefault(reason, above.entity)
        above = by_entity.get(above.parent or "")
    return sources


def history_columns(definition: HistoryDefinition) -> list[HistoryColumn]:
    """List the columns of a definition in catalogue order, then those that only others are computed from."""
    columns = [*_windowed(definition), *_others(definition), *_reasons(definition), *_trends(definition)]
    names = {column.name for column in columns}
    return columns + [column for column in _needed(definition) if column.name not in names]


def _column(
    definition: HistoryDefinition, operation: Operation, name: str, unit: Unit, explanation: str, **more: str | Window
) -> HistoryColumn:
    return HistoryColumn(f"{definition.entity}_{name}", operation, unit, f"{definition.meaning}: {explanation}", **more)  # type: ignore[arg-type]


def _rate(definition: HistoryDefinition, window: Window) -> HistoryColumn:
    explanation = f"share sent back {_period(window)} (smoothed)"
    return _column(definition, "rate", f"return_rate_{suffix(window)}", "share", explanation, window=window)


def _windowed(definition: HistoryDefinition) -> list[HistoryColumn]:
    columns, column = [], partial(_column, definition)
    for window in dict.fromkeys((*definition.windows, *definition.rated)):
        for count in definition.counts if window in definition.windows else ():
            event, measure = count.split("_")
            unit: Unit = "money" if measure == "money" else "count"
            explanation = f"{_MEASURE_TEXTS[measure]} {_EVENT_TEXTS[event]} {_period(window)}"
            name = f"{count}_{suffix(window)}"
            columns.append(column("sum", name, unit, explanation, window=window, event=event, measure=measure))
        if window in definition.rated:
            columns.append(_rate(definition, window))
            if definition.money_rates:
                explanation = f"share of money sent back {_period(window)} (smoothed)"
                name = f"money_return_rate_{suffix(window)}"
                columns.append(column("money_rate", name, "share", explanation, window=window))
    return columns


def _others(definition: HistoryDefinition) -> list[HistoryColumn]:
    columns, column = [], partial(_column, definition)
    for event in definition.recency:
        explanation = f"days since the last line was {_EVENT_TEXTS[event]}"
        columns.append(column("days_since", f"days_since_{event}", "days", explanation, event=event))
    if definition.pending:
        columns.append(column("pending", "pending_lines", "count", "lines whose return window is still open"))
    for value in definition.usual:
        explanation = f"{value.replace('_', ' ')} of this line relative to the usual one"
        operation: Operation = "usual_quantity" if value == "quantity" else "usual_unit_price"
        columns.append(column(operation, f"usual_{value}_ratio", "ratio", explanation))
    if definition.kept_size:
        explanation = "size of this line less the usual size of what was kept"
        columns.append(column("kept_size", "kept_size_difference", "number", explanation))
    if definition.tenure:
        columns.append(column("tenure", "tenure_days", "days", "days since the first line was ordered"))
    if definition.interpurchase:
        explanation = "days between days with orders, on average"
        columns.append(column("interpurchase", "interpurchase_days", "days", explanation))
    return columns


def _reasons(definition: HistoryDefinition) -> list[HistoryColumn]:
    columns = []
    for reason in definition.reasons:
        for window in definition.reason_windows:
            name = f"{reason}_share_{suffix(window)}"
            explanation = f"share of what was sent back for {reason} {_period(window)} (smoothed)"
            columns.append(
                _column(definition, "reason_share", name, "share", explanation, window=window, reason=reason)
            )
    return columns


def _trends(definition: HistoryDefinition) -> list[HistoryColumn]:
    if definition.trend is None:
        return []
    short, long = definition.trend
    span, windows = f"{short}d_{long}d", {"window": short, "against": long}
    explanation = f"in the last {short} days against the last {long}"
    ordered, rate = f"lines ordered a day {explanation}", f"change of the share sent back {explanation} (smoothed)"
    columns = [_column(definition, "sum_trend", f"ordered_trend_{span}", "ratio", ordered, **windows)]
    if definition.rates:
        columns.append(_column(definition, "rate_trend", f"return_rate_trend_{span}", "number", rate, **windows))
    return columns


def _needed(definition: HistoryDefinition) -> list[HistoryColumn]:
    """Return columns that others are computed from: rates of all time for entities below, and rates of a trend."""
    windows: list[Window] = ["all"] if definition.rates else []
    if definition.rates and definition.trend is not None:
        windows += [*definition.trend]
    rates = [_rate(definition, window) for window in windows]
    shares = _reasons(definition.model_copy(update={"reason_windows": ("all",)}))
    return [HistoryColumn(**(vars(column) | {"is_feature": False})) for column in (*rates, *shares)]


def _period(window: Window) -> str:
    return "so far" if window == "all" else f"in the last {window} days"
