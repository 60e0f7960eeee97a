"""How many lines a fact rests on."""

from typing import Literal

from returns_risk.explain.statements import Row, number_of
from returns_risk.explain.topics import Topic
from returns_risk.features.history_columns import suffix

__all__ = ["Grade", "grade", "lines_behind"]

Grade = Literal["well", "some", "little", "none"]
_EXACT = ("days_since", "pending", "tenure")
"""Operations that state what happened, whatever its number; so do sums, save that of lines sent back."""

_RESTS_ON = {
    "usual_quantity": "ordered",
    "usual_unit_price": "ordered",
    "interpurchase": "ordered",
    "sum_trend": "ordered",
    "reason_share": "returned",
    "kept_size": "kept",
}
"""What other operations rest on than known outcomes."""


def grade(lines: float, strength: float) -> Grade:
    """Say in how far a smoothed value is the entity's own: two thirds and more, a third and more, less, or not at all.

    >>> [grade(lines, strength=20) for lines in (40, 10, 9, 0)]
    ['well', 'some', 'little', 'none']
    """
    if lines >= 2 * strength:
        return "well"
    if lines >= strength / 2:
        return "some"
    return "little" if lines > 0 else "none"


def lines_behind(topic: Topic, row: Row) -> float | None:
    """Count the lines a fact rests on; None where it rests on none (an order is as it is) or they are not known.

    Shares and the number of what came back rest on the lines whose outcome is known, shares of reasons on what came
    back, and usual values on what was ordered before.
    """
    column = topic.history
    if column is None or column.operation in _EXACT:
        return None
    if column.operation == "sum" and (column.event, column.measure) != ("returned", "lines"):
        return None
    window = column.against if column.operation in ("rate_trend", "sum_trend") else column.window
    ordered, returned, kept = (
        number_of(row, f"{topic.entity}_{event}_lines_{suffix(window)}") for event in ("ordered", "returned", "kept")
    )
    others = None if ordered is None else max(ordered - 1, 0)  # than the line itself, which was ordered, too
    if column.operation in _RESTS_ON:
        return {"ordered": others, "returned": returned, "kept": kept}[_RESTS_ON[column.operation]]
    if returned is not None and kept is not None:
        return returned + kept
    pending = number_of(row, f"{topic.entity}_pending_lines") if window == "all" else None
    return others if ordered is None or pending is None else max(ordered - pending, 0)
