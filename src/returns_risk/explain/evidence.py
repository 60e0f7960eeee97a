"""The number of lines behind a fact."""

from typing import Literal

from returns_risk.explain.statements import Row, number_of
from returns_risk.explain.topics import Topic
from returns_risk.features.history_columns import suffix

__all__ = ["Grade", "grade", "lines_behind"]

Grade = Literal["well", "some", "little", "none"]
_EXACT = ("days_since", "pending", "tenure")
"""Operations that are exact for any number of lines; so are sums, except that of returned lines."""

_BASIS = {
    "usual_quantity": "ordered",
    "usual_unit_price": "ordered",
    "interpurchase": "ordered",
    "sum_trend": "ordered",
    "reason_share": "returned",
    "kept_size": "kept",
}
"""Events behind operations that do not rest on known outcomes."""


def grade(lines: float, prior_weight: float) -> Grade:
    """Grade the share of the entity's own lines in a smoothed value: two thirds or more, a third or more, less, none.

    >>> [grade(lines, prior_weight=20) for lines in (40, 10, 9, 0)]
    ['well', 'some', 'little', 'none']
    """
    if lines >= 2 * prior_weight:
        return "well"
    if lines >= prior_weight / 2:
        return "some"
    return "little" if lines > 0 else "none"


def lines_behind(topic: Topic, row: Row) -> float | None:
    """Return the number of lines behind a fact; None for attributes of the order, or where it is not known.

    Rates and numbers of returns rest on the lines with a known outcome, shares of reasons on the returned lines, and
    usual values on the lines ordered before.
    """
    column = topic.history
    if topic.name == "fit_style_runs":
        return number_of(row, "fit_outcomes_of_style")
    if column is None or column.operation in _EXACT:
        return None
    if column.operation == "sum" and (column.event, column.measure) != ("returned", "lines"):
        return None
    window = column.against if column.operation in ("rate_trend", "sum_trend") else column.window
    ordered, returned, kept = (
        number_of(row, f"{topic.entity}_{event}_lines_{suffix(window)}") for event in ("ordered", "returned", "kept")
    )
    others = None if ordered is None else max(ordered - 1, 0)  # without the line itself
    if column.operation in _BASIS:
        return {"ordered": others, "returned": returned, "kept": kept}[_BASIS[column.operation]]
    if returned is not None and kept is not None:
        return returned + kept
    pending = number_of(row, f"{topic.entity}_pending_lines") if window == "all" else None
    return others if ordered is None or pending is None else max(ordered - pending, 0)
