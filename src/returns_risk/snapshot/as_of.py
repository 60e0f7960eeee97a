"""The contract tables as they were known at an as-of, and which lines are open or closed."""

import pandas as pd

from returns_risk.contract.keys import is_among

__all__ = ["as_of_view", "closed_lines", "is_known", "open_lines"]

_EVENT_TIMES = {"order_lines": "ordered_at", "returns": "returned_at"}
_LATER_TIMES = ["shipped_at", "delivered_at", "cancelled_at"]


def as_of_view(tables: dict[str, pd.DataFrame], as_of: pd.Timestamp) -> dict[str, pd.DataFrame]:
    """Return the tables without anything that happened or was recorded at or after ``as_of``.

    Orders and returns with a time or a ``recorded_at`` at or after ``as_of`` are left out, and returns of such orders.
    A later shipment, delivery or cancellation is missing. Products and customers carry no history and stay as they are.

    Parameters
    ----------
    tables : the contract tables
    as_of : UTC time
    """
    known = dict(tables)
    for name in _EVENT_TIMES:
        frame = tables[name]
        frame = frame[is_known(name, frame, as_of)].reset_index(drop=True)
        later = [column for column in _LATER_TIMES if column in frame]
        known[name] = frame.assign(**{column: frame[column].where(frame[column] < as_of) for column in later})
    lines, returns = tables["order_lines"], known["returns"]
    left_out = lines.loc[~is_known("order_lines", lines, as_of), "line_id"]
    known["returns"] = returns[~is_among(returns["line_id"], left_out)].reset_index(drop=True)
    return known


def is_known(table: str, frame: pd.DataFrame, as_of: pd.Timestamp) -> pd.Series:
    """Say of each row whether it had happened and was recorded before ``as_of``; always where a table has no times."""
    if table not in _EVENT_TIMES:
        return pd.Series(True, index=frame.index)
    seen = frame[_EVENT_TIMES[table]] < as_of
    return seen & ~(frame["recorded_at"] >= as_of) if "recorded_at" in frame else seen


def closed_lines(line_ids: pd.Series, *extract: dict[str, pd.DataFrame]) -> pd.Series:
    """Return the ``line_id`` of those lines that are shipped, delivered, cancelled or returned in an extract.

    Any time counts, also one in the future: acting on a line must not depend on clocks and time zones being right.

    Parameters
    ----------
    line_ids : each once
    extract : the contract tables as they were read, and their quarantine: a rejected return counts, too
    """
    closed = pd.Series(False, index=line_ids.index)
    for tables in extract:
        lines = tables["order_lines"]
        lines = lines[is_among(lines["line_id"], line_ids)]
        times = [name for name in _LATER_TIMES if name in lines]
        closed |= is_among(line_ids, lines.loc[lines[times].notna().any(axis=1), "line_id"])
        closed |= is_among(line_ids, tables["returns"]["line_id"])
    return line_ids[closed].reset_index(drop=True)


def open_lines(known: dict[str, pd.DataFrame]) -> pd.Series:
    """Return the ``line_id`` of each line that was not shipped, delivered, cancelled or returned as of ``known``."""
    lines = known["order_lines"]
    times = [name for name in _LATER_TIMES if name in lines]
    waiting = lines.loc[~lines[times].notna().any(axis=1), "line_id"]
    return waiting[~is_among(waiting, known["returns"]["line_id"])].reset_index(drop=True)
