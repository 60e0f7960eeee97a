"""The ledger's tables."""

from sqlalchemy import Column, Index, Integer, MetaData, String, Table, Text

__all__ = ["ENTRIES", "LINES", "METADATA", "WRITERS"]

METADATA = MetaData()

ENTRIES = Table(
    "ledger_entries",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(20), nullable=False),
    Column("source", String(100), nullable=False),
    Column("as_of", String(10), nullable=False),
    Column("at", String(40), nullable=False),
    Column("content", Text, nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Index("ledger_entries_of", "source", "kind", "as_of"),
)
"""A row for each run, published export, withdrawal, promotion and feedback; ``content`` is JSON."""

LINES = Table(
    "ledger_lines",
    METADATA,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("line_id", String(200), nullable=False),
    Column("order_id", String(200), nullable=False),
    Column("decision", String(10), nullable=False),
    Column("content", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ledger_lines_order", "order_id"),
    Index("ledger_lines_decision", "run", "decision"),
)
"""The scored lines of each run, in the order of their place; ``run`` is the number of its entry."""

WRITERS = Table(
    "ledger_writers",
    METADATA,
    Column("name", String(200), primary_key=True),
    Column("token", String(32), nullable=False),
    Column("owner", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("process", String(40), nullable=False),
    Column("expires_at", Integer, nullable=False),
)
"""Holders of locks, in SQLite only; the only table whose rows change."""
