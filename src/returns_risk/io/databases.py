"""SQLite and PostgreSQL by address: connections, tables that only grow, rows put in or brought up to date."""

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from returns_risk.errors import DeliveryError, ResourceError, ReturnsRiskError
from returns_risk.io.files import close_to_others

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine, Table

__all__ = [
    "connect_engine",
    "ensure_table",
    "insert_new",
    "is_sqlite",
    "open_database",
    "sqlite_file",
    "upsert",
    "user_errors",
]

_logger = logging.getLogger(__name__)
_NETWORK = {"9p", "afs", "beegfs", "ceph", "cifs", "glusterfs", "lustre", "nfs", "nfs4", "smb3", "smbfs"}
_WAIT = 30  # seconds to connect, and that one process waits for a lock of another
_STATEMENT = 600  # seconds for one statement in PostgreSQL
_DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg"}
# A server that has gone without a word is noticed, and so is one whose idle connections a firewall has forgotten.
_TCP = {
    "connect_timeout": _WAIT,
    "keepalives_idle": 60,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}


@contextmanager
def open_database(
    url: str, error: type[ReturnsRiskError] = DeliveryError, *, reading: bool = False, wal: bool = False
) -> Iterator["Engine"]:
    """Yield an engine for a database; what goes wrong with it in the block is a user's error.

    Parameters
    ----------
    url : ``sqlite:///data/outbox.db``, ``postgresql://user:password@host/database``
    error : which one
    reading : nothing is written or created, and an SQLite file is not locked against writers
    wal : an SQLite file is written so that who reads it does not hold up who writes

    Raises
    ------
    DeliveryError, or ``error``
        The address is none, its driver is not installed, the database cannot be reached, read or written, or another
        process has it locked for too long. The password is in no message.
    """
    engine = connect_engine(url, error, reading=reading, wal=wal)
    try:
        with user_errors(url, error):
            yield engine
    finally:
        engine.dispose()


@contextmanager
def user_errors(url: str, error: type[ReturnsRiskError]) -> Iterator[None]:
    """Turn what SQLAlchemy raises in the block into a user's error, as ``open_database`` does.

    Raises
    ------
    ``error``
        In one line, without the password and without values of rows.
    ResourceError
        There is not enough memory.
    """
    from sqlalchemy.exc import SQLAlchemyError

    place = _parse(url, error)
    try:
        yield
    except SQLAlchemyError as raised:
        if isinstance(getattr(raised, "orig", None), MemoryError):
            raise ResourceError(f"{_name(place)}: there is not enough memory for this work.") from raised
        raise error(f"{_name(place)}: {_hide(place, _explain(raised))}") from raised


def connect_engine(url: str, error: type[ReturnsRiskError], *, reading: bool = False, wal: bool = False) -> "Engine":
    """Return an engine for a database; the caller disposes of it.

    Raises
    ------
    ``error``
        The address is none, or its driver is not installed.
    """
    place = _parse(url, error)
    engine = _make_engine(place, error, reading=reading)
    if wal and place.get_backend_name() == "sqlite":
        _write_ahead(engine, Path(str(place.database)))
    return engine


def is_sqlite(url: str, error: type[ReturnsRiskError]) -> bool:
    """Say whether an address is that of an SQLite file."""
    return _parse(url, error).get_backend_name() == "sqlite"


def sqlite_file(url: str, error: type[ReturnsRiskError]) -> Path | None:
    """Return the file of an SQLite database; None where the address is another."""
    place = _parse(url, error)
    name = place.database or ":memory:"
    named = place.get_backend_name() == "sqlite" and name != ":memory:" and not name.startswith("file:")
    return Path(name) if named else None


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
        # A password with an @ ends up in part as the host, which errors repeat.
        name = None if "@" in (place.host or "") else _DRIVERS.get(place.get_backend_name())
    except (ArgumentError, ValueError):
        name = None
    if name is None:
        # The address is not repeated, nor what was raised: either may hold a password.
        raise kind(
            "the database's address cannot be read. Give sqlite:///data/outbox.db or "
            "postgresql://user:password@host/database; signs like @ in a password as %40."
        )
    return place.set(drivername=name)


def _make_engine(place: "URL", kind: type[ReturnsRiskError], *, reading: bool) -> "Engine":
    from sqlalchemy import NullPool, create_engine

    sqlite = place.get_backend_name() == "sqlite"
    if sqlite and not reading:
        _ensure_folder(place, kind)
    options: dict[str, Any] = {"timeout": _WAIT} if sqlite else _TCP
    try:
        engine = create_engine(place, connect_args=options, poolclass=NullPool, hide_parameters=True)
    except ModuleNotFoundError as error:
        raise kind(
            f"{_name(place)}: {error.name} is not installed. Install it: pip install 'returns-risk[postgres]'."
        ) from error
    if sqlite:
        _control_transactions(engine, reading=reading)
    else:
        _limit_waits(engine)
    return engine


