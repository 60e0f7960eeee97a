"""The ledger: rows are added in one transaction each, and held against their chain."""

import json
import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from returns_risk.ledger.chain import FIRST, Entry, canonical, chain_texts
from returns_risk.ledger.engine import reading, writing
from returns_risk.ledger.noted import note_head, require_noted
from returns_risk.ledger.rows import (
    Record,
    add_entry,
    add_lines,
    exported_runs,
    last_entry,
    latest_run,
    numbered_entry,
    read_content,
    to_entry,
    to_records,
    told_runs,
    withdrawals,
)
from returns_risk.ledger.verification import Verified, verify_chain
from returns_risk.ledger.writers import Held, hold

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

__all__ = ["Ledger", "Run", "ledger_url"]

_VARIABLE = "RETURNS_RISK_LEDGER"
_ASKED = 500  # values in one question; databases have a limit


@dataclass(frozen=True)
class Run:
    """A scoring run as the ledger has it, with some of its lines."""

    entry: Entry
    lines: list[Record]
    withdrawal: Entry | None = None
    """The entry that says that the night of the run was withdrawn."""


def ledger_url(given: str) -> str:
    """Return the ledger's address: ``RETURNS_RISK_LEDGER``, or what the parameters say."""
    return os.environ.get(_VARIABLE) or given


