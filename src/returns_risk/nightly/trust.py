"""What a night makes sure of before it decides: that ledger and key are those of the nights before."""

from datetime import date, timedelta

from returns_risk.errors import ParamsError
from returns_risk.ledger import Ledger
from returns_risk.pseudonyms import KEY_VARIABLE, ensure_key, has_key, key_id

__all__ = ["require_key", "require_ledger"]


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
