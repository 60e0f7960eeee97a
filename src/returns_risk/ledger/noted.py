"""The end of the chain as it is noted outside of the ledger: a chain alone cannot tell that its end is missing."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from returns_risk.errors import LedgerError
from returns_risk.io.files import locked, write_json
from returns_risk.ledger.rows import last_entry

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["note_head", "require_noted"]

_ACCEPT = "If this ledger is the right one all the same, say so: returns-risk ledger verify --accept"


def note_head(file: Path, number: int, last: str, *, anew: bool = False) -> None:
    """Note an entry as the last one, unless a later one is noted already.

    Written after the entry is stored: who is killed in between leaves the note of an older one, which is still held.

    Parameters
    ----------
    anew : whatever is noted
    """
    with locked(file.with_suffix(".lock"), wait=True):
        if anew or not file.exists() or _read(file)[0] < number:
            write_json(file, {"number": number, "hash": last})


def require_noted(connection: "Connection", file: Path, source: str) -> None:
    """Make sure that the ledger holds the entry that was its last when this folder wrote to it for the last time.

    Others may have added to it since. Without a note, nights on record are refused.

    Raises
    ------
    LedgerError
        The ledger was cut short or is another, or the note is missing or damaged.
    """
    from returns_risk.ledger.tables import ENTRIES

    if not file.exists():
        nights = ENTRIES.select().where(ENTRIES.c.kind == "run", ENTRIES.c.source == source)
        if connection.execute(nights.limit(1)).first() is not None:
            raise LedgerError(
                f"ledger: it has nights of {source}, and {file}, which notes its last entry, is missing: whether its "
                f"end was cut off cannot be told. Restore the file from a backup. {_ACCEPT}."
            )
        return
    number, expected = _read(file)
    row = connection.execute(ENTRIES.select().where(ENTRIES.c.number == number)).first()
    if number and (row is None or row.hash != expected):
        raise LedgerError(
            f"ledger: has {last_entry(connection)[0]} entries and not the entry {number} that was its last before: "
            f"it was cut short or is another. Restore it from a backup. {_ACCEPT}."
        )


def _read(file: Path) -> tuple[int, str]:
    try:
        noted = json.loads(file.read_text(encoding="utf-8"))
        return int(noted["number"]), str(noted["hash"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LedgerError(
            f"{file}: cannot be read ({type(error).__name__}). Restore it from a backup. {_ACCEPT}."
        ) from error
