"""Rows of the ledger: the hash of each covers the hash before it and the row itself."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row

from returns_risk.errors import LedgerError
from returns_risk.ledger.tables import ENTRIES, LINES

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "FIRST",
    "Entry",
    "Record",
    "add_entry",
    "add_lines",
    "broken",
    "canonical",
    "chain_entry",
    "chain_texts",
    "last_entry",
    "read_content",
    "to_entry",
    "to_records",
]

FIRST = "0" * 64
"""Replaces the hash of a row before the first."""

_CHUNK = 10_000  # rows in one INSERT
Record = dict[str, Any]
"""A JSON object."""


@dataclass(frozen=True)
class Entry:
    """One row of the ledger."""

    number: int
    """From 1 on, without gaps."""
    kind: str
    """``run``, ``export`` (a run was published), ``withdrawal`` (of runs), ``promotion`` or ``feedback``."""
    source: str
    as_of: str
    """Of a run; empty for entries that belong to no night."""
    at: str
    """When it was written, ISO 8601 in UTC."""
    content: dict[str, Any]
    hash: str
    """SHA-256 of the hash of the row before it and of all of the above."""


def canonical(content: Any) -> str:
    """Return content as canonical JSON, the form that is hashed.

    >>> canonical({"b": 1, "a": None})
    '{"a":null,"b":1}'
    """
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def chain_entry(previous: str, number: int, kind: str, source: str, as_of: str, at: str, text: str) -> str:
    """Return the hash of an entry whose content is ``text``, canonical JSON (Haber & Stornetta 1991)."""
    # A damaged database may return other types than text.
    return _hash("\n".join(map(str, [previous, number, kind, source, as_of, at, text])))


def chain_texts(texts: Iterable[str]) -> Iterator[str]:
    """Yield the chained hash of each line of a run."""
    previous = FIRST
    for text in texts:
        previous = _hash(f"{previous}\n{text}")
        yield previous


def add_entry(connection: Connection, kind: str, source: str, as_of: str, at: str, content: Record) -> Entry:
    """Add an entry after the last one."""
    last, last_hash = last_entry(connection)
    number, text = last + 1, canonical(content)
    chained = chain_entry(last_hash, number, kind, source, as_of, at, text)
    row = {"number": number, "kind": kind, "source": source, "as_of": as_of, "at": at, "content": text, "hash": chained}
    connection.execute(ENTRIES.insert(), [row])
    # A trigger added by somebody may drop the row silently.
    if last_entry(connection) != (number, chained):
        raise broken(f"entry {number} was not stored")
    return Entry(number, kind, source, as_of, at, json.loads(text), chained)


def last_entry(connection: Connection) -> tuple[int, str]:
    """Return number and hash of the last entry; 0 and ``FIRST`` if the ledger is empty."""
    row = connection.execute(ENTRIES.select().order_by(ENTRIES.c.number.desc()).limit(1)).first()
    return (0, FIRST) if row is None else (row.number, row.hash)


def add_lines(
    connection: Connection, run: int, records: Sequence[Record], texts: Sequence[str], hashes: Sequence[str]
) -> None:
    """Add the scored lines of a run, with each record as canonical JSON and its chained hash."""
    rows = [
        {name: str(record[name]) for name in ("line_id", "order_id", "decision")}
        | {"run": run, "place": position, "content": text, "hash": chained}
        for position, (record, text, chained) in enumerate(zip(records, texts, hashes, strict=True), start=1)
    ]
    for start in range(0, len(rows), _CHUNK):
        connection.execute(LINES.insert(), rows[start : start + _CHUNK])


def to_entry(row: Row[Any]) -> Entry:
    """Return a database row as an entry."""
    content = read_content(row.content, f"entry {row.number}")
    return Entry(row.number, row.kind, row.source, row.as_of, row.at, content, row.hash)


def read_content(text: str, name: str) -> Record:
    """Parse the content of a row.

    Raises
    ------
    LedgerError
        The text is not a JSON object; the message names the row and quotes nothing.
    """
    try:
        content = json.loads(text)
    except (TypeError, ValueError):
        content = None
    if not isinstance(content, dict):
        raise broken(f"{name} was changed")
    return content


def broken(finding: str) -> LedgerError:
    """Return the error for a ledger whose rows were changed."""
    return LedgerError(f"ledger: {finding}. Restore the database from a backup; until then nothing is decided on it.")


def to_records(lines: "pd.DataFrame") -> list[Record]:
    """Return rows as JSON values, missing ones as None."""
    plain = lines.astype(object).where(lines.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
