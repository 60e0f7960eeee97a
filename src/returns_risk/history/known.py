"""The contract tables as they were known at a moment."""

import pandas as pd

__all__ = ["as_known"]

_EVENT_TIMES = {"order_lines": "ordered_at", "returns": "returned_at"}
_LATER_TIMES = ["shipped_at", "delivered_at", "cancelled_at"]


def as_known(tables: dict[str, pd.DataFrame], as_of: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """Return the tables without anything that happened or was recorded at or after ``as_of``.

    Orders and returns with a time or a ``recorded_at`` at or after ``as_of`` are left out, and returns of such
    orders; a line that is
    shipped, delivered or cancelled only then is not yet. Products and customers carry no history of
    their own and stay as they are.

    Parameters
    ----------
    tables : contract tables by name
    as_of : UTC time
    """
    known = dict(tables)
    for name, time in _EVENT_TIMES.items():
        frame = tables[name]
        seen = frame[time] < as_of
        if "recorded_at" in frame:
            seen &= ~(frame["recorded_at"] >= as_of)
        frame = frame[seen].reset_index(drop=True)
        later = [column for column in _LATER_TIMES if column in frame]
        known[name] = frame.assign(**{column: frame[column].where(frame[column] < as_of) for column in later})
    returns = known["returns"]
    known["returns"] = returns[returns["line_id"].isin(known["order_lines"]["line_id"])].reset_index(drop=True)
    return known
