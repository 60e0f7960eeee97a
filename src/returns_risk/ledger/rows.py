"""Rows of the ledger's tables: how they are added and looked up within a transaction."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from returns_risk.errors import LedgerError
from returns_risk.ledger.chain import FIRST, Entry, canonical, chain_entry

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection, Row

__all__ = [
    "Record",
    "add_entry",
    "add_lines",
    "broken",
    "exported_runs",
    "last_entry",
    "latest_run",
    "numbered_entry",
    "read_content",
    "to_entry",
    "to_records",
    "told_runs",
    "withdrawals",
]

_CHUNK = 10_000
Record = dict[str, Any]
"""JSON values by name."""


def add_entry(connection: "Connection", kind: str, source: str, as_of: str, at: str, content: Record) -> Entry:
    """Add an entry behind the last one."""
    from returns_risk.ledger.tables import ENTRIES

    last, former = last_entry(connection)
    number, text = last + 1, canonical(content)
    chained = chain_entry(former, number, kind, source, as_of, at, text)
    row = {"number": number, "kind": kind, "source": source, "as_of": as_of, "at": at, "content": text, "hash": chained}
    connection.execute(ENTRIES.insert(), [row])
    # A trigger that somebody has added may drop it without a word.
    if last_entry(connection) != (number, chained):
        raise broken(f"entry {number} was not stored")
    return Entry(number, kind, source, as_of, at, json.loads(text), chained)


def last_entry(connection: "Connection") -> tuple[int, str]:
    """Return number and hash of the last entry; 0 and what the first follows if there is none."""
    from returns_risk.ledger.tables import ENTRIES

    row = connection.execute(ENTRIES.select().order_by(ENTRIES.c.number.desc()).limit(1)).first()
    return (0, FIRST) if row is None else (row.number, row.hash)


def add_lines(
    connection: "Connection", run: int, records: Sequence[Record], texts: Sequence[str], hashes: Sequence[str]
) -> None:
    """Add the lines of a run."""
    from returns_risk.ledger.tables import LINES

    rows = [
        {name: str(record[name]) for name in ("line_id", "order_id", "decision")}
        | {"run": run, "place": place, "content": text, "hash": chained}
        for place, (record, text, chained) in enumerate(zip(records, texts, hashes, strict=True), start=1)
    ]
    for begin in range(0, len(rows), _CHUNK):
        connection.execute(LINES.insert(), rows[begin : begin + _CHUNK])


def told_runs(connection: "Connection", source: str, since: str = "", until: str = "9999") -> list[int]:
    """Return the numbers of the runs of some nights that count: exported, not withdrawn, and no backfills."""
    from returns_risk.ledger.tables import ENTRIES

    exported = exported_runs(connection, source) - withdrawals(connection, source).keys()
    nights = (ENTRIES.c.as_of >= since, ENTRIES.c.as_of <= until)
    runs = ENTRIES.select().where(ENTRIES.c.kind == "run", ENTRIES.c.source == source, *nights)
    found = [to_entry(row) for row in connection.execute(runs.order_by(ENTRIES.c.number)) if row.number in exported]
    return [run.number for run in found if not run.content.get("backfill")]


def exported_runs(connection: "Connection", source: str) -> set[int | None]:
    """Return the numbers of the runs whose exports were put in their places."""
    from returns_risk.ledger.tables import ENTRIES

    noted = ENTRIES.select().where(ENTRIES.c.kind == "export", ENTRIES.c.source == source)
    return {to_entry(row).content.get("run") for row in connection.execute(noted)}


def withdrawals(connection: "Connection", source: str) -> dict[int, Entry]:
    """Return the numbers of the runs that were withdrawn, each with the entry that says so."""
    from returns_risk.ledger.tables import ENTRIES

    noted = ENTRIES.select().where(ENTRIES.c.kind == "withdrawal", ENTRIES.c.source == source)
    entries = map(to_entry, connection.execute(noted.order_by(ENTRIES.c.number)))
    return {run: entry for entry in entries for run in entry.content["runs"]}


def latest_run(connection: "Connection", source: str, as_of: str, *, backfill: bool) -> Entry | None:
    """Return the latest run of an as-of that was not withdrawn, or its latest backfill; None if there is none."""
    from returns_risk.ledger.tables import ENTRIES

    of = (ENTRIES.c.kind == "run", ENTRIES.c.source == source, ENTRIES.c.as_of == as_of)
    found = map(to_entry, connection.execute(ENTRIES.select().where(*of).order_by(ENTRIES.c.number.desc())))
    withdrawn = withdrawals(connection, source)
    wanted = (one for one in found if bool(one.content.get("backfill")) == backfill and one.number not in withdrawn)
    return next(wanted, None)


def numbered_entry(connection: "Connection", number: int) -> Entry:
    """Return an entry by its number."""
    from returns_risk.ledger.tables import ENTRIES

    return to_entry(connection.execute(ENTRIES.select().where(ENTRIES.c.number == number)).one())


def to_entry(row: "Row[Any]") -> Entry:
    """Return a row as an entry."""
    return Entry(
        row.number, row.kind, row.source, row.as_of, row.at, read_content(row.content, f"entry {row.number}"), row.hash
    )


def read_content(text: str, place: str) -> Record:
    """Return what a row says.

    Raises
    ------
    LedgerError
        It is no JSON object; the message names its place and nothing of it.
    """
    try:
        content = json.loads(text)
    except (TypeError, ValueError):
        content = None
    if not isinstance(content, dict):
        raise broken(f"{place} is not what was written")
    return content


def broken(finding: str) -> LedgerError:
    """Return the error of a ledger that is not what was written."""
    return LedgerError(f"ledger: {finding}. Restore the database from a backup; nothing is decided on it until then.")


def to_records(lines: "pd.DataFrame") -> list[Record]:
    """Return rows as JSON values, missing ones as None."""
    plain = lines.astype(object).where(lines.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]
