"""What page and workbook show of the nights before: their figures, and the lines that were planned and not yet done."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from returns_risk.scoring.columns import TREATED

__all__ = ["CARRIED", "RecentNights"]

CARRIED = (
    "order_id",
    "line_id",
    "night",
    "intervention",
    "decision",
    "value",
    "value_low",
    "value_high",
    "reasons",
)
"""Columns of ``RecentNights.carried``."""
_DTYPES: dict[str, Any] = {
    **dict.fromkeys(("value", "value_low", "value_high"), "float64"), "reasons": "object",
    "reply_by": "datetime64[us, UTC]",
}  # fmt: skip
"""Of the columns of carried lines that are no texts."""
_UNREPORTED = ("order_id", "line_id", "night")
_MIN_NIGHTS = 5
_TOLERANCE = 0.2
"""How far outside of the nights before a figure is still normal, as a share of the nearest of them."""


@dataclass(frozen=True)
class RecentNights:
    """The nights before a run, as the ledger knows them."""

    nights: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["as_of", "orders", "value", "reported"]))
    """One row a night, oldest first: ``as_of`` (ISO), ``orders`` to do or to review, their expected saving ``value``,
    and ``reported``, the number of these orders with feedback."""
    carried: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(CARRIED)))
    """Lines that a night before has planned and that nobody has reported on: ``CARRIED``, with ``night``, its as-of;
    and the columns of a message, as ``renew_messages`` returns them. Nights without any feedback carry nothing over:
    their orders may all be done. The reasons of lines that are carried become tonight's (``renew_reasons``)."""
    unreported: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(_UNREPORTED)))
    """Lines to treat of the nights without any feedback: ``order_id``, ``line_id`` and ``night``."""

    def compare(self, column: str, value: float) -> str:
        """Say whether tonight's figure is ``normal``, ``low`` or ``high`` beside the nights before, or ``unknown``.

        Normal is what lies between the lowest and the highest of them, and up to a fifth beyond.

        >>> nights = pd.DataFrame({"as_of": list("abcde"), "orders": [40, 50, 50, 60, 45]})
        >>> recent = RecentNights(nights.assign(value=1.0, reported=0))
        >>> recent.compare("orders", 33), recent.compare("orders", 31), recent.compare("orders", 73)
        ('normal', 'low', 'high')
        """
        values = self.nights[column].astype("float64")
        if len(values) < _MIN_NIGHTS:
            return "unknown"
        if value < (1 - _TOLERANCE) * values.min():
            return "low"
        return "high" if value > (1 + _TOLERANCE) * values.max() else "normal"

    def add_carried(self, candidates: pd.DataFrame) -> pd.DataFrame:
        """Give the carried lines on which nothing is planned tonight the plan of their night, and a ``night``.

        Parameters
        ----------
        candidates : tonight's, with the columns of a ``ScoredRun``

        Returns
        -------
        ``candidates`` with ``night``, an empty text for lines that are not carried over.
        """
        lines = candidates.assign(night="")
        carried = self.carried.set_index("line_id")
        rows = lines.index[lines["line_id"].isin(carried.index) & (lines["decision"] == "none")]
        if rows.empty:
            return lines
        earlier = carried.loc[lines.loc[rows, "line_id"]]
        for name in earlier.columns.difference(["order_id"]):
            column = lines[name].astype(object) if name in lines else pd.Series(None, index=lines.index, dtype=object)
            column.loc[rows] = earlier[name].to_numpy(dtype=object)
            lines[name] = column.astype(_DTYPES.get(name, "str"))
        return lines

    def count_unshown(self, candidates: pd.DataFrame) -> dict[str, int]:
        """Count the open orders of the nights without any feedback that are not carried over, by night.

        An order on which something is planned tonight, or that another night carries over, is on the list and not
        counted. Of several nights, its latest counts.
        """
        lines = self.add_carried(candidates)
        listed = lines.loc[lines["decision"].isin(TREATED), "order_id"]
        waiting = self.unreported[self.unreported["line_id"].isin(candidates["line_id"])]
        orders = waiting[~waiting["order_id"].isin(listed)].drop_duplicates("order_id", keep="last")
        return {str(night): int(count) for night, count in orders["night"].value_counts().sort_index().items()}

    @classmethod
    def of(
        cls,
        nights: Sequence[dict[str, Any]],
        carried: Sequence[dict[str, Any]],
        unreported: Sequence[dict[str, Any]] = (),
    ) -> "RecentNights":
        """Return the nights and carried lines given as rows."""
        empty = cls()
        columns = list(dict.fromkeys([*CARRIED, *(name for line in carried for name in line)]))
        return cls(
            pd.DataFrame(list(nights), columns=empty.nights.columns),
            pd.DataFrame(list(carried), columns=columns),
            pd.DataFrame(list(unreported), columns=empty.unreported.columns),
        )
