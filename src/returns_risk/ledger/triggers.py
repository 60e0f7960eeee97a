"""Verification of the triggers that refuse every change of the ledger."""

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
_EVENTS = 2 + 8 + 16 + 32
"""How PostgreSQL writes "before delete, update or truncate, once a statement"."""
_FUNCTION = "BEGIN RAISE EXCEPTION 'the ledger is append-only'; END"


def verify_triggers(connection: "Connection") -> None:
    """Check that each trigger exists, is enabled and has the definition of its migration.

    Raises
    ------
    LedgerError
        A trigger is missing, disabled or different, so rows may have been changed.
    """
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


def _read_sqlite(connection: "Connection") -> dict[str, object]:
    return {row.name: " ".join(str(row.sql).split()) for row in connection.exec_driver_sql(_IN_SQLITE)}
