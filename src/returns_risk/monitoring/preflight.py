"""Checks before a night decides anything: ledger and pseudonym key are those of the nights before."""

import json
from datetime import date, timedelta
from pathlib import Path

from returns_risk.contract.pseudonyms import KEY_VARIABLE, ensure_key, has_key, key_id
from returns_risk.errors import LedgerError, ParamsError
from returns_risk.ledger import Ledger

__all__ = ["require_key", "require_ledger", "require_nights"]


def require_ledger(ledger: Ledger, source: str, as_of: date, open_days: int) -> None:
    """Check that the ledger is complete and unchanged, as far as tonight's decisions depend on it.

    Verified are the chain of all entries, and the lines of the nights in which tonight's candidates may already have
    been scored. ``ledger verify`` covers the lines of all nights.

    Parameters
    ----------
    open_days : days for which a line may be a candidate

    Raises
    ------
    LedgerError
        A row was changed, entries are missing, or it is another ledger.
    """
    ledger.verify(lines_since=(as_of - timedelta(days=open_days)).isoformat())
    ledger.require_head(source)
    require_nights(ledger, source)


def require_nights(ledger: Ledger, source: str) -> None:
    """Refuse a ledger without nights if the exports show that there were nights: it was lost.

    Raises
    ------
    LedgerError
        There is an export of a night, and neither the ledger nor the head file records one.
    """
    if ledger.has_head_file(source) or ledger.entries("run", source):
        return
    for manifest in sorted(Path("exports").glob("as_of=*/manifest.json")):
        try:
            of_source = json.loads(manifest.read_bytes()).get("source") == source
        except (ValueError, AttributeError):
            continue  # a manifest that people have changed proves nothing
        if of_source:
            raise LedgerError(
                f"ledger: it has no night of {source}, but {manifest.parent} is the export of a night: the ledger was "
                "lost. Restore it from a backup. If this ledger is right nevertheless, accept it: returns-risk ledger "
                "verify --accept."
            )


def require_key(ledger: Ledger, source: str) -> None:
    """Check that customers keep the pseudonyms of the last night.

    Another key would draw holdouts and roll-outs anew for every customer; mostly a key or an environment was lost.

    Raises
    ------
    ParamsError
        The key is not that of the last night.
    """
    nights = ledger.nights(source)
    if not nights:
        return
    expected = nights[-1].content["summary"]["plan"]["key_id"]
    current = key_id(ensure_key()) if expected is None or has_key() else "(none)"
    if expected is not None and current != expected:
        raise ParamsError(
            f"key: tonight's key is {current}, that of {nights[-1].as_of} was {expected}. Set {KEY_VARIABLE} or "
            "data/pseudonym.key to the former key; if the key was changed on purpose, add --new-key."
        )
