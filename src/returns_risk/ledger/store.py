"""The ledger: rows are added in one transaction each, and held against their chain."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from returns_risk.errors import LedgerError
from returns_risk.ledger.chain import FIRST, Entry, canonical, chain_entry, chain_texts
from returns_risk.ledger.engine import reading, writing

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection, Row

__all__ = ["Ledger", "Run", "Verified", "ledger_url"]

_VARIABLE = "RETURNS_RISK_LEDGER"
_CHUNK = 10_000
_ASKED = 500  # values in one question; databases have a limit
Record = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """A scoring run as the ledger has it, with some of its lines."""

    entry: Entry
    lines: list[Record]


@dataclass(frozen=True)
class Verified:
    """What a whole chain holds."""

    entries: int
    lines: int
    head: str
    """Hash of the latest entry: whoever keeps it elsewhere sees rows cut off at the end, too."""


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

    Raises
    ------
    LedgerError
        From every method: the database cannot be reached.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    def append(self, kind: str, source: str, at: str, content: Record, as_of: str = "") -> Entry:
        """Add an entry, which is stored when this returns, or not there at all.

        Parameters
        ----------
        at : ISO 8601 in UTC
        content : JSON values; no NaN, and nothing of persons but pseudonyms
        """
        with writing(self._url) as connection:
            return _add(connection, kind, source, as_of, at, content)

    def append_all(self, kind: str, source: str, at: str, contents: Sequence[Record]) -> None:
        """Add several entries, all or none."""
        with writing(self._url) as connection:
            for content in contents:
                _add(connection, kind, source, "", at, content)

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
        records = _records(lines)
        texts = [canonical(one) for one in records]
        hashes = list(chain_texts(texts))
        told = content | {"lines": len(texts), "lines_hash": hashes[-1] if hashes else FIRST}
        with writing(self._url) as connection:
            former = _latest_run(connection, source, as_of, backfill=bool(content.get("backfill")))
            if former is not None and former.content == json.loads(canonical(told)):
                return former, False
            entry = _add(connection, "run", source, as_of, at, told)
            _add_lines(connection, entry.number, records, texts, hashes)
            return entry, True

    def append_export(self, run: Entry, at: str) -> None:
        """Note that the export of a run lies in its place, where people act on it; once a run."""
        with writing(self._url) as connection:
            if run.number not in _exported(connection, run.source):
                content = {"run": run.number, "files": run.content["told"]["export"]["files"]}
                _add(connection, "export", run.source, run.as_of, at, content)

    def is_exported(self, run: Entry) -> bool:
        """Say whether the export of a run was ever put in its place."""
        with reading(self._url) as connection:
            return run.number in _exported(connection, run.source)

    def entries(self, kind: str | None = None, source: str | None = None) -> list[Entry]:
        """Return entries, the oldest first."""
        from returns_risk.ledger.tables import ENTRIES

        wanted = ENTRIES.select().order_by(ENTRIES.c.number)
        wanted = wanted if kind is None else wanted.where(ENTRIES.c.kind == kind)
        wanted = wanted if source is None else wanted.where(ENTRIES.c.source == source)
        with reading(self._url) as connection:
            return [_entry(row) for row in connection.execute(wanted)]

    def latest_run(self, source: str, as_of: str) -> Entry | None:
        """Return the latest run of an as-of that is no backfill, None if there is none."""
        with reading(self._url) as connection:
            return _latest_run(connection, source, as_of, backfill=False)

    def head(self) -> tuple[int, str]:
        """Return number and hash of the last entry; 0 and what the first follows if there is none."""
        from returns_risk.ledger.tables import ENTRIES

        with reading(self._url) as connection:
            row = connection.execute(ENTRIES.select().order_by(ENTRIES.c.number.desc()).limit(1)).first()
            return (0, FIRST) if row is None else (row.number, row.hash)

    def holds(self, number: int, expected: str) -> bool:
        """Say whether an entry has a hash: whether the ledger still holds all that was there when it was the last."""
        from returns_risk.ledger.tables import ENTRIES

        with reading(self._url) as connection:
            row = connection.execute(ENTRIES.select().where(ENTRIES.c.number == number)).first()
            return number == 0 or (row is not None and row.hash == expected)

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
                found.setdefault(row.run, []).append(json.loads(row.content))
            return [Run(_numbered(connection, number), lines) for number, lines in found.items()]

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
            told = _told_runs(connection, source)
            for begin in range(0, len(orders), _ASKED):
                some = LINES.c.order_id.in_(orders[begin : begin + _ASKED])
                for row in connection.execute(wanted.where(some, LINES.c.run.in_(of_source))):
                    lines = found.setdefault(row.order_id, {})
                    if lines.setdefault(row.line_id, "none") == "none" and row.run in told:
                        lines[row.line_id] = row.decision
        return found

    def planned(self, source: str, until: str, since: str = "") -> list[Record]:
        """Return the lines for which something was planned, each as it was first decided, with its ``run``.

        Backfills plan nothing, and neither do runs whose export never got to its place: nobody was told.

        Parameters
        ----------
        since, until : of the nights, both included
        """
        from returns_risk.ledger.tables import ENTRIES, LINES

        of = (ENTRIES.c.kind == "run", ENTRIES.c.source == source)
        nights = ENTRIES.select().where(*of, ENTRIES.c.as_of >= since, ENTRIES.c.as_of <= until)
        with reading(self._url) as connection:
            exported = _exported(connection, source)
            found = [one for one in map(_entry, connection.execute(nights)) if one.number in exported]
            runs = [one.number for one in found if not one.content.get("backfill")]
            lines = LINES.select().where(LINES.c.run.in_(runs), LINES.c.decision != "none")
            first: dict[str, Record] = {}
            for row in connection.execute(lines.order_by(LINES.c.run, LINES.c.place)) if runs else ():
                first.setdefault(row.line_id, json.loads(row.content) | {"run": row.run})
            return list(first.values())

    def verify(self, lines_since: str | None = "") -> Verified:
        """Follow the chain from its beginning, and hold the lines of runs against their entries.

        Parameters
        ----------
        lines_since : as-of from which on lines are read; empty for all runs, None for none

        Raises
        ------
        LedgerError
            A row is not what was written; the message names the first.
        """
        from returns_risk.ledger.tables import ENTRIES

        former, entries, found = FIRST, 0, 0
        with reading(self._url) as connection:
            for entries, row in enumerate(connection.execute(ENTRIES.select().order_by(ENTRIES.c.number)), start=1):
                text = row.content
                expected = chain_entry(former, entries, row.kind, row.source, row.as_of, row.at, text)
                if row.number != entries or row.hash != expected:
                    raise _broken(f"entry {entries} is not what was written, or one before it is missing")
                asked = row.kind == "run" and lines_since is not None and row.as_of >= lines_since
                found += _verify_lines(connection, _entry(row)) if asked else 0
                former = row.hash
            if lines_since == "":
                _verify_owned(connection)
        return Verified(entries, found, former)


def _add(connection: "Connection", kind: str, source: str, as_of: str, at: str, content: Record) -> Entry:
    from returns_risk.ledger.tables import ENTRIES

    last = connection.execute(ENTRIES.select().order_by(ENTRIES.c.number.desc()).limit(1)).first()
    number, former, text = (last.number if last else 0) + 1, last.hash if last else FIRST, canonical(content)
    chained = chain_entry(former, number, kind, source, as_of, at, text)
    row = {"number": number, "kind": kind, "source": source, "as_of": as_of, "at": at, "content": text, "hash": chained}
    connection.execute(ENTRIES.insert(), [row])
    return Entry(number, kind, source, as_of, at, json.loads(text), chained)


def _add_lines(
    connection: "Connection", run: int, records: Sequence[Record], texts: Sequence[str], hashes: Sequence[str]
) -> None:
    from returns_risk.ledger.tables import LINES

    rows = [
        {name: str(record[name]) for name in ("line_id", "order_id", "decision")}
        | {"run": run, "place": place, "content": text, "hash": chained}
        for place, (record, text, chained) in enumerate(zip(records, texts, hashes, strict=True), start=1)
    ]
    for begin in range(0, len(rows), _CHUNK):
        connection.execute(LINES.insert(), rows[begin : begin + _CHUNK])


def _verify_lines(connection: "Connection", entry: Entry) -> int:
    """Return how many lines a run has."""
    from returns_risk.ledger.tables import LINES

    rows = connection.execute(LINES.select().where(LINES.c.run == entry.number).order_by(LINES.c.place)).all()
    chained, last = chain_texts(row.content for row in rows), FIRST
    for place, (row, last) in enumerate(zip(rows, chained, strict=True), start=1):
        told = json.loads(row.content)
        same = all(str(told[name]) == getattr(row, name) for name in ("line_id", "order_id", "decision"))
        if row.place != place or row.hash != last or not same:
            raise _broken(f"line {place} of the run of {entry.as_of} (entry {entry.number}) is not what was written")
    if len(rows) != entry.content["lines"] or last != entry.content["lines_hash"]:
        raise _broken(f"the run of {entry.as_of} (entry {entry.number}) had {entry.content['lines']} lines")
    return len(rows)


def _verify_owned(connection: "Connection") -> None:
    from sqlalchemy import select

    from returns_risk.ledger.tables import ENTRIES, LINES

    runs = select(ENTRIES.c.number).where(ENTRIES.c.kind == "run")
    if (stray := connection.execute(LINES.select().where(LINES.c.run.not_in(runs)).limit(1)).first()) is not None:
        raise _broken(f"line {stray.line_id} belongs to entry {stray.run}, which is no run")


def _broken(finding: str) -> LedgerError:
    return LedgerError(f"ledger: {finding}. Restore the database from a backup; nothing is decided on it until then.")


def _told_runs(connection: "Connection", source: str) -> set[int]:
    """Return the numbers of the runs that people were told of: exported, and no backfills."""
    from returns_risk.ledger.tables import ENTRIES

    exported = _exported(connection, source)
    runs = ENTRIES.select().where(ENTRIES.c.kind == "run", ENTRIES.c.source == source)
    found = [_entry(row) for row in connection.execute(runs) if row.number in exported]
    return {run.number for run in found if not run.content.get("backfill")}


def _exported(connection: "Connection", source: str) -> set[int]:
    """Return the numbers of the runs whose exports were put in their places."""
    from returns_risk.ledger.tables import ENTRIES

    noted = ENTRIES.select().where(ENTRIES.c.kind == "export", ENTRIES.c.source == source)
    return {_entry(row).content["run"] for row in connection.execute(noted)}


def _latest_run(connection: "Connection", source: str, as_of: str, *, backfill: bool) -> Entry | None:
    from returns_risk.ledger.tables import ENTRIES

    of = (ENTRIES.c.kind == "run", ENTRIES.c.source == source, ENTRIES.c.as_of == as_of)
    found = map(_entry, connection.execute(ENTRIES.select().where(*of).order_by(ENTRIES.c.number.desc())))
    return next((one for one in found if bool(one.content.get("backfill")) == backfill), None)


def _numbered(connection: "Connection", number: int) -> Entry:
    from returns_risk.ledger.tables import ENTRIES

    return _entry(connection.execute(ENTRIES.select().where(ENTRIES.c.number == number)).one())


def _entry(row: "Row[Any]") -> Entry:
    return Entry(row.number, row.kind, row.source, row.as_of, row.at, json.loads(row.content), row.hash)


def _records(lines: "pd.DataFrame") -> list[Record]:
    """Return rows as JSON values, missing ones as None."""
    plain = lines.astype(object).where(lines.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]
