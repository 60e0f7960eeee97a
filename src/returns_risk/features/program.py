"""A history definition translated for the kernel: its sums, and how each column is computed from them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from returns_risk.features.history_columns import HistoryColumn, history_columns
from returns_risk.features.history_definitions import HistoryDefinition, Window
from returns_risk.history import COUNTS_AS, EVENTS, KINDS, MEASURES, MONEY_SCALE
from returns_risk.history.history import SIZE_SCALE
from returns_risk.history.operations import COLUMN_OPERATIONS
from returns_risk.history.sweep import Program as KernelProgram

__all__ = ["Program", "translate"]


@dataclass(frozen=True)
class Program:
    """A definition in the form of the kernel."""

    columns: list[HistoryColumn]
    operations: npt.NDArray[np.int64]
    """Of the columns, as in ``kernel``."""
    kernel: KernelProgram
    with_money: bool
    """Whether any column rests on sums of money."""


def translate(definition: HistoryDefinition, reasons: Sequence[str]) -> Program:
    """Translate a definition.

    Parameters
    ----------
    reasons : the reasons by their numbers in the events
    """
    # Trends of rates are computed from other columns and come last.
    columns = sorted(history_columns(definition), key=lambda column: column.operation == "rate_trend")
    spans = [column.window for column in columns] + [column.against for column in columns]
    windows: list[int] = sorted({span for span in spans if span != "all"})
    slots: dict[tuple[str, str], int] = {}

    def slot(event: str, measure: str) -> int:
        return slots.setdefault((event, measure), len(slots))

    def window_of(span: Window) -> int:
        return len(windows) if span == "all" else windows.index(span)

    names = [column.name for column in columns]
    groups = list(definition.reasons)
    operations = np.zeros((len(columns), 5), dtype=np.int64)
    scales = np.ones(len(columns))
    for number, column in enumerate(columns):
        a = b = c = 0
        if column.operation in ("sum", "sum_trend"):
            a, c = slot(column.event, column.measure), window_of(column.against)
        elif column.operation == "rate":
            a, b = slot("closed", "lines"), slot("kept", "lines")
        elif column.operation == "money_rate":
            a, b, c = slot("closed", "lines"), slot("closed", "money"), slot("kept", "money")
        elif column.operation == "days_since":
            a = EVENTS.index(column.event)
        elif column.operation == "pending":
            a, b = slot("ordered", "lines"), slot("settled", "lines")
        elif column.operation == "reason_share":
            a, b, c = slot("returned", "lines"), slot("reason", column.reason), 1 + groups.index(column.reason)
        elif column.operation == "rate_trend":
            a, b = (names.index(f"{definition.entity}_return_rate_{span}d") for span in (column.window, column.against))
        operations[number] = (COLUMN_OPERATIONS.index(column.operation), window_of(column.window), a, b, c)
        if column.measure == "money" or column.operation == "usual_unit_price":
            scales[number] = 1 / MONEY_SCALE
        elif column.operation == "kept_size":
            scales[number] = 1 / SIZE_SCALE
    group_of = {reason: group for group, members in definition.reasons.items() for reason in members}
    # Number 0 is no reason.
    reason_slots = [-1, *(slots.get(("reason", group_of.get(reason, "")), -1) for reason in reasons)]
    since = {column.event for column in columns if column.operation == "days_since"}
    adds = _by_kind(lambda event: [(slots[event, m], n) for n, m in enumerate(MEASURES) if (event, m) in slots])
    marked = since | {event for event, measure in slots if measure == "days"}
    marks = _by_kind(lambda event: [(EVENTS.index(event), slots.get((event, "days"), -1))] if event in marked else [])
    kernel = (
        np.array(windows, dtype=np.int64),
        # A group of reasons that no return has given yet has its sum, too.
        max(len(slots), 1),
        adds,
        marks,
        np.array(reason_slots, dtype=np.int64),
        operations,
        scales,
    )
    usual = any(column.operation == "usual_unit_price" for column in columns)
    return Program(columns, operations, kernel, usual or bool((adds[1][:, 1] == MEASURES.index("money")).any()))


def _by_kind(of_event: Callable[[str], list[tuple[int, int]]]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return where each kind's pairs begin and the pairs, of shape (n, 2), of all events that it counts as."""
    pairs = [[pair for event in COUNTS_AS[kind] for pair in of_event(event)] for kind in KINDS]
    begins = np.cumsum([0, *(len(of_kind) for of_kind in pairs)])
    return begins, np.array([pair for of_kind in pairs for pair in of_kind], dtype=np.int64).reshape(-1, 2)
