"""The last entry, recorded outside of the ledger: the chain alone cannot show that its end is missing."""

import json
from pathlib import Path

from sqlalchemy import Connection

from returns_risk.errors import LedgerError
from returns_risk.io.files import locked, write_json
from returns_risk.ledger.rows import last_entry
from returns_risk.ledger.tables import ENTRIES

__all__ = ["require_head", "save_head"]

_ACCEPT = "If this ledger is right nevertheless, accept it: returns-risk ledger verify --accept"


def save_head(file: Path, number: int, entry_hash: str, *, overwrite: bool = False) -> None:
    """Record an entry as the last, unless a later one is recorded already.

    It is written after the entry was stored; a kill in between leaves an older entry recorded, which is still valid.

    Parameters
    ----------
    overwrite : also replace a later entry
    """
    with locked(file.with_suffix(".lock"), wait=True):
        if overwrite or not file.exists() or _read(file)[0] < number:
            write_json(file, {"number": number, "hash": entry_hash})


def require_head(connection: Connection, file: Path, source: str) -> None:
    """Check that the ledger contains the entry that was its last when this folder last wrote to it.

    Others may have appended since. Without the file, a ledger with nights of the source is refused.

    Raises
    ------
    LedgerError
        The ledger was truncated or is another, or the file is missing or damaged.
    """
    if not file.exists():
        nights = ENTRIES.select().where(ENTRIES.c.kind == "run", ENTRIES.c.source == source)
        if connection.execute(nights.limit(1)).first() is not None:
            raise LedgerError(
                f"ledger: it has nights of {source}, but {file}, which records its last entry, is missing, so a "
                f"truncated ledger would not be noticed. Restore the file from a backup. {_ACCEPT}."
            )
        return
    number, expected = _read(file)
    row = connection.execute(ENTRIES.select().where(ENTRIES.c.number == number)).first()
    if number and (row is None or row.hash != expected):
        raise LedgerError(
            f"ledger: it has {last_entry(connection)[0]} entries and lacks entry {number}, which was its last: it was "
            f"truncated or is another ledger. Restore it from a backup. {_ACCEPT}."
        )


def _read(file: Path) -> tuple[int, str]:
    try:
        head = json.loads(file.read_text(encoding="utf-8"))
        return int(head["number"]), str(head["hash"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LedgerError(
            f"{file}: cannot be read ({type(error).__name__}). Restore it from a backup. {_ACCEPT}."
        ) from error