class Ledger:
    """Rows in a database, each chained to the one before by its hash.

    Whoever changes, removes or inserts a row leaves a hash that does not follow from what stands before it (Haber &
    Stornetta 1991, How to time-stamp a digital document); triggers refuse to try.

    Parameters
    ----------
    url : of SQLAlchemy, SQLite or PostgreSQL
    notes : folder in which the last entry is noted after each one that is added, so that a ledger that was cut short
        shows; None for nowhere

    Raises
    ------
    LedgerError
        From every method: the database cannot be reached, or was written by a newer version; from those that add: it
        does not hold the entry that is noted as its last.
    """

    def __init__(self, url: str, notes: Path | None = None) -> None:
        self._url, self._notes = url, notes
        self._held: Held | None = None

    @contextmanager
    def alone(self, what: str) -> Iterator[None]:
        """Hold a lock while the block runs, against other processes on this host and on others.

        Entries added in the block are only stored while the lock is held.

        Parameters
        ----------
        what : name of the lock: ``nightly run of demo``

        Raises
        ------
        BusyError
            Another process holds the lock; from methods that add: it has taken the lock over after the lease ended.
        """
        with hold(self._url, what) as held:
            self._held = held
            try:
                yield
            finally:
                self._held = None

    def require_alone(self) -> None:
        """Make sure that the lock is still held.

        Raises
        ------
        BusyError, LedgerError
            Another process has taken it over, or the connection that held it was lost.
        """
        if self._held is not None:
            with self._held.writing():
                pass

    def require_noted(self, source: str) -> None:
        """Make sure that the ledger holds the entry that is noted as its last.

        Raises
        ------
        LedgerError
            It does not: it was cut short or is another. Or nothing is noted though there are nights of the source.
        """
        if (file := self._note(source)) is not None:
            with reading(self._url) as connection:
                require_noted(connection, file, source)

    def accept(self, source: str) -> None:
        """Note the last entry, whatever was noted before."""
        if (file := self._note(source)) is not None:
            note_head(file, *self.head(), anew=True)

    def is_noted(self, source: str) -> bool:
        """Whether a last entry was ever noted in this folder."""
        return (file := self._note(source)) is not None and file.exists()

    def _note(self, source: str) -> Path | None:
        return None if self._notes is None else self._notes / f"ledger-{source}.json"

    @contextmanager
    def _writing(self, source: str) -> Iterator["Connection"]:
        file = self._note(source)
        with self._held.writing() if self._held else writing(self._url) as connection:
            if file is not None:
                require_noted(connection, file, source)
                # Before the first entry too: one that is stored and not noted any more must not seem to be of others.
                note_head(file, *last_entry(connection))
            yield connection
            last = last_entry(connection)
        if file is not None:
            note_head(file, *last)

    def append(self, kind: str, source: str, at: str, content: Record, as_of: str = "") -> Entry:
        """Add an entry, which is stored when this returns, or not there at all.

        Parameters
        ----------
        at : ISO 8601 in UTC
        content : JSON values; no NaN, and nothing of persons but pseudonyms
        """
        with self._writing(source) as connection:
            return add_entry(connection, kind, source, as_of, at, content)

    def append_new(self, kind: str, source: str, at: str, contents: Sequence[Record]) -> int:
        """Add several entries, all or none, but those that stand there already; return how many are new."""
        from returns_risk.ledger.tables import ENTRIES

        of_kind = ENTRIES.select().where(ENTRIES.c.kind == kind, ENTRIES.c.source == source)
        with self._writing(source) as connection:
            known = {row.content for row in connection.execute(of_kind)}
            new = [content for content in contents if canonical(content) not in known]
            for content in new:
                add_entry(connection, kind, source, "", at, content)
            return len(new)

    def append_run(
        self, source: str, as_of: str, at: str, content: Record, lines: "pd.DataFrame"
    ) -> tuple[Entry, bool]:
        """Add a run with its lines, all or none; one that stands there already with the same content is left alone.

        Parameters
        ----------
        lines : ``line_id``, ``order_id``, ``decision``, and whatever else is to be known; JSON values, NaN for missing

        Returns
        -------
        The entry, and whether it is new.
        """
        records = to_records(lines)
        texts = [canonical(one) for one in records]
        hashes = list(chain_texts(texts))
        told = content | {"lines": len(texts), "lines_hash": hashes[-1] if hashes else FIRST}
        with self._writing(source) as connection:
            former = latest_run(connection, source, as_of, backfill=bool(content.get("backfill")))
            if former is not None and former.content == json.loads(canonical(told)):
                return former, False
            entry = add_entry(connection, "run", source, as_of, at, told)
            add_lines(connection, entry.number, records, texts, hashes)
            return entry, True

    def append_export(self, run: Entry, at: str) -> None:
        """Note that the export of a run lies in its place, where people act on it; once a run."""
        with self._writing(run.source) as connection:
            if run.number not in exported_runs(connection, run.source):
                content = {"run": run.number, "files": run.content["told"]["export"]["files"]}
                add_entry(connection, "export", run.source, run.as_of, at, content)

    def is_exported(self, run: Entry) -> bool:
        """Say whether the export of a run was ever put in its place."""
        with reading(self._url) as connection:
            return run.number in exported_runs(connection, run.source)

    def entries(self, kind: str | None = None, source: str | None = None) -> list[Entry]:
        """Return entries, the oldest first."""
        from returns_risk.ledger.tables import ENTRIES

        wanted = ENTRIES.select().order_by(ENTRIES.c.number)
        wanted = wanted if kind is None else wanted.where(ENTRIES.c.kind == kind)
        wanted = wanted if source is None else wanted.where(ENTRIES.c.source == source)
        with reading(self._url) as connection:
            return [to_entry(row) for row in connection.execute(wanted)]

    def nights(self, source: str) -> list[Entry]:
        """Return the runs of nights, the oldest first: no backfills, and none that was withdrawn."""
        runs, withdrawn = self.entries("run", source), self.withdrawals(source)
        return [run for run in runs if not run.content["backfill"] and run.number not in withdrawn]

    def withdrawals(self, source: str) -> dict[int, Entry]:
        """Return the numbers of the runs that were withdrawn, each with the entry that says so."""
        with reading(self._url) as connection:
            return withdrawals(connection, source)

    def latest_run(self, source: str, as_of: str) -> Entry | None:
        """Return the latest run of an as-of that is no backfill and not withdrawn, None if there is none."""
        with reading(self._url) as connection:
            return latest_run(connection, source, as_of, backfill=False)

    def head(self) -> tuple[int, str]:
        """Return number and hash of the last entry; 0 and what the first follows if there is none."""
        with reading(self._url) as connection:
            return last_entry(connection)

    def runs_of_order(self, source: str, order_id: str) -> list[Run]:
        """Return all runs that scored lines of an order, the oldest first, each with these lines."""
        from returns_risk.ledger.tables import ENTRIES, LINES

        wanted = (
            LINES.select()
            .join(ENTRIES, ENTRIES.c.number == LINES.c.run)
            .where(LINES.c.order_id == order_id, ENTRIES.c.source == source)
            .order_by(LINES.c.run, LINES.c.place)
        )
        with reading(self._url) as connection:
            found: dict[int, list[Record]] = {}
            for row in connection.execute(wanted):
                place = f"line {row.place} of entry {row.run}"
                found.setdefault(row.run, []).append(read_content(row.content, place))
            withdrawn = withdrawals(connection, source)
            return [
                Run(numbered_entry(connection, number), lines, withdrawn.get(number)) for number, lines in found.items()
            ]

    def lines_of_orders(self, source: str, orders: Sequence[str]) -> dict[str, dict[str, str]]:
        """Return which lines of some orders were ever scored, each with the first decision that was not ``none``.

        Backfills decide nothing, and neither do runs whose export never got to its place: nobody was told. Orders that
        no run scored are not among them.
        """
        from sqlalchemy import select

        from returns_risk.ledger.tables import ENTRIES, LINES

        of_source = select(ENTRIES.c.number).where(ENTRIES.c.kind == "run", ENTRIES.c.source == source)
        wanted = select(LINES.c.order_id, LINES.c.line_id, LINES.c.decision, LINES.c.run).order_by(LINES.c.run)
        found: dict[str, dict[str, str]] = {}
        with reading(self._url) as connection:
            told = told_runs(connection, source)
            for begin in range(0, len(orders), _ASKED):
                some = LINES.c.order_id.in_(orders[begin : begin + _ASKED])
                for row in connection.execute(wanted.where(some, LINES.c.run.in_(of_source))):
                    lines = found.setdefault(row.order_id, {})
                    if lines.setdefault(row.line_id, "none") == "none" and row.run in told:
                        lines[row.line_id] = row.decision
        return found

    def planned(self, source: str, until: str, since: str = "") -> list[Record]:
        """Return the lines for which something was planned, each as it was first decided, with its ``run``.

        Backfills plan nothing, and neither do nights that were withdrawn and runs whose export never got to its place:
        nobody was told.

        Parameters
        ----------
        since, until : of the nights, both included
        """
        from returns_risk.ledger.tables import LINES

        with reading(self._url) as connection:
            runs = told_runs(connection, source, since, until)
            lines = LINES.select().where(LINES.c.run.in_(runs), LINES.c.decision != "none")
            first: dict[str, Record] = {}
            for row in connection.execute(lines.order_by(LINES.c.run, LINES.c.place)) if runs else ():
                place = f"line {row.place} of entry {row.run}"
                first.setdefault(row.line_id, read_content(row.content, place) | {"run": row.run})
            return list(first.values())

    def verify(self, lines_since: str | None = "", runs: Collection[int] = ()) -> Verified:
        """Follow the chain from its beginning, and hold the lines of runs against their entries.

        Parameters
        ----------
        lines_since : as-of from which on lines are read; empty for all runs, None for none
        runs : numbers of runs whose lines are read besides

        Raises
        ------
        LedgerError
            A row is not what was written; the message names the first.
        """
        with reading(self._url) as connection:
            return verify_chain(connection, lines_since, runs)
