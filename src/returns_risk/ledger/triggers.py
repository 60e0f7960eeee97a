"""Whether the triggers that refuse every change are still what the migrations wrote."""

from functools import cache
from typing import TYPE_CHECKING

from returns_risk.errors import LedgerError
from returns_risk.io.databases import open_database
from returns_risk.ledger.engine import revision_of, upgrade
from returns_risk.ledger.rows import broken

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["verify_triggers"]

_TABLES = ("ledger_entries", "ledger_lines")
_IN_SQLITE = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'ledger%'"
_IN_POSTGRESQL = """
SELECT t.tgname, t.tgtype, t.tgqual IS NULL AND t.tgattr::text = '', t.tgenabled IN ('O', 'A'), btrim(p.prosrc)
FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
WHERE NOT t.tgisinternal AND t.tgrelid IN (to_regclass('ledger_entries'), to_regclass('ledger_lines'))
"""
_WHEN = 2 + 8 + 16 + 32
"""How PostgreSQL writes "before delete, update or truncate, once a statement"."""
_DOES = "BEGIN RAISE EXCEPTION 'the ledger is append-only'; END"


def verify_triggers(connection: "Connection") -> None:
    """Make sure that each trigger is there, switched on, and does what its migration wrote.

    Raises
    ------
    LedgerError
        One is missing, is switched off or does something else: rows may have been changed since.
    """
    found: dict[str, object]
    if connection.dialect.name == "postgresql":
        expected: dict[str, object] = {f"{table}_append_only": (_WHEN, True, True, _DOES) for table in _TABLES}
        found = {row[0]: tuple(row[1:]) for row in connection.exec_driver_sql(_IN_POSTGRESQL)}
    else:
        expected, found = dict(_written(revision_of(connection) or "head")), _read(connection)
    for name, does in expected.items():
        if found.get(name) != does:
            raise broken(f"the trigger {name}, which refuses changes, is missing or is not what was written")
    if added := sorted(found.keys() - expected.keys()):
        raise broken(f"{len(added)} triggers were added that no migration wrote")


@cache
def _written(revision: str) -> dict[str, object]:
    with open_database("sqlite:///:memory:", LedgerError) as engine, engine.begin() as connection:
        upgrade(connection, revision)
        return _read(connection)


def _read(connection: "Connection") -> dict[str, object]:
    return {row.name: " ".join(str(row.sql).split()) for row in connection.exec_driver_sql(_IN_SQLITE)}
