"""How many lines a fact rests on."""

from typing import Literal

from returns_risk.explanations.statements import Row, number_of
from returns_risk.explanations.topics import Topic

__all__ = ["Grade", "grade", "lines_behind"]

Grade = Literal["well", "some", "little", "none"]
_EXACT = ("days_since", "pending", "tenure")
"""Operations that state what happened, whatever its number; so do sums of what was ordered."""


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

    Shares and sums of what came back rest on the lines whose outcome is known, shares of reasons on what came back,
    and usual values on what was ordered.
    """
    column = topic.history
    if column is None or column.operation in _EXACT or (column.operation == "sum" and column.event == "ordered"):
        return None
    window = column.against if column.operation in ("rate_trend", "sum_trend") else column.window
    ending = "all" if window == "all" else f"{window}d"
    count = {name: number_of(row, f"{topic.entity}_{name}_lines_{ending}") for name in ("ordered", "returned", "kept")}
    if column.operation == "reason_share":
        return count["returned"]
    if column.operation == "kept_size":
        return count["kept"]
    if column.operation in ("usual_quantity", "usual_unit_price", "interpurchase", "sum_trend"):
        return count["ordered"]
    if count["returned"] is not None and count["kept"] is not None:
        return count["returned"] + count["kept"]
    if count["ordered"] is None:
        return None
    # Without what was kept: what was ordered, less what is still open, or at least less the line itself.
    pending = number_of(row, f"{topic.entity}_pending_lines") if window == "all" else None
    return max(count["ordered"] - (1 if pending is None else pending), 0)
