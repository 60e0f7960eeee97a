"""Questions to the ledger: runs, withdrawals, and the lines of orders."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, select

from returns_risk.ledger.engine import reading
from returns_risk.ledger.rows import Entry, Record, last_entry, read_content, to_entry
from returns_risk.ledger.tables import ENTRIES, LINES
from returns_risk.ledger.verification import Verified, verify_chain

__all__ = ["LedgerReader", "Run", "exported_runs", "latest_run", "of_kind", "read_entries"]

_BATCH = 500  # values in one query; databases have a limit


@dataclass(frozen=True)
class Run:
    """A scoring run with the lines of an order."""

    entry: Entry
    lines: list[Record]
    withdrawal: Entry | None = None
    """The entry that withdrew the night of the run."""


class LedgerReader:
    """A ledger that is only read."""

    def __init__(self, url: str) -> None:
        self._url = url

    def entries(self, kind: str | None = None, source: str | None = None) -> list[Entry]:
        """Return the entries of a kind and a source, oldest first; None for all."""
        of_kind = [] if kind is None else [ENTRIES.c.kind == kind]
        of_source = [] if source is None else [ENTRIES.c.source == source]
        with reading(self._url) as connection:
            return read_entries(connection, *of_kind, *of_source)

    def nights(self, source: str) -> list[Entry]:
        """Return the runs of nights, oldest first, without backfills and withdrawn runs."""
        runs, withdrawn = self.entries("run", source), self.withdrawals(source)
        return [run for run in runs if not run.content["backfill"] and run.number not in withdrawn]

    def withdrawals(self, source: str) -> dict[int, Entry]:
        """Return the numbers of the withdrawn runs, each with the entry that withdrew it."""
        with reading(self._url) as connection:
            return _withdrawals(connection, source)

    def is_exported(self, run: Entry) -> bool:
        """Whether the export of a run was ever published."""
        with reading(self._url) as connection:
            return run.number in exported_runs(connection, run.source)

    def latest_run(self, source: str, as_of: str) -> Entry | None:
        """Return the latest run of an as-of that is no backfill and was not withdrawn, None if there is none."""
        with reading(self._url) as connection:
            return latest_run(connection, source, as_of, backfill=False)

    def head(self) -> tuple[int, str]:
        """Return number and hash of the last entry; 0 and a hash of zeros if the ledger is empty."""
        with reading(self._url) as connection:
            return last_entry(connection)

    def runs_of_order(self, source: str, order_id: str) -> list[Run]:
        """Return all runs that scored lines of an order, oldest first, each with these lines."""
        of_source = ENTRIES.c.source == source
        rows = (
            LINES.select().join(ENTRIES, ENTRIES.c.number == LINES.c.run).where(LINES.c.order_id == order_id, of_source)
        )
        lines: dict[int, list[Record]] = {}
        with reading(self._url) as connection:
            for row in connection.execute(rows.order_by(LINES.c.run, LINES.c.place)):
                lines.setdefault(row.run, []).append(read_content(row.content, f"line {row.place} of entry {row.run}"))
            withdrawn = _withdrawals(connection, source)
            entries = read_entries(connection, ENTRIES.c.number.in_(list(lines)))
        return [Run(entry, lines[entry.number], withdrawn.get(entry.number)) for entry in entries]

    def lines_of_orders(self, source: str, orders: Sequence[str]) -> dict[str, dict[str, str]]:
        """Return the scored lines of orders, each with its first published decision that was not ``none``.

        Backfills and runs whose export was not published decide nothing. Orders that no run scored are omitted.

        Returns
        -------
        ``{order_id: {line_id: decision}}``
        """
        runs = select(ENTRIES.c.number).where(*of_kind("run", source))
        columns = select(LINES.c.order_id, LINES.c.line_id, LINES.c.decision, LINES.c.run).where(LINES.c.run.in_(runs))
        decisions: dict[str, dict[str, str]] = {}
        with reading(self._url) as connection:
            published = set(_published_runs(connection, source))
            for start in range(0, len(orders), _BATCH):
                of_batch = columns.where(LINES.c.order_id.in_(orders[start : start + _BATCH]))
                for row in connection.execute(of_batch.order_by(LINES.c.run)):
                    lines = decisions.setdefault(row.order_id, {})
                    if lines.setdefault(row.line_id, "none") == "none" and row.run in published:
                        lines[row.line_id] = row.decision
        return decisions

    def planned_lines(self, source: str, until: str, since: str = "") -> list[Record]:
        """Return the lines with a planned intervention, each as it was first decided, with its ``run``.

        Backfills, withdrawn nights and runs whose export was not published plan nothing.

        Parameters
        ----------
        since, until : as-ofs, both included
        """
        first: dict[str, Record] = {}
        with reading(self._url) as connection:
            runs = _published_runs(connection, source, since, until)
            lines = LINES.select().where(LINES.c.run.in_(runs), LINES.c.decision != "none")
            for row in connection.execute(lines.order_by(LINES.c.run, LINES.c.place)):
                content = read_content(row.content, f"line {row.place} of entry {row.run}")
                first.setdefault(row.line_id, content | {"run": row.run})
        return list(first.values())

    def verify(self, lines_since: str | None = "", runs: Collection[int] = ()) -> Verified:
        """Verify hash chain, lines and triggers (``verify_chain``).

        Raises
        ------
        LedgerError
            A row was changed; the message names the first.
        """
        with reading(self._url) as connection:
            return verify_chain(connection, lines_since, runs)


def of_kind(kind: str, source: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions that select the entries of a kind and a source."""
    return ENTRIES.c.kind == kind, ENTRIES.c.source == source


def exported_runs(connection: Connection, source: str) -> set[int]:
    """Return the numbers of the runs whose exports were published."""
    return {entry.content.get("run", 0) for entry in read_entries(connection, *of_kind("export", source))}


def latest_run(connection: Connection, source: str, as_of: str, *, backfill: bool) -> Entry | None:
    """Return the latest run of an as-of that was not withdrawn, or its latest backfill; None if there is none."""
    withdrawn = _withdrawals(connection, source)
    runs = read_entries(connection, *of_kind("run", source), ENTRIES.c.as_of == as_of)
    matches = (run for run in reversed(runs) if bool(run.content.get("backfill")) == backfill)
    return next((run for run in matches if run.number not in withdrawn), None)


def read_entries(connection: Connection, *conditions: ColumnElement[bool]) -> list[Entry]:
    """Return the entries that meet all conditions, oldest first."""
    return [to_entry(row) for row in connection.execute(ENTRIES.select().where(*conditions).order_by(ENTRIES.c.number))]


def _withdrawals(connection: Connection, source: str) -> dict[int, Entry]:
    entries = read_entries(connection, *of_kind("withdrawal", source))
    return {run: entry for entry in entries for run in entry.content["runs"]}


def _published_runs(connection: Connection, source: str, since: str = "", until: str = "9999") -> list[int]:
    """Return the numbers of published runs of some nights, without backfills and withdrawn runs."""
    published = exported_runs(connection, source) - _withdrawals(connection, source).keys()
    nights = (ENTRIES.c.as_of >= since, ENTRIES.c.as_of <= until)
    runs = read_entries(connection, *of_kind("run", source), *nights)
    return [run.number for run in runs if run.number in published and not run.content.get("backfill")]
