"""How rows are chained: each hash is of the one before it and of the row itself."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["FIRST", "Entry", "canonical", "chain_entry", "chain_texts"]

FIRST = "0" * 64
"""What the first row follows."""


@dataclass(frozen=True)
class Entry:
    """One row of the ledger."""

    number: int
    """From 1 on, without gaps."""
    kind: str
    """``run``, ``export`` (of a run, put in place), ``withdrawal`` (of runs), ``promotion`` or ``feedback``."""
    source: str
    as_of: str
    """Of a run; empty for what belongs to none."""
    at: str
    """When it was written, ISO 8601 in UTC."""
    content: dict[str, Any]
    hash: str
    """SHA-256 of the hash of the row before it and of all of the above."""


def canonical(content: Any) -> str:
    """Write JSON in the one way that hashes are of.

    >>> canonical({"b": 1, "a": None})
    '{"a":null,"b":1}'
    """
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def chain_entry(former: str, number: int, kind: str, source: str, as_of: str, at: str, text: str) -> str:
    """Return the hash of a row whose content is ``text``, in canonical JSON (Haber & Stornetta 1991)."""
    # A damaged database may return other types than text.
    return _hash("\n".join(map(str, [former, number, kind, source, as_of, at, text])))


def chain_texts(texts: Iterable[str]) -> Iterator[str]:
    """Yield the hash of each of the lines of a run, which are chained among themselves."""
    former = FIRST
    for text in texts:
        former = _hash(f"{former}\n{text}")
        yield former


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
