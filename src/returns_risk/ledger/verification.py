"""Verification that the ledger's rows are unchanged."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from returns_risk.ledger.chain import FIRST, Entry, chain_entry, chain_texts
from returns_risk.ledger.rows import broken, read_content, to_entry
from returns_risk.ledger.tables import ENTRIES, LINES
from returns_risk.ledger.triggers import verify_triggers

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Verified", "verify_chain"]


@dataclass(frozen=True)
class Verified:
    """Size and head of a verified ledger."""

    entries: int
    lines: int
    head: str
    """Hash of the last entry: kept elsewhere, it also shows rows removed at the end."""


def verify_chain(connection: "Connection", lines_since: str | None, runs: Collection[int] = ()) -> Verified:
    """Recompute the chain from its beginning, verify the lines of runs against their entries, and the triggers.

    Parameters
    ----------
    lines_since : verify lines from this as-of on; empty for all runs, None for none
    runs : numbers of further runs whose lines are verified

    Raises
    ------
    LedgerError
        A row was changed; the message names the first.
    """
    head, number, lines = FIRST, 0, 0
    for number, row in enumerate(connection.execute(ENTRIES.select().order_by(ENTRIES.c.number)), start=1):
        expected = chain_entry(head, number, row.kind, row.source, row.as_of, row.at, row.content)
        if row.number != number or row.hash != expected:
            raise broken(f"entry {number} was changed, or one before it is missing")
        if row.kind == "run" and ((lines_since is not None and row.as_of >= lines_since) or row.number in runs):
            lines += _verify_lines(connection, to_entry(row))
        head = row.hash
    if lines_since == "":
        _refuse_orphan_lines(connection)
    verify_triggers(connection)
    return Verified(number, lines, head)


def _verify_lines(connection: "Connection", entry: Entry) -> int:
    """Verify the lines of a run and return their number."""
    rows = connection.execute(LINES.select().where(LINES.c.run == entry.number).order_by(LINES.c.place)).all()
    last = FIRST
    for place, (row, last) in enumerate(zip(rows, chain_texts(row.content for row in rows), strict=True), start=1):
        name = f"line {place} of the run of {entry.as_of} (entry {entry.number})"
        content = read_content(row.content, name)
        same = all(str(content.get(column)) == getattr(row, column) for column in ("line_id", "order_id", "decision"))
        if row.place != place or row.hash != last or not same:
            raise broken(f"{name} was changed")
    if len(rows) != entry.content["lines"] or last != entry.content["lines_hash"]:
        raise broken(f"the run of {entry.as_of} (entry {entry.number}) had {entry.content['lines']} lines")
    return len(rows)


def _refuse_orphan_lines(connection: "Connection") -> None:
    runs = select(ENTRIES.c.number).where(ENTRIES.c.kind == "run")
    row = connection.execute(LINES.select().where(LINES.c.run.not_in(runs)).limit(1)).first()
    if row is not None:
        raise broken(f"a line (place {row.place}) belongs to entry {row.run}, which is no run")
