"""Connections to the ledger's database: readers change nothing, writers migrate it to the latest tables first."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, inspect

from returns_risk.errors import LedgerError
from returns_risk.io.database_urls import sqlite_file
from returns_risk.io.databases import open_database

__all__ = ["ledger_url", "lock_tables", "reading", "revision_of", "upgrade", "writing"]

_VARIABLE = "RETURNS_RISK_LEDGER"
_MIGRATIONS = Path(__file__).with_name("migrations")
_REVISIONS = sorted(file.name.split("_")[0] for file in (_MIGRATIONS / "versions").glob("[0-9]*.py"))
_TABLES = ("ledger_entries", "ledger_lines", "ledger_version")


def ledger_url(configured: str) -> str:
    """Return the ledger's address: ``RETURNS_RISK_LEDGER`` if set, else the configured address."""
    return os.environ.get(_VARIABLE) or configured


@contextmanager
def writing(url: str) -> Iterator[Connection]:
    """Yield a connection in a transaction that excludes other writers; the tables are migrated to the latest version.

    Raises
    ------
    LedgerError
        The database cannot be reached or written, is damaged, or was written by a newer version.
    """
    with open_database(url, LedgerError, wal=True) as engine, engine.begin() as connection:
        if revision_of(connection) != _REVISIONS[-1]:
            upgrade(connection)
        lock_tables(connection)
        yield connection


@contextmanager
def reading(url: str) -> Iterator[Connection]:
    """Yield a connection that sees one state of the ledger, changes nothing and blocks no writer.

    A ledger that does not exist yet reads as empty; it is not created.

    Raises
    ------
    LedgerError
        The database cannot be reached, is damaged, or was written by a newer version.
    """
    file = sqlite_file(url, LedgerError)
    if file is not None and not file.exists():
        with _empty() as connection:
            yield connection
        return
    with open_database(url, LedgerError, reading=True) as engine, engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        if revision_of(connection) is not None:
            yield connection
            return
    with _empty() as connection:
        yield connection


def lock_tables(connection: Connection) -> None:
    """Exclude other writers until the transaction ends; SQLite locks the whole file."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("LOCK TABLE ledger_entries IN EXCLUSIVE MODE")


def revision_of(connection: Connection) -> str | None:
    """Return the latest migration applied to the tables; None where there is no ledger yet.

    Raises
    ------
    LedgerError
        The ledger was written by a newer version, or a table is missing.
    """
    tables = inspect(connection).get_table_names()
    if not any(name in tables for name in _TABLES):
        return None
    if missing := [name for name in _TABLES if name not in tables]:
        raise LedgerError(f"ledger: the table {missing[0]} is missing. Restore the database from a backup.")
    revision = connection.exec_driver_sql("SELECT version_num FROM ledger_version").scalar()
    if revision is None:
        raise LedgerError("ledger: the table ledger_version is empty. Restore the database from a backup.")
    if revision not in _REVISIONS:
        raise LedgerError(
            f"ledger: it was written by a newer version (its tables are those of {str(revision)[:40]!r}, this version "
            f"knows {_REVISIONS[-1]}). Update returns-risk."
        )
    return str(revision)


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Migrate the tables to a revision, in the open transaction."""
    # Its notices on set-up and import would clutter the nightly log.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    from alembic import command
    from alembic.config import Config

    if connection.dialect.name == "postgresql":
        # Two first runs at once must not both create the tables.
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7300427)")
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


@contextmanager
def _empty() -> Iterator[Connection]:
    with open_database("sqlite:///:memory:", LedgerError) as engine, engine.begin() as connection:
        upgrade(connection)
        yield connection
