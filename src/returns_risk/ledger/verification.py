"""Whether the ledger is what was written."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from returns_risk.ledger.chain import FIRST, Entry, chain_entry, chain_texts
from returns_risk.ledger.rows import broken, read_content, to_entry
from returns_risk.ledger.triggers import verify_triggers

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Verified", "verify_chain"]


@dataclass(frozen=True)
class Verified:
    """What a whole chain holds."""

    entries: int
    lines: int
    head: str
    """Hash of the latest entry: whoever keeps it elsewhere sees rows cut off at the end, too."""


def verify_chain(connection: "Connection", lines_since: str | None, runs: Collection[int] = ()) -> Verified:
    """Follow the chain from its beginning, and hold the lines of runs against their entries; look for the triggers.

    Parameters
    ----------
    lines_since : as-of from which on lines are read; empty for all runs, None for none
    runs : numbers of runs whose lines are read besides

    Raises
    ------
    LedgerError
        A row is not what was written; the message names the first.
    """
    from returns_risk.ledger.tables import ENTRIES

    former, entries, found = FIRST, 0, 0
    for entries, row in enumerate(connection.execute(ENTRIES.select().order_by(ENTRIES.c.number)), start=1):
        expected = chain_entry(former, entries, row.kind, row.source, row.as_of, row.at, row.content)
        if row.number != entries or row.hash != expected:
            raise broken(f"entry {entries} is not what was written, or one before it is missing")
        asked = row.kind == "run" and ((lines_since is not None and row.as_of >= lines_since) or row.number in runs)
        found += _verify_lines(connection, to_entry(row)) if asked else 0
        former = row.hash
    if lines_since == "":
        _verify_owned(connection)
    verify_triggers(connection)
    return Verified(entries, found, former)


def _verify_lines(connection: "Connection", entry: Entry) -> int:
    """Return how many lines a run has."""
    from returns_risk.ledger.tables import LINES

    rows = connection.execute(LINES.select().where(LINES.c.run == entry.number).order_by(LINES.c.place)).all()
    chained, last = chain_texts(row.content for row in rows), FIRST
    for place, (row, last) in enumerate(zip(rows, chained, strict=True), start=1):
        where = f"line {place} of the run of {entry.as_of} (entry {entry.number})"
        told = read_content(row.content, where)
        same = all(str(told.get(name)) == getattr(row, name) for name in ("line_id", "order_id", "decision"))
        if row.place != place or row.hash != last or not same:
            raise broken(f"{where} is not what was written")
    if len(rows) != entry.content["lines"] or last != entry.content["lines_hash"]:
        raise broken(f"the run of {entry.as_of} (entry {entry.number}) had {entry.content['lines']} lines")
    return len(rows)


def _verify_owned(connection: "Connection") -> None:
    from sqlalchemy import select

    from returns_risk.ledger.tables import ENTRIES, LINES

    runs = select(ENTRIES.c.number).where(ENTRIES.c.kind == "run")
    if (stray := connection.execute(LINES.select().where(LINES.c.run.not_in(runs)).limit(1)).first()) is not None:
        raise broken(f"a line (place {stray.place}) belongs to entry {stray.run}, which is no run")
