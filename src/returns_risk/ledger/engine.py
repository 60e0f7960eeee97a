"""Connections to the ledger's database: made, brought to the latest tables, one writer at a time."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from returns_risk.errors import LedgerError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

__all__ = ["open_engine", "reading", "writing"]

_WAIT = 60  # seconds that a writer waits for another
_MIGRATIONS = Path(__file__).with_name("migrations")


def open_engine(url: str) -> "Engine":
    """Return an engine for SQLite or PostgreSQL.

    Raises
    ------
    LedgerError
        The address is none, or its driver is not installed.
    """
    import sqlalchemy
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    try:
        place = sqlalchemy.make_url(url)
        if place.get_backend_name() == "sqlite":
            _ensure_folder(place.database)
            engine = sqlalchemy.create_engine(place, connect_args={"timeout": _WAIT}, poolclass=sqlalchemy.NullPool)
            _begin_at_once(engine)
            return engine
        return sqlalchemy.create_engine(place, poolclass=sqlalchemy.NullPool)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise LedgerError(
            f"ledger: {_hide(url)} cannot be used ({error}). Give sqlite:///ledger/ledger.db, or "
            "postgresql+psycopg://user@host/database with the extra `postgres` installed."
        ) from error


@contextmanager
def writing(engine: "Engine") -> Iterator["Connection"]:
    """Yield a connection in a transaction that nobody else writes during; the tables are the latest.

    Raises
    ------
    LedgerError
        The database cannot be reached or written.
    """
    with _told(engine), engine.begin() as connection:
        _upgrade(connection)
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("LOCK TABLE ledger_entries IN EXCLUSIVE MODE")
        yield connection


@contextmanager
def reading(engine: "Engine") -> Iterator["Connection"]:
    """Yield a connection to what is there; the tables are made if there are none yet.

    Raises
    ------
    LedgerError
        The database cannot be reached.
    """
    with _told(engine), engine.begin() as connection:
        _upgrade(connection)
        yield connection


def _upgrade(connection: "Connection") -> None:
    """Bring the tables to the latest migration, in the transaction that is open."""
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


def _begin_at_once(engine: "Engine") -> None:
    """Make SQLite take its write lock when a transaction begins: two writers wait for each other, never fail half-way.

    As SQLAlchemy's page on SQLite advises; Python's driver would begin only at the first change, and not for tables.
    """
    from sqlalchemy import event

    def stop_driver(connection: Any, record: Any) -> None:
        del record
        connection.isolation_level = None
        connection.execute("PRAGMA synchronous = FULL")

    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "connect", stop_driver)
    event.listen(engine, "begin", begin)


def _ensure_folder(file: str | None) -> None:
    if file and file != ":memory:":
        try:
            Path(file).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LedgerError(f"{file}: cannot be created ({error.strerror}). Give another place.") from error


@contextmanager
def _told(engine: "Engine") -> Iterator[None]:
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except SQLAlchemyError as error:
        finding = " ".join(str(getattr(error, "orig", None) or error).split())
        raise LedgerError(
            f"ledger: {engine.url.render_as_string()}: {finding}. Check that the database can be reached and written."
        ) from error


def _hide(url: str) -> str:
    """Return an address that may hold a password, up to where it could."""
    return url.split("@")[-1]
