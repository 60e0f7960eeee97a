"""SQLite and PostgreSQL by address: connections, tables that only grow, rows put in or brought up to date."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from returns_risk.errors import DeliveryError, ReturnsRiskError
from returns_risk.files import close_to_others

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine, Table

__all__ = ["ensure_table", "insert_new", "open_database", "upsert"]

_WAIT = 30  # seconds to connect, and that one writer of an SQLite file waits for another
_DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg"}
_CONNECT = {"sqlite": "timeout", "postgresql": "connect_timeout"}


@contextmanager
def open_database(url: str, error: type[ReturnsRiskError] = DeliveryError) -> Iterator["Engine"]:
    """Yield an engine for a database; what goes wrong with it in the block is a user's error.

    Parameters
    ----------
    url : ``sqlite:///data/outbox.db``, ``postgresql://user:password@host/database``
    error : which one

    Raises
    ------
    DeliveryError, or ``error``
        The address is none, its driver is not installed, the database cannot be reached, read or written. The
        password is in no message.
    """
    from sqlalchemy.exc import SQLAlchemyError

    place = _parse(url, error)
    engine = _make_engine(place, error)
    try:
        yield engine
    except SQLAlchemyError as raised:
        told = (str(getattr(raised, "orig", None) or raised).splitlines() or [type(raised).__name__])[0]
        raise error(
            f"{_name(place)}: {_hide(place, told)}. Check that the database can be reached and written; "
            "what was there before is unchanged."
        ) from raised
    finally:
        engine.dispose()


def ensure_table(connection: "Connection", table: "Table") -> None:
    """Create a table, or add the columns that it lacks; columns that are there already are left as they are."""
    from sqlalchemy import inspect
    from sqlalchemy.schema import CreateColumn

    if connection.dialect.name == "postgresql":
        # Two first runs at once must not both create the table; the lock ends with the transaction.
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7300428)")
    found = inspect(connection)
    if not found.has_table(table.name):
        table.create(connection)
        return
    known = {column["name"] for column in found.get_columns(table.name)}
    name = connection.dialect.identifier_preparer.format_table(table)
    for column in table.columns:
        if column.name not in known:
            added = CreateColumn(column).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {name} ADD COLUMN {added}")


def upsert(connection: "Connection", table: "Table", rows: Sequence[dict[str, Any]]) -> None:
    """Put rows in; a row with the same key takes their values, its other columns stay."""
    if rows:
        added = _insert(connection, table)
        keys = [column.name for column in table.primary_key]
        values = {name: added.excluded[name] for name in rows[0] if name not in keys}
        told = added.on_conflict_do_update(index_elements=keys, set_=values)
        connection.execute(told, rows)


def insert_new(connection: "Connection", table: "Table", rows: Sequence[dict[str, Any]]) -> None:
    """Put rows in, save those whose key is there already."""
    if rows:
        connection.execute(_insert(connection, table).on_conflict_do_nothing(), rows)


def _insert(connection: "Connection", table: "Table") -> Any:
    from sqlalchemy.dialects import postgresql, sqlite

    return {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[connection.dialect.name](table)


def _parse(url: str, kind: type[ReturnsRiskError]) -> "URL":
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        place = make_url(url)
        return place.set(drivername=_DRIVERS[place.get_backend_name()])
    except (ArgumentError, KeyError, ValueError):
        # The address is not repeated, nor what was raised: either may hold a password.
        raise kind(
            "the database's address cannot be read. Give sqlite:///data/outbox.db or "
            "postgresql://user:password@host/database; signs like @ in a password as %40."
        ) from None


def _make_engine(place: "URL", kind: type[ReturnsRiskError]) -> "Engine":
    from sqlalchemy import NullPool, create_engine

    backend = place.get_backend_name()
    if backend == "sqlite":
        _ensure_folder(place, kind)
    try:
        engine = create_engine(place, connect_args={_CONNECT[backend]: _WAIT}, poolclass=NullPool, hide_parameters=True)
    except ModuleNotFoundError as error:
        raise kind(
            f"{_name(place)}: {error.name} is not installed. Install it: pip install 'returns-risk[postgres]'."
        ) from error
    if backend == "sqlite":
        _begin_at_once(engine)
    return engine


def _ensure_folder(place: "URL", kind: type[ReturnsRiskError]) -> None:
    if place.database and place.database != ":memory:":
        try:
            Path(place.database).parent.mkdir(parents=True, exist_ok=True)
            for suffix in ("", "-wal", "-shm", "-journal"):
                close_to_others(Path(place.database + suffix))
        except OSError as error:
            raise kind(f"{_name(place)}: its folder cannot be made ({error.strerror}). Give another place.") from error


def _begin_at_once(engine: "Engine") -> None:
    """Make SQLite's transactions hold tables as well as rows, and take the write lock at their start.

    As SQLAlchemy's page on SQLite advises: Python's driver would begin at the first change of a row only.
    """
    from sqlalchemy import event

    def stop_driver(connection: Any, record: Any) -> None:
        del record
        connection.isolation_level = None

    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "connect", stop_driver)
    event.listen(engine, "begin", begin)


def _name(place: "URL") -> str:
    """Return the address without password and options, which may hold one, too."""
    return place.set(drivername=place.get_backend_name(), query={}).render_as_string(hide_password=True)


def _hide(place: "URL", text: str) -> str:
    options = [one for name, one in place.query.items() if "password" in name and isinstance(one, str)]
    for secret in [str(place.password or ""), *options]:
        for written in (secret, quote(secret, safe=""), quote_plus(secret)):
            text = text.replace(written, "***") if written else text
    return text