def _ensure_folder(place: "URL", kind: type[ReturnsRiskError]) -> None:
    if place.database and place.database != ":memory:":
        try:
            Path(place.database).parent.mkdir(parents=True, exist_ok=True)
            for suffix in ("", "-wal", "-shm", "-journal"):
                close_to_others(Path(place.database + suffix))
        except OSError as error:
            raise kind(f"{_name(place)}: its folder cannot be made ({error.strerror}). Give another place.") from error


def _control_transactions(engine: "Engine", *, reading: bool) -> None:
    """Make SQLite's transactions hold tables as well as rows; those that write take the write lock at their start.

    As SQLAlchemy's page on SQLite advises: Python's driver would begin at the first change of a row only.
    """
    from sqlalchemy import event

    def stop_driver(connection: Any, record: Any) -> None:
        del record
        connection.isolation_level = None
        if reading:
            # Not "mode=ro": what a killed writer left is to be rolled back first.
            connection.execute("PRAGMA query_only = ON")

    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    event.listen(engine, "connect", stop_driver)
    event.listen(engine, "begin", begin)


def _write_ahead(engine: "Engine", file: Path) -> None:
    """Have SQLite keep what is written beside the file until nobody reads what was there before."""
    from sqlalchemy import event

    def choose(connection: Any, record: Any) -> None:
        del record
        connection.execute("PRAGMA busy_timeout = 1000")
        try:
            connection.execute(f"PRAGMA journal_mode = {'DELETE' if _on_network(file) else 'WAL'}")
        except sqlite3.OperationalError as error:
            if "is locked" not in str(error):
                raise
            # Somebody reads it as it was kept before; the next writer changes it.
            _logger.info("%s: stays in its journal mode, another process has it open", file)
        connection.execute(f"PRAGMA busy_timeout = {_WAIT * 1000}")

    event.listen(engine, "connect", choose)


def _on_network(file: Path) -> bool:
    """Say whether a file is on a network file system: a write-ahead log needs memory that its processes share."""
    try:
        mounts = [line.split()[1:3] for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()]
    except OSError:
        return False
    place = f"{file.resolve()}"
    above = [(len(mount), kind) for mount, kind in mounts if place.startswith(mount.rstrip("/") + "/")]
    kind = max(above, key=lambda one: one[0], default=(0, ""))[1]
    return kind in _NETWORK or kind.startswith("fuse.")


def _limit_waits(engine: "Engine") -> None:
    """Let no statement of PostgreSQL wait for ever; limits that the role or the address sets are left as they are."""
    from sqlalchemy import event

    def limit(connection: Any, record: Any) -> None:
        del record
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config(name, CASE name WHEN 'lock_timeout' THEN %s ELSE %s END, false) FROM pg_settings "
                "WHERE name IN ('lock_timeout', 'statement_timeout') AND setting = '0'",
                (f"{_WAIT}s", f"{_STATEMENT}s"),
            )
        connection.commit()

    event.listen(engine, "connect", limit)


def _explain(raised: Exception) -> str:
    """Return in one line what went wrong and what to do; never the value of a row."""
    cause = getattr(raised, "orig", None) or raised
    state = getattr(cause, "sqlstate", None)
    finding = (str(cause).splitlines() or [type(cause).__name__])[0]
    if state == "55P03" or "is locked" in finding:
        return f"another process has locked it for more than {_WAIT} seconds. Run again when that one has ended."
    if state == "57014":
        return f"a statement took more than {_STATEMENT} seconds ({finding}). See what else the database is busy with."
    if "readonly" in finding or "unable to open" in finding:
        return (
            f"{finding}. SQLite writes files beside the database even where it is only read: give the user write "
            "permission for its folder, or read a copy of the folder."
        )
    if "malformed" in finding or "not a database" in finding or "no such table" in finding or state == "42P01":
        return f"{finding}: it is damaged, or was cut short. Restore it from a backup."
    # SQLite's driver would print the text that it cannot decode.
    finding = finding.split(" with text ")[0]
    return f"{finding}. Check that the database can be reached and written; what was there before is unchanged."


def _name(place: "URL") -> str:
    """Return the address without password and options, which may hold one, too."""
    return place.set(drivername=place.get_backend_name(), query={}).render_as_string(hide_password=True)


def _hide(place: "URL", text: str) -> str:
    options = [one for name, one in place.query.items() if "password" in name and isinstance(one, str)]
    for secret in [str(place.password or ""), *options]:
        for written in (secret, quote(secret, safe=""), quote_plus(secret)):
            text = text.replace(written, "***") if written else text
    return text
