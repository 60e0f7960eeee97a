"""Row counts of the last extract that passed, by which an incomplete extract is noticed."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from returns_risk.errors import DataError, SourceError
from returns_risk.io.files import write_json
from returns_risk.validation.figures import describe_figures

__all__ = [
    "Extract",
    "describe_extract",
    "read_extract",
    "require_growth",
    "write_extract",
]

_TIMES = {
    "order_lines": ("ordered_at", "ordered_at"),
    "order_lines.shipped_at": ("ordered_at", "shipped_at"),
    "order_lines.delivered_at": ("ordered_at", "delivered_at"),
    "returns": ("returned_at", "returned_at"),
}
"""The time whose days are counted, and the column that must be filled."""
_FEW = 20
"""Rows that may always go: a small shop deletes the data of a customer."""


@dataclass(frozen=True)
class Extract:
    """Counts of one extract."""

    as_of: str
    rows: dict[str, int]
    """Accepted rows by table."""
    days: dict[str, dict[str, int]] = field(default_factory=dict)
    """Rows that were read, by table and UTC day; of order lines and returns, and of lines with a time of shipment."""
    customers: int = 0
    """Rows that were read."""
    line_ends: dict[str, bool] = field(default_factory=dict)
    """Whether each text file ends in a line break, by its name."""
    figures: dict[str, float] = field(default_factory=dict)
    """As ``describe_figures`` returns them."""


def describe_extract(
    as_of: date, accepted: Mapping[str, pd.DataFrame], read: Mapping[str, pd.DataFrame], line_ends: dict[str, bool]
) -> Extract:
    """Count the rows of an extract.

    Parameters
    ----------
    accepted : tables after validation
    read : tables before it, so that rows that are quarantined are no missing rows
    line_ends : whether each text file ends in a line break, by its name
    """
    days = {name: _count_days(read[name.partition(".")[0]], *columns) for name, columns in _TIMES.items()}
    rows = {name: len(frame) for name, frame in accepted.items()}
    customers = len(read.get("customers", ()))
    return Extract(as_of.isoformat(), rows, days, customers, line_ends, describe_figures(accepted))


def require_growth(previous: Extract, extract: Extract, rejected: Mapping[str, int], drop: float) -> None:
    """Refuse an extract that lacks past rows which the previous one had, or a last line break.

    Order lines, those with a time of shipment or delivery, and returns are compared from the second day of the extract
    to the previous as-of: an extract that always holds the last two years loses its oldest days and nothing else.
    Customers are compared as a whole. Products come and go, and are not compared.

    Parameters
    ----------
    rejected : rows by table that could not be read, whose day is not known
    drop : share of the rows that may be missing, e.g. deleted on a customer's demand; 20 rows always may

    Raises
    ------
    DataError
        Names table or file, counts and remedy.
    """
    for name, ended in extract.line_ends.items():
        if previous.line_ends.get(name) and not ended:
            raise DataError(
                f"{name}: does not end in a line break, as it did for the run as of {previous.as_of}. The file was cut "
                "off while it was written or copied. Deliver it again in full."
            )
    counts = {name: _of_same_days(previous, extract, name) for name in _TIMES}
    counts["customers"] = (previous.customers, extract.customers)
    for name, (before, now) in counts.items():
        table, _, column = name.partition(".")
        missing = before - now - rejected.get(table, 0)
        if missing > max(_FEW, drop * before):
            span = "" if table == "customers" else f" up to {previous.as_of}"
            unit = f"values of {column}" if column else "rows"
            raise DataError(
                f"{table}: {missing:,} of {before:,} {unit}{span} are missing that the run as of {previous.as_of} "
                "read; "
                f"validate.history_drop tolerates {max(_FEW, int(drop * before)):,}. Deliver the raw files in full; if "
                "the rows were deleted on purpose, raise validate.history_drop in params.yaml for this run."
            )


def read_extract(file: Path, as_of: date) -> Extract | None:
    """Return the counts of the last run that passed, None where there was none up to ``as_of``.

    Raises
    ------
    SourceError
        The file is damaged.
    """
    if not file.exists():
        return None
    try:
        content: dict[str, Any] = json.loads(file.read_bytes())
        extract = Extract(**content)
        return extract if date.fromisoformat(extract.as_of) <= as_of else None
    except (ValueError, TypeError) as error:
        raise SourceError(f"{file}: is damaged. Remove it; the next run counts anew.") from error


def write_extract(file: Path, extract: Extract) -> None:
    """Store the counts of an extract for the next run."""
    write_json(file, asdict(extract))


def _count_days(frame: pd.DataFrame, time: str, filled: str) -> dict[str, int]:
    times = frame.loc[frame[filled].notna(), time] if filled in frame else frame.loc[[], time]
    counts = times.dropna().dt.floor("D").value_counts().sort_index()
    return {f"{day:%Y-%m-%d}": int(count) for day, count in zip(counts.index, counts, strict=True)}


def _of_same_days(previous: Extract, extract: Extract, table: str) -> tuple[int, int]:
    before, now = previous.days.get(table, {}), extract.days.get(table, {})
    # The window of an extract may advance by a month at once; older rows that are gone are missing.
    moved = date.fromisoformat(extract.as_of) - date.fromisoformat(previous.as_of) + timedelta(days=31)
    latest_start = (date.fromisoformat(min(before, default=previous.as_of)) + moved).isoformat()
    first = min([*now, latest_start])
    span = [day for day in before.keys() | now.keys() if first < day < previous.as_of]
    return sum(before.get(day, 0) for day in span), sum(now.get(day, 0) for day in span)
