"""Verification that the ledger's rows are unchanged, and its triggers still refuse changes."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Connection, select

from returns_risk.errors import LedgerError
from returns_risk.io.databases import open_database
from returns_risk.ledger.engine import revision_of, upgrade
from returns_risk.ledger.rows import FIRST, Entry, broken, chain_entry, chain_texts, read_content, to_entry
from returns_risk.ledger.tables import ENTRIES, LINES

__all__ = ["Verified", "verify_chain"]

_TABLES = ("ledger_entries", "ledger_lines")
_IN_SQLITE = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'ledger%'"
_IN_POSTGRESQL = """
SELECT t.tgname, t.tgtype, t.tgqual IS NULL AND t.tgattr::text = '', t.tgenabled IN ('O', 'A'), btrim(p.prosrc)
FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND t.tgrelid IN (to_regclass('ledger_entries'), to_regclass('ledger_lines'))
"""
_EVENTS = 2 + 8 + 16 + 32
"""How PostgreSQL writes "before delete, update or truncate, once a statement"."""
_FUNCTION = "BEGIN RAISE EXCEPTION 'the ledger is append-only'; END"


@dataclass(frozen=True)
class Verified:
    """Size and head of a verified ledger."""

    entries: int
    lines: int
    head: str
    """Hash of the last entry: stored elsewhere, it also shows rows removed at the end."""


def verify_chain(connection: Connection, lines_since: str | None, runs: Collection[int] = ()) -> Verified:
    """Recompute the chain from its beginning, verify the lines of runs against their entries, and the triggers.

    Parameters
    ----------
    lines_since : verify lines from this as-of on; empty for all runs, None for none
    runs : numbers of further runs whose lines are verified

    Raises
    ------
    LedgerError
        A row was changed; the message names the first.
    """
    head, number, lines = FIRST, 0, 0
    for number, row in enumerate(connection.execute(ENTRIES.select().order_by(ENTRIES.c.number)), start=1):
        expected = chain_entry(head, number, row.kind, row.source, row.as_of, row.at, row.content)
        if row.number != number or row.hash != expected:
            raise broken(f"entry {number} was changed, or one before it is missing")
        if row.kind == "run" and ((lines_since is not None and row.as_of >= lines_since) or row.number in runs):
            lines += _verify_lines(connection, to_entry(row))
        head = row.hash
    if lines_since == "":
        _refuse_orphan_lines(connection)
    _verify_triggers(connection)
    return Verified(number, lines, head)


def _verify_lines(connection: Connection, entry: Entry) -> int:
    """Verify the lines of a run and return their number."""
    rows = connection.execute(LINES.select().where(LINES.c.run == entry.number).order_by(LINES.c.place)).all()
    last = FIRST
    for number, (row, last) in enumerate(zip(rows, chain_texts(row.content for row in rows), strict=True), start=1):
        name = f"line {number} of the run of {entry.as_of} (entry {entry.number})"
        content = read_content(row.content, name)
        same = all(str(content.get(column)) == getattr(row, column) for column in ("line_id", "order_id", "decision"))
        if row.place != number or row.hash != last or not same:
            raise broken(f"{name} was changed")
    if len(rows) != entry.content["lines"] or last != entry.content["lines_hash"]:
        raise broken(f"the run of {entry.as_of} (entry {entry.number}) had {entry.content['lines']} lines")
    return len(rows)


def _refuse_orphan_lines(connection: Connection) -> None:
    runs = select(ENTRIES.c.number).where(ENTRIES.c.kind == "run")
    row = connection.execute(LINES.select().where(LINES.c.run.not_in(runs)).limit(1)).first()
    if row is not None:
        raise broken(f"a line (place {row.place}) belongs to entry {row.run}, which is no run")


def _verify_triggers(connection: Connection) -> None:
    """Check that each trigger that refuses changes exists, is enabled and has the definition of its migration."""
    actual: dict[str, object]
    if connection.dialect.name == "postgresql":
        expected: dict[str, object] = {f"{table}_append_only": (_EVENTS, True, True, _FUNCTION) for table in _TABLES}
        actual = {row[0]: tuple(row[1:]) for row in connection.exec_driver_sql(_IN_POSTGRESQL)}
    else:
        expected, actual = dict(_migrated(revision_of(connection) or "head")), _read_sqlite(connection)
    for name, definition in expected.items():
        if actual.get(name) != definition:
            raise broken(f"the trigger {name}, which refuses changes, is missing or was changed")
    if added := sorted(actual.keys() - expected.keys()):
        raise broken(f"{len(added)} triggers were added that belong to no migration")


@cache
def _migrated(revision: str) -> dict[str, object]:
    with open_database("sqlite:///:memory:", LedgerError) as engine, engine.begin() as connection:
        upgrade(connection, revision)
        return _read_sqlite(connection)


def _read_sqlite(connection: Connection) -> dict[str, object]:
    return {row.name: " ".join(str(row.sql).split()) for row in connection.exec_driver_sql(_IN_SQLITE)}
