"""The hash chain: the hash of each row covers the hash before it and the row itself."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["FIRST", "Entry", "canonical", "chain_entry", "chain_texts"]

FIRST = "0" * 64
"""Replaces the hash of a row before the first."""


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


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
