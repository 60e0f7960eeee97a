"""Settings of SQLite: transactions that begin with a lock, and a journal that does not block readers."""

import logging
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

__all__ = ["set_journal", "set_transactions"]

_logger = logging.getLogger(__name__)
_NETWORK = {"9p", "afs", "beegfs", "ceph", "cifs", "glusterfs", "lustre", "nfs", "nfs4", "smb3", "smbfs"}


def set_transactions(engine: Engine, *, reading: bool) -> None:
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


def set_journal(engine: Engine, file: Path, wait: int) -> None:
    """Write ahead, so that readers do not block writers, unless the file is on a network file system.

    Parameters
    ----------
    wait : seconds to wait for a lock afterwards
    """

    def choose(connection: Any, record: Any) -> None:
        del record
        connection.execute("PRAGMA busy_timeout = 1000")
        try:
            connection.execute(f"PRAGMA journal_mode = {'DELETE' if _on_network(file) else 'WAL'}")
        except sqlite3.OperationalError as error:
            if "is locked" not in str(error):
                raise
            _logger.info("%s: stays in its journal mode, another process has it open", file)
        connection.execute(f"PRAGMA busy_timeout = {wait * 1000}")

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
