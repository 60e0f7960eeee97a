"""The rows that count tonight: those of the days of the open lines, rejected ones included."""

import numpy as np
import pandas as pd

__all__ = ["age_in_days", "day_before", "is_timed", "latest_rows", "lines_of_days", "read_rows"]

_EARLIEST = pd.Timestamp("2000-01-01", tz="UTC")
_TIMES = {"order_lines": "ordered_at", "returns": "returned_at"}
_LATER_TIMES = ("shipped_at", "delivered_at", "cancelled_at")


def is_timed(table: str) -> bool:
    """Whether rows of a contract table happen at a time."""
    return table in _TIMES


def read_rows(
    table: str, frame: pd.DataFrame, unread: pd.DataFrame, quarantine: pd.DataFrame, latest: pd.Timestamp
) -> pd.DataFrame:
    """Say of each row that was read when it happened and by which rule it was rejected.

    A row without a credible time has that of the row before it, since most exports are in order of time: a newest day
    whose times cannot be read is no reason to overlook it. Rows that the SELECT rejects on purpose, and copies of
    accepted rows, are left out.

    Parameters
    ----------
    frame : rows whose values could be read, with a RangeIndex
    unread : the others as text, with ``rule``; the index is the position among all rows
    quarantine : rows of ``frame`` that broke a rule, as text, with ``rule``; the index is the position in ``frame``
    latest : UTC time; no row can be later

    Returns
    -------
    DataFrame in the order of the SELECT: ``at`` (UTC), ``rule`` (missing for accepted rows), ``key`` (the order of a
    line, the line of a return), ``row`` (line_id) and ``waiting`` (no time says that the line has shipped, arrived or
    been cancelled).
    """
    read = pd.DataFrame({"at": frame[_TIMES[table]], "rule": quarantine["rule"].reindex(frame.index)})
    read["key"], read["row"] = frame["order_id" if table == "order_lines" else "line_id"], frame["line_id"]
    read["waiting"] = ~_has_time(frame)
    is_unread = np.zeros(len(frame) + len(unread), dtype=bool)
    is_unread[unread.index] = True
    texts = pd.DataFrame({"at": _times(unread[_TIMES[table]]), "rule": unread["rule"], "row": unread["line_id"]})
    texts["key"] = unread["order_id" if table == "order_lines" else "line_id"]
    texts["waiting"] = ~_has_time(unread)
    read.index = pd.Index(np.flatnonzero(~is_unread))
    every = pd.concat([read, texts]).sort_index()
    every["at"] = every["at"].where(every["at"].between(_EARLIEST, latest)).ffill().bfill()
    return every[~every["rule"].isin([f"{table}.source", f"{table}.line_id_not_repeated"])]


def age_in_days(times: pd.Series, as_of: pd.Timestamp) -> pd.Series:
    """Return how many whole days before the as-of each time was; negative for later times, missing without a time."""
    # The first moment of a day belongs to it.
    days: pd.Series = -(times - as_of).dt.days - 1
    return days


def latest_rows(times: pd.Series, as_of: pd.Timestamp, least: int) -> pd.Index:
    """Return the index of the rows of the newest day before the as-of, at least ``least`` of the latest, by time."""
    past = times[times < as_of].sort_values(kind="stable")
    ages = age_in_days(past, as_of)
    newest = int(ages.eq(ages.min()).sum())
    return past.index[-max(least, newest) :]


def lines_of_days(lines: pd.DataFrame, days: int) -> pd.DataFrame:
    """Return the order lines of the last ``days`` days: of a million lines, only few are checked in a night."""
    latest: pd.DataFrame = lines[lines["ordered_at"] >= lines["ordered_at"].max() - pd.Timedelta(days=days)]
    return latest


def day_before(as_of: pd.Timestamp, age: float) -> str:
    """Return the date of the shop's day in which a time ``age`` days before the as-of lies."""
    # The as-of is a midnight of the shop, so noon after it has the same date in UTC and in the shop's time zone.
    return f"{as_of + pd.Timedelta(hours=12) - pd.Timedelta(days=int(age) + 1):%Y-%m-%d}"


def _has_time(rows: pd.DataFrame) -> pd.Series:
    shipped = pd.Series(False, index=rows.index)
    for name in _LATER_TIMES:
        if name in rows:
            shipped |= (rows[name] if rows[name].dtype.kind == "M" else _times(rows[name])).notna()
    return shipped


def _times(texts: pd.Series) -> pd.Series:
    return pd.to_datetime(texts, format="ISO8601", utc=True, errors="coerce").astype("datetime64[us, UTC]")
