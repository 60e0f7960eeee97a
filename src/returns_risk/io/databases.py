"""Connections to SQLite and PostgreSQL, with limits on waiting and errors in one line."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, NullPool, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from returns_risk.errors import DeliveryError, ResourceError, ReturnsRiskError
from returns_risk.io.database_urls import display_url, mask_passwords, parse_url
from returns_risk.io.extras import missing_extra
from returns_risk.io.files import restrict_access

__all__ = ["connect_engine", "open_database", "user_errors"]

_NETWORK = {"9p", "afs", "beegfs", "ceph", "cifs", "glusterfs", "lustre", "nfs", "nfs4", "smb3", "smbfs"}
_WAIT = 30  # seconds to connect, and to wait for a lock of another process
_STATEMENT = 600  # seconds for one statement in PostgreSQL
# Detects a server that no longer answers, and keeps firewalls from dropping idle connections.
_TCP = {
    "connect_timeout": _WAIT,
    "keepalives_idle": 60,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
_logger = logging.getLogger(__name__)


@contextmanager
def open_database(
    url: str, error: type[ReturnsRiskError] = DeliveryError, *, reading: bool = False, wal: bool = False
) -> Iterator[Engine]:
    """Yield an engine for a database; its errors in the block are raised as ``error``.

    Parameters
    ----------
    url : ``sqlite:///data/outbox.db``, ``postgresql://user:password@host/database``
    error : class of the errors that the user gets
    reading : nothing is written or created, and an SQLite file is not locked against writers
    wal : an SQLite file is written so that its readers do not block its writers

    Raises
    ------
    DeliveryError, or ``error``
        The address cannot be read, its driver is not installed, the database cannot be reached, read or written, or
        another process has it locked for too long. The password is in no message.
    """
    engine = connect_engine(url, error, reading=reading, wal=wal)
    try:
        with user_errors(url, error):
            yield engine
    finally:
        engine.dispose()


@contextmanager
def user_errors(url: str, error: type[ReturnsRiskError]) -> Iterator[None]:
    """Raise the errors of SQLAlchemy in the block as ``error``.

    Raises
    ------
    ``error``
        In one line, without the password and without values of rows.
    ResourceError
        There is not enough memory.
    """
    parsed = parse_url(url, error)
    try:
        yield
    except SQLAlchemyError as raised:
        if isinstance(getattr(raised, "orig", None), MemoryError):
            raise ResourceError(f"{display_url(parsed)}: there is not enough memory for this work.") from raised
        raise error(f"{display_url(parsed)}: {mask_passwords(parsed, _explain(raised))}") from raised


def connect_engine(url: str, error: type[ReturnsRiskError], *, reading: bool = False, wal: bool = False) -> Engine:
    """Return an engine for a database; the caller disposes of it.

    Raises
    ------
    ``error``
        The address cannot be read, or its driver is not installed.
    """
    parsed = parse_url(url, error)
    if parsed.get_backend_name() == "postgresql":
        engine = _create_engine(parsed, error, _TCP)
        _limit_waits(engine)
        return engine
    if not reading:
        _ensure_folder(parsed, error)
    engine = _create_engine(parsed, error, {"timeout": _WAIT})
    _set_transactions(engine, reading=reading)
    if wal:
        _set_journal(engine, Path(str(parsed.database)))
    return engine


def _create_engine(url: URL, error: type[ReturnsRiskError], options: dict[str, Any]) -> Engine:
    try:
        return create_engine(url, connect_args=options, poolclass=NullPool, hide_parameters=True)
    except ModuleNotFoundError as missing:
        raise missing_extra(display_url(url), missing, "postgres", error) from missing


def _ensure_folder(url: URL, kind: type[ReturnsRiskError]) -> None:
    if not url.database or url.database == ":memory:":
        return
    try:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
        for suffix in ("", "-wal", "-shm", "-journal"):
            restrict_access(Path(url.database + suffix))
    except OSError as error:
        raise kind(f"{display_url(url)}: its folder cannot be made ({error.strerror}). Give another path.") from error


def _set_transactions(engine: Engine, *, reading: bool) -> None:
    """Make transactions cover tables as well as rows; those that write take the write lock at their start.

    As SQLAlchemy's documentation of SQLite advises: Python's driver begins a transaction at the first changed row.
    """

    def disable_driver(connection: Any, record: Any) -> None:
        del record
        connection.isolation_level = None
        if reading:
            # Not "mode=ro": the journal of a killed writer must be rolled back first.
            connection.execute("PRAGMA query_only = ON")

    def start(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    event.listen(engine, "connect", disable_driver)
    event.listen(engine, "begin", start)


def _set_journal(engine: Engine, file: Path) -> None:
    """Write ahead, so that readers do not block writers, unless the file is on a network file system."""

    def choose(connection: Any, record: Any) -> None:
        del record
        connection.execute("PRAGMA busy_timeout = 1000")
        try:
            connection.execute(f"PRAGMA journal_mode = {'DELETE' if _on_network(file) else 'WAL'}")
        except sqlite3.OperationalError as error:
            if "is locked" not in str(error):
                raise
            _logger.info("%s: stays in its journal mode, another process has it open", file)
        connection.execute(f"PRAGMA busy_timeout = {_WAIT * 1000}")

    event.listen(engine, "connect", choose)


def _on_network(file: Path) -> bool:
    """Return whether a file is on a network file system: a write-ahead log needs memory that its processes share."""
    try:
        mounts = [line.split()[1:3] for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()]
    except OSError:
        return False
    path = f"{file.resolve()}"
    parents = [(len(mount), kind) for mount, kind in mounts if path.startswith(mount.rstrip("/") + "/")]
    _, kind = max(parents, key=lambda mount: mount[0], default=(0, ""))
    return kind in _NETWORK or kind.startswith("fuse.")


def _limit_waits(engine: Engine) -> None:
    """Limit the time of PostgreSQL's statements and locks, unless the role or the address sets a limit."""

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
    """Return in one line what failed and its remedy; never the value of a row."""
    cause = getattr(raised, "orig", None) or raised
    state = getattr(cause, "sqlstate", None)
    finding = (str(cause).splitlines() or [type(cause).__name__])[0]
    if state == "55P03" or "is locked" in finding:
        return f"another process has locked it for more than {_WAIT} seconds. Run again when that process has ended."
    if state == "57014":
        return f"a statement took more than {_STATEMENT} seconds ({finding}). Check the load on the database."
    if "readonly" in finding or "unable to open" in finding:
        return (
            f"{finding}. SQLite writes files beside the database even where it is only read: give the user write "
            "permission for its folder, or read a copy of the folder."
        )
    if "malformed" in finding or "not a database" in finding or "no such table" in finding or state == "42P01":
        return f"{finding}: it is damaged, or was cut short. Restore it from a backup."
    # SQLite's driver would print the text that it cannot decode.
    finding = finding.split(" with text ")[0]
    return f"{finding}. Check that the database can be reached and written; its previous content is unchanged."
