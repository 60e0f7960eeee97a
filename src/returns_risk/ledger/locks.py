"""Locks that exclude other processes, folders and hosts that use the same ledger.

PostgreSQL: a session advisory lock. Its holder writes through the session that holds the lock, so a lost connection
releases the lock and makes every later write fail. SQLite: a row with owner and lease; each writing transaction checks
the row before it writes.

The ledger does not depend on clocks. If the clocks of two hosts differ by more than the lease, or the holder was
suspended for longer, a second process can take the lock too early; the first then notices in its next writing
transaction that the row belongs to another process, and ends without writing. Two hosts that share an SQLite file (NFS,
SMB) also depend on the locks of that file system: use PostgreSQL there.
"""

import hashlib
import logging
import os
import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from returns_risk.errors import BusyError, LedgerError
from returns_risk.io.database_urls import is_sqlite
from returns_risk.io.databases import connect_engine, user_errors
from returns_risk.ledger.engine import lock_tables, writing

__all__ = ["LedgerLock", "acquire_lock"]

_LEASE = 300  # seconds
_RENEWAL = 60  # seconds between renewals
_RENEW = """
UPDATE ledger_writers SET expires_at = CAST(strftime('%s', 'now') AS INTEGER) + ? WHERE name = ? AND token = ?
"""
_TAKE = """
INSERT INTO ledger_writers (name, token, owner, host, process, expires_at)
VALUES (?, ?, ? || ', since ' || datetime('now') || ' UTC', ?, ?, CAST(strftime('%s', 'now') AS INTEGER) + ?)
"""
_HOLDER = """
SELECT owner, host, process, expires_at < CAST(strftime('%s', 'now') AS INTEGER) AS expired
FROM ledger_writers WHERE name = ?
"""
_SESSION = """
SELECT a.application_name || coalesce(', since ' || date_trunc('second', a.backend_start), '') AS owner
FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
AND (l.classid::bigint << 32) | l.objid::bigint = %s AND (l.pid = pg_backend_pid()) = %s
"""
_logger = logging.getLogger(__name__)
# An idle session is not ended while its night computes; one whose host has died is, in minutes and not in hours.
_SETTINGS = {
    "idle_session_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "tcp_keepalives_idle": "60",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "6",
}


class LedgerLock(Protocol):
    """A lock held by this process."""

    def writing(self) -> AbstractContextManager[Connection]:
        """Yield a connection like ``engine.writing``, in a transaction that commits only while the lock is held."""


@contextmanager
def acquire_lock(url: str, name: str) -> Iterator[LedgerLock]:
    """Hold the named lock of a ledger while the block runs.

    Raises
    ------
    BusyError
        Another process holds it; the message names it.
    LedgerError
        The database cannot be reached or written.
    """
    with (_leased if is_sqlite(url, LedgerError) else _in_session)(url, name) as lock:
        yield lock


class _Lease:
    """A lock as a row of ``ledger_writers``."""

    def __init__(self, url: str, name: str) -> None:
        self._url, self._name, self._token = url, name, uuid.uuid4().hex

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with writing(self._url) as connection:
            if not connection.exec_driver_sql(_RENEW, (_LEASE, self._name, self._token)).rowcount:
                row = _holder(connection, self._name)
                raise BusyError(
                    f"ledger: this run lost the lock of the {self._name} to "
                    f"{row.owner if row else 'a process that has ended'}, because it did not renew it for {_LEASE} "
                    "seconds. It wrote nothing more; check what the other run did, and run again if needed."
                )
            yield connection

    def take(self) -> None:
        with writing(self._url) as connection:
            row = _holder(connection, self._name)
            if row is not None and not _has_ended(row):
                raise _busy(self._name, row.owner)
            connection.exec_driver_sql("DELETE FROM ledger_writers WHERE name = ?", (self._name,))
            process = f"{os.getpid()} {_started(os.getpid())}"
            connection.exec_driver_sql(_TAKE, (self._name, self._token, _owner(), _host(), process, _LEASE))

    def keep(self, ended: threading.Event) -> None:
        while not ended.wait(_RENEWAL):
            try:
                with self.writing():
                    pass
            except BusyError as error:
                _logger.warning("%s", error)
                return
            except LedgerError as error:
                _logger.warning("the lock of the %s could not be renewed: %s", self._name, error)

    def release(self) -> None:
        try:
            with writing(self._url) as connection:
                mine = (self._name, self._token)
                connection.exec_driver_sql("DELETE FROM ledger_writers WHERE name = ? AND token = ?", mine)
        except LedgerError as error:
            _logger.warning("the lock of the %s could not be released and expires: %s", self._name, error)


