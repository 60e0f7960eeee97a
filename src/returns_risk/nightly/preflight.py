"""What a night makes sure of before it decides: that ledger and key are those of the nights before."""

import json
from datetime import date, timedelta
from pathlib import Path

from returns_risk.contract.pseudonyms import KEY_VARIABLE, ensure_key, has_key, key_id
from returns_risk.errors import LedgerError, ParamsError
from returns_risk.ledger import Ledger

__all__ = ["require_key", "require_ledger", "require_nights"]


def require_ledger(ledger: Ledger, source: str, as_of: date, days: int) -> None:
    """Make sure that the ledger holds what it held after the last night, and that what tonight rests on is unchanged.

    The chain of all entries is followed, and the lines of the nights that tonight's candidates may have been in; of
    the lines of all nights, ``ledger verify`` makes sure.

    Parameters
    ----------
    days : so long a line may be waiting

    Raises
    ------
    LedgerError
        A row is not what was written, entries are gone, or it is another ledger.
    """
    ledger.verify(lines_since=(as_of - timedelta(days=days)).isoformat())
    ledger.require_noted(source)
    require_nights(ledger, source)


def require_nights(ledger: Ledger, source: str) -> None:
    """Make sure that a ledger without nights is not one that was lost: an export of a night tells.

    Raises
    ------
    LedgerError
        There is an export of a night, and neither the ledger nor the note of its last entry knows of any.
    """
    if ledger.is_noted(source) or ledger.entries("run", source):
        return
    for manifest in sorted(Path("exports").glob("as_of=*/manifest.json")):
        try:
            own = json.loads(manifest.read_bytes()).get("source") == source
        except (ValueError, AttributeError):
            continue  # what people have made of it says nothing
        if own:
            raise LedgerError(
                f"ledger: has no night of {source}, and {manifest.parent} is the export of one: it was lost. "
                "Restore it from a backup. If this ledger is the right one all the same, say so: returns-risk "
                "ledger verify --accept."
            )


def require_key(ledger: Ledger, source: str) -> None:
    """Make sure that customers have the pseudonyms of the last night.

    With another key everybody would be drawn anew for hold-outs and roll-outs: mostly a lost key or environment.

    Raises
    ------
    ParamsError
        The key is another than that of the last night.
    """
    runs = ledger.nights(source)
    former = runs[-1].content["told"]["decide"]["key_id"] if runs else None
    own = key_id(ensure_key()) if former is None or has_key() else "(none)"
    if former is not None and own != former:
        raise ParamsError(
            f"key: this night would be made with the key {own}, that of {runs[-1].as_of} was made with {former}. "
            f"Set {KEY_VARIABLE} or data/pseudonym.key as it was; if the key was changed on purpose, add --new-key."
        )
