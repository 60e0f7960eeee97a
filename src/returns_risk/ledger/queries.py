"""Queries of the ledger within a transaction: runs, withdrawals, and the lines of orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from returns_risk.ledger.chain import Entry
from returns_risk.ledger.rows import Record, read_content, to_entry
from returns_risk.ledger.tables import ENTRIES, LINES

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

__all__ = [
    "Run",
    "exported_runs",
    "latest_run",
    "lines_of_orders",
    "planned_lines",
    "read_entries",
    "runs_of_order",
    "withdrawals",
]

_BATCH = 500  # values in one query; databases have a limit


@dataclass(frozen=True)
class Run:
    """A scoring run with the lines of an order."""

    entry: Entry
    lines: list[Record]
    withdrawal: Entry | None = None
    """The entry that withdrew the night of the run."""


def read_entries(connection: "Connection", *conditions: "ColumnElement[bool]") -> list[Entry]:
    """Return the entries that meet all conditions, oldest first."""
    return [to_entry(row) for row in connection.execute(ENTRIES.select().where(*conditions).order_by(ENTRIES.c.number))]


def exported_runs(connection: "Connection", source: str) -> set[int]:
    """Return the numbers of the runs whose exports were published."""
    return {entry.content.get("run", 0) for entry in read_entries(connection, *_of_kind("export", source))}


def withdrawals(connection: "Connection", source: str) -> dict[int, Entry]:
    """Return the numbers of the withdrawn runs, each with the entry that withdrew it."""
    entries = read_entries(connection, *_of_kind("withdrawal", source))
    return {run: entry for entry in entries for run in entry.content["runs"]}


def latest_run(connection: "Connection", source: str, as_of: str, *, backfill: bool) -> Entry | None:
    """Return the latest run of an as-of that was not withdrawn, or its latest backfill; None if there is none."""
    withdrawn = withdrawals(connection, source)
    runs = read_entries(connection, *_of_kind("run", source), ENTRIES.c.as_of == as_of)
    matches = (run for run in reversed(runs) if bool(run.content.get("backfill")) == backfill)
    return next((run for run in matches if run.number not in withdrawn), None)


def runs_of_order(connection: "Connection", source: str, order_id: str) -> list[Run]:
    """Return all runs that scored lines of an order, oldest first, each with these lines."""
    of_source = ENTRIES.c.source == source
    wanted = (
        LINES.select().join(ENTRIES, ENTRIES.c.number == LINES.c.run).where(LINES.c.order_id == order_id, of_source)
    )
    lines: dict[int, list[Record]] = {}
    for row in connection.execute(wanted.order_by(LINES.c.run, LINES.c.place)):
        lines.setdefault(row.run, []).append(read_content(row.content, f"line {row.place} of entry {row.run}"))
    withdrawn = withdrawals(connection, source)
    entries = read_entries(connection, ENTRIES.c.number.in_(list(lines)))
    return [Run(entry, lines[entry.number], withdrawn.get(entry.number)) for entry in entries]


def lines_of_orders(connection: "Connection", source: str, orders: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return the scored lines of orders by order, each with its first published decision that was not ``none``."""
    published = set(_published_runs(connection, source))
    of_source = select(ENTRIES.c.number).where(*_of_kind("run", source))
    columns = select(LINES.c.order_id, LINES.c.line_id, LINES.c.decision, LINES.c.run).where(LINES.c.run.in_(of_source))
    decisions: dict[str, dict[str, str]] = {}
    for start in range(0, len(orders), _BATCH):
        of_batch = columns.where(LINES.c.order_id.in_(orders[start : start + _BATCH]))
        for row in connection.execute(of_batch.order_by(LINES.c.run)):
            lines = decisions.setdefault(row.order_id, {})
            if lines.setdefault(row.line_id, "none") == "none" and row.run in published:
                lines[row.line_id] = row.decision
    return decisions


def planned_lines(connection: "Connection", source: str, since: str, until: str) -> list[Record]:
    """Return the lines for which published runs of some nights planned something, each as it was first decided."""
    runs = _published_runs(connection, source, since, until)
    lines = LINES.select().where(LINES.c.run.in_(runs), LINES.c.decision != "none")
    first: dict[str, Record] = {}
    for row in connection.execute(lines.order_by(LINES.c.run, LINES.c.place)):
        content = read_content(row.content, f"line {row.place} of entry {row.run}")
        first.setdefault(row.line_id, content | {"run": row.run})
    return list(first.values())


def _published_runs(connection: "Connection", source: str, since: str = "", until: str = "9999") -> list[int]:
    """Return the numbers of published runs of some nights, without backfills and withdrawn runs."""
    published = exported_runs(connection, source) - withdrawals(connection, source).keys()
    nights = (ENTRIES.c.as_of >= since, ENTRIES.c.as_of <= until)
    runs = read_entries(connection, *_of_kind("run", source), *nights)
    return [run.number for run in runs if run.number in published and not run.content.get("backfill")]


def _of_kind(kind: str, source: str) -> tuple["ColumnElement[bool]", "ColumnElement[bool]"]:
    return ENTRIES.c.kind == kind, ENTRIES.c.source == source
