"""The ledger: entries are appended in one transaction each, while a lock is held."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from returns_risk.config.policy import Policy
from returns_risk.ledger.engine import reading, writing
from returns_risk.ledger.head_file import require_head, save_head
from returns_risk.ledger.locks import LedgerLock, acquire_lock
from returns_risk.ledger.queries import LedgerReader, exported_runs, latest_run, of_kind, read_entries
from returns_risk.ledger.rows import (
    FIRST,
    Entry,
    Record,
    add_entry,
    add_lines,
    canonical,
    chain_texts,
    last_entry,
    to_records,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Ledger", "recorded_policy"]

FindNew = Callable[[Sequence[Record], Sequence[Record]], list[int]]


def recorded_policy(run: Entry) -> Policy:
    """Return the policy that a run was decided with."""
    return Policy.model_validate_json(run.content["policy"])


class Ledger(LedgerReader):
    """Append-only entries in a database, each chained to the one before by its hash.

    A row that is changed, removed or inserted breaks the chain (Haber & Stornetta 1991, How to time-stamp a digital
    document); triggers refuse the attempt.

    Parameters
    ----------
    url : of SQLAlchemy, SQLite or PostgreSQL
    head_folder : folder of the file that records the last entry after each write, so that a truncated ledger is
        noticed; None for no such file

    Raises
    ------
    LedgerError
        From every method: the database cannot be reached, or was written by a newer version; from those that append:
        the ledger lacks the entry recorded as its last.
    """

    def __init__(self, url: str, head_folder: Path | None = None) -> None:
        super().__init__(url)
        self._head_folder = head_folder
        self._lock: LedgerLock | None = None

    @contextmanager
    def lock(self, name: str) -> Iterator[None]:
        """Hold a lock while the block runs, against other processes on this host and on others.

        Entries appended in the block are only stored while the lock is held.

        Parameters
        ----------
        name : of the lock: ``nightly run of demo``

        Raises
        ------
        BusyError
            Another process holds the lock; from methods that append: it took the lock over after the lease ended.
        """
        with acquire_lock(self._url, name) as lock:
            self._lock = lock
            try:
                yield
            finally:
                self._lock = None

    def require_lock(self) -> None:
        """Check that the lock is still held.

        Raises
        ------
        BusyError, LedgerError
            Another process has taken it over, or the connection that held it was lost.
        """
        if self._lock is not None:
            with self._lock.writing():
                pass

    def require_head(self, source: str) -> None:
        """Check that the ledger contains the entry recorded as its last.

        Raises
        ------
        LedgerError
            The ledger was truncated or is another; or no entry is recorded although there are nights of the source.
        """
        if (file := self._head_file(source)) is not None:
            with reading(self._url) as connection:
                require_head(connection, file, source)

    def accept_head(self, source: str) -> None:
        """Record the current last entry, also if another was recorded before."""
        if (file := self._head_file(source)) is not None:
            save_head(file, *self.head(), overwrite=True)

    def has_head_file(self, source: str) -> bool:
        """Whether a last entry was ever recorded in this folder."""
        return (file := self._head_file(source)) is not None and file.exists()

    def append(self, kind: str, source: str, at: str, content: Record, as_of: str = "") -> Entry:
        """Append an entry; it is stored when this returns, or not at all.

        Parameters
        ----------
        at : ISO 8601 in UTC
        content : JSON values; no NaN, and of persons only pseudonyms
        """
        with self._writing(source) as connection:
            return add_entry(connection, kind, source, as_of, at, content)

    def append_new(self, kind: str, source: str, at: str, contents: Sequence[Record], find_new: FindNew) -> list[int]:
        """Append those contents that are new beside the entries of their kind, all or none; return their positions.

        Parameters
        ----------
        find_new : takes the contents of the entries, oldest first, and the given ones; returns positions of these
        """
        with self._writing(source) as connection:
            new = find_new([entry.content for entry in read_entries(connection, *of_kind(kind, source))], contents)
            for position in new:
                add_entry(connection, kind, source, "", at, contents[position])
            return new

    def append_run(self, source: str, as_of: str, at: str, content: Record, lines: "pd.DataFrame") -> Entry:
        """Append a run with its lines, all or none; if the latest run of the as-of has the same content, return that.

        Parameters
        ----------
        lines : ``line_id``, ``order_id``, ``decision`` and any other columns; JSON values, NaN for missing
        """
        records = to_records(lines)
        texts = [canonical(record) for record in records]
        hashes = list(chain_texts(texts))
        content = content | {"lines": len(texts), "lines_hash": hashes[-1] if hashes else FIRST}
        with self._writing(source) as connection:
            latest = latest_run(connection, source, as_of, backfill=bool(content.get("backfill")))
            if latest is not None and latest.content == json.loads(canonical(content)):
                return latest
            entry = add_entry(connection, "run", source, as_of, at, content)
            add_lines(connection, entry.number, records, texts, hashes)
            return entry

    def append_export(self, run: Entry, at: str) -> None:
        """Record that the export of a run was published, so that people may act on it; once a run."""
        with self._writing(run.source) as connection:
            if run.number not in exported_runs(connection, run.source):
                content = {"run": run.number, "files": run.content["summary"]["export"]["files"]}
                add_entry(connection, "export", run.source, run.as_of, at, content)

    def _head_file(self, source: str) -> Path | None:
        return None if self._head_folder is None else self._head_folder / f"ledger-{source}.json"

    @contextmanager
    def _writing(self, source: str) -> Iterator[Connection]:
        file = self._head_file(source)
        with self._lock.writing() if self._lock else writing(self._url) as connection:
            if file is not None:
                require_head(connection, file, source)
                # Also before the first entry: after a kill, an entry that is stored but not recorded here must not
                # look like the entry of another folder.
                save_head(file, *last_entry(connection))
            yield connection
            head = last_entry(connection)
        if file is not None:
            save_head(file, *head)