@contextmanager
def _leased(url: str, name: str) -> Iterator[LedgerLock]:
    lease, ended = _Lease(url, name), threading.Event()
    lease.take()
    keeper = threading.Thread(target=lease.keep, args=(ended,), daemon=True)
    keeper.start()
    try:
        yield lease
    finally:
        ended.set()
        keeper.join()
        lease.release()


def _holder(connection: Connection, name: str) -> Any:
    return connection.exec_driver_sql(_HOLDER, (name,)).first()


def _has_ended(row: Any) -> bool:
    """Whether a holder has ended: by its process on this host, by its lease on others."""
    if row.host != _host():
        return bool(row.expired)
    process, started = row.process.split()
    return _started(int(process)) != str(started)


def _started(process: int) -> str:
    """Return when a process started, in clock ticks since boot; ``-`` if it is not running."""
    try:
        state, *fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return "-"
    return "-" if state in ("Z", "X") else fields[18]


def _host() -> str:
    """Return a name that identifies this host and container: processes with the same name can be looked up."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
        return f"{socket.gethostname()} {boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        # Not Linux: a unique name matches no other process, so only the lease counts.
        return f"{socket.gethostname()} {uuid.uuid4()}"


class _Session:
    """A connection that holds an advisory lock of PostgreSQL."""

    def __init__(self, url: str, connection: Connection, name: str) -> None:
        self._url, self._connection, self._name = url, connection, name
        # Ledgers in other schemas of the database have other locks.
        schema = connection.exec_driver_sql("SELECT current_schema()").scalar()
        hashed = hashlib.sha256(f"returns-risk ledger\n{schema}\n{name}".encode()).digest()
        self._key = int.from_bytes(hashed[:8], "big", signed=True)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        with user_errors(self._url, LedgerError), self._connection.begin():
            # After a lost connection, or behind a proxy that shares sessions, this is another session.
            if not self._connection.exec_driver_sql(_SESSION, (self._key, True)).first():
                raise LedgerError(
                    f"ledger: the connection that held the lock of the {self._name} was lost, and nothing more was "
                    "written. Run again. A proxy before PostgreSQL must keep sessions (pool_mode = session)."
                )
            lock_tables(self._connection)
            yield self._connection

    def take(self) -> None:
        with user_errors(self._url, LedgerError):
            for name, value in (_SETTINGS | {"application_name": f"returns-risk, {_owner()}"}).items():
                known = "SELECT set_config(name, %s, false) FROM pg_settings WHERE name = %s"
                self._connection.exec_driver_sql(known, (value[:63], name))
            taken = self._connection.exec_driver_sql("SELECT pg_try_advisory_lock(%s)", (self._key,)).scalar()
            row = self._connection.exec_driver_sql(_SESSION, (self._key, False)).first()
            self._connection.commit()
        if not taken:
            raise _busy(self._name, row.owner if row else "another process, which has ended since,")

    def release(self) -> None:
        try:
            self._connection.exec_driver_sql("SELECT pg_advisory_unlock(%s)", (self._key,))
            self._connection.commit()
        except SQLAlchemyError as error:
            _logger.warning(
                "the connection that held the lock of the %s was lost (%s)", self._name, type(error).__name__
            )
        finally:
            self._connection.close()


@contextmanager
def _in_session(url: str, name: str) -> Iterator[LedgerLock]:
    with writing(url):
        pass  # creates the tables
    engine = connect_engine(url, LedgerError)
    try:
        with user_errors(url, LedgerError):
            session = _Session(url, engine.connect(), name)
        try:
            session.take()
            yield session
        finally:
            session.release()
    finally:
        engine.dispose()


def _owner() -> str:
    return f"process {os.getpid()} on {socket.gethostname()}"


def _busy(name: str, owner: str) -> BusyError:
    return BusyError(f"ledger: {owner} holds the lock of the {name}. Exiting without changes.")
