"""Connections to the ledger's database: brought to the latest tables, one writer at a time."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from returns_risk.databases import open_database
from returns_risk.errors import LedgerError

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["reading", "writing"]

_MIGRATIONS = Path(__file__).with_name("migrations")


@contextmanager
def writing(url: str) -> Iterator["Connection"]:
    """Yield a connection in a transaction that nobody else writes during; the tables are the latest.

    Raises
    ------
    LedgerError
        The database cannot be reached or written.
    """
    with reading(url) as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("LOCK TABLE ledger_entries IN EXCLUSIVE MODE")
        yield connection


@contextmanager
def reading(url: str) -> Iterator["Connection"]:
    """Yield a connection to what is there; the tables are made if there are none yet.

    Raises
    ------
    LedgerError
        The database cannot be reached.
    """
    with open_database(url, LedgerError) as engine, engine.begin() as connection:
        _upgrade(connection)
        yield connection


def _upgrade(connection: "Connection") -> None:
    """Bring the tables to the latest migration, in the transaction that is open."""
    # Its notices on set-up, of its import too, are not news to the nightly log.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    from alembic import command
    from alembic.config import Config

    if connection.dialect.name == "postgresql":
        # Two first runs at once must not both create the tables.
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7300427)")
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
