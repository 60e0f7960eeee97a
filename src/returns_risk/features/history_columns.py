"""What a history definition gives: its columns, how each is named, explained and computed, in one place."""

from dataclasses import dataclass
from typing import Literal

from returns_risk.features.history_definitions import HistoryDefinition, Window

__all__ = ["HistoryColumn", "Unit", "history_columns", "share_name", "suffix"]

Unit = Literal["share", "count", "days", "ratio", "money", "number", "category", "identity"]
Operation = Literal[
    "sum", "rate", "money_rate", "days_since", "pending", "usual_quantity", "usual_unit_price", "tenure",
    "interpurchase", "rate_trend", "sum_trend", "reason_share", "kept_size",
]  # fmt: skip

_EVENT_WORDS = {
    "ordered": "ordered",
    "returned": "sent back",
    "closed": "past their return window",
    "kept": "kept",
    "cancelled": "cancelled",
}
_MEASURE_WORDS = {"lines": "lines", "units": "units", "money": "money of lines", "days": "days with lines"}


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


def history_columns(one: HistoryDefinition) -> list[HistoryColumn]:
    """List the columns of a definition in catalogue order, then those that only others rest on."""
    columns = [*_windowed(one), *_others(one), *_reasons(one), *_trends(one)]
    names = {column.name for column in columns}
    return columns + [column for column in _needed(one) if column.name not in names]


def _column(
    one: HistoryDefinition, operation: Operation, name: str, unit: Unit, words: str, **more: str | Window
) -> HistoryColumn:
    return HistoryColumn(f"{one.entity}_{name}", operation, unit, f"{one.meaning}: {words}", **more)  # type: ignore[arg-type]


def _rate(one: HistoryDefinition, window: Window) -> HistoryColumn:
    words = f"share sent back {_period(window)} (smoothed)"
    return _column(one, "rate", f"return_rate_{suffix(window)}", "share", words, window=window)


def _windowed(one: HistoryDefinition) -> list[HistoryColumn]:
    columns = []
    for window in dict.fromkeys((*one.windows, *one.rated)):
        for count in one.counts if window in one.windows else ():
            event, measure = count.split("_")
            unit: Unit = "money" if measure == "money" else "count"
            words = f"{_MEASURE_WORDS[measure]} {_EVENT_WORDS[event]} {_period(window)}"
            name = f"{count}_{suffix(window)}"
            columns.append(_column(one, "sum", name, unit, words, window=window, event=event, measure=measure))
        if window in one.rated:
            columns.append(_rate(one, window))
            if one.money_rates:
                words = f"share of money sent back {_period(window)} (smoothed)"
                name = f"money_return_rate_{suffix(window)}"
                columns.append(_column(one, "money_rate", name, "share", words, window=window))
    return columns


def _others(one: HistoryDefinition) -> list[HistoryColumn]:
    columns = [
        _column(
            one,
            "days_since",
            f"days_since_{event}",
            "days",
            f"days since the last line was {_EVENT_WORDS[event]}",
            event=event,
        )
        for event in one.recency
    ]
    if one.pending:
        columns.append(_column(one, "pending", "pending_lines", "count", "lines whose return window is still open"))
    for value in one.usual:
        words = f"{value.replace('_', ' ')} of this line relative to the usual one"
        operation: Operation = "usual_quantity" if value == "quantity" else "usual_unit_price"
        columns.append(_column(one, operation, f"usual_{value}_ratio", "ratio", words))
    if one.kept_size:
        words = "size of this line less the usual size of what was kept"
        columns.append(_column(one, "kept_size", "kept_size_difference", "number", words))
    if one.tenure:
        columns.append(_column(one, "tenure", "tenure_days", "days", "days since the first line was ordered"))
    if one.interpurchase:
        words = "days between days with orders, on average"
        columns.append(_column(one, "interpurchase", "interpurchase_days", "days", words))
    return columns


def _reasons(one: HistoryDefinition) -> list[HistoryColumn]:
    return [
        _column(
            one,
            "reason_share",
            f"{reason}_share_{suffix(window)}",
            "share",
            f"share of what was sent back for {reason} {_period(window)} (smoothed)",
            window=window,
            reason=reason,
        )
        for reason in one.reasons
        for window in one.reason_windows
    ]


def _trends(one: HistoryDefinition) -> list[HistoryColumn]:
    if one.trend is None:
        return []
    short, long = one.trend
    span = f"{short}d_{long}d"
    words = f"in the last {short} days against the last {long}"
    columns = [
        _column(
            one,
            "sum_trend",
            f"ordered_trend_{span}",
            "ratio",
            f"lines ordered a day {words}",
            window=short,
            against=long,
        )
    ]
    if one.rates:
        change = f"change of the share sent back {words} (smoothed)"
        columns.append(
            _column(one, "rate_trend", f"return_rate_trend_{span}", "number", change, window=short, against=long)
        )
    return columns


def _needed(one: HistoryDefinition) -> list[HistoryColumn]:
    """Return what others rest on: entities below shrink towards rates of all time, trends compare two rates."""
    windows: list[Window] = ["all"] if one.rates else []
    if one.rates and one.trend is not None:
        windows += [*one.trend]
    rates = [_rate(one, window) for window in windows]
    shares = _reasons(one.model_copy(update={"reason_windows": ("all",)}))
    return [HistoryColumn(**(vars(column) | {"is_feature": False})) for column in (*rates, *shares)]


def _period(window: Window) -> str:
    return "so far" if window == "all" else f"in the last {window} days"
