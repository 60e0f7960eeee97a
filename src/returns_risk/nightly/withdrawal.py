"""Withdrawal of a night: an entry in the ledger, its export moved aside, its pending events cancelled."""

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from returns_risk.delivery import open_outbox, tried_orders, withdraw_events
from returns_risk.errors import ExportError, LedgerError
from returns_risk.export.database import delete_night
from returns_risk.export.folders import export_folder
from returns_risk.export.manifest import published_source
from returns_risk.io.files import write_text
from returns_risk.io.redaction import redact
from returns_risk.ledger import Entry, Ledger
from returns_risk.monitoring import night_folder
from returns_risk.nightly.extract import restore_row_counts
from returns_risk.nightly.night import night_lock

__all__ = ["Withdrawal", "withdraw_night"]


@dataclass(frozen=True)
class Withdrawal:
    """The result of withdrawing a night."""

    entry: Entry
    events: int
    """Cancelled events, which are never sent."""
    export: Path | None
    """Where the export was moved; None if there was none."""
    rows: int
    """Rows deleted from the table of flagged orders."""


def withdraw_night(
    ledger: Ledger, source: str, as_of: date, reason: str, at: str, outbox: str, database: str | None
) -> Withdrawal:
    """Withdraw a night: its plans do not count, it no longer blocks other nights, and it can be run again.

    Nothing is removed from the ledger; an entry says that the runs of the night are withdrawn. It lists the orders
    whose events have been sent, or may have been: nothing is planned for them again. A withdrawal that was interrupted
    is finished by the next call.

    Parameters
    ----------
    reason : goes into the ledger, with apparent personal data redacted
    at : ISO 8601 in UTC
    outbox : address of its database
    database : of the table of flagged orders; None if there is none

    Raises
    ------
    BusyError
        A night of this source is running.
    LedgerError
        The ledger has no run of this night, or cannot be reached.
    DeliveryError
        Outbox or table cannot be reached. Without the outbox nothing is withdrawn.
    ExportError
        The export cannot be moved.
    SourceError
        The row counts of the latest extract are damaged.
    """
    with night_lock(ledger, source):
        ledger.require_head(source)
        night = as_of.isoformat()
        runs = [run.number for run in ledger.nights(source) if run.as_of == night]
        earlier = [entry for entry in ledger.withdrawals(source).values() if entry.as_of == night]
        if not runs and not earlier:
            raise LedgerError(f"ledger: it has no run of {source} {night} to withdraw. Check --as-of.")
        with open_outbox(outbox) as engine:
            events, sent = withdraw_events(engine, source, night), tried_orders(engine, source, night)
        content = {"runs": runs, "reason": redact(reason), "sent": sent}
        entry = ledger.append("withdrawal", source, at, content, night) if runs else earlier[-1]
        export = _move_export(entry)
        restore_row_counts(ledger, source, night)
        # Later nights would take its tables for the latest.
        shutil.rmtree(night_folder(source, as_of), ignore_errors=True)
        rows = delete_night(database, source, as_of) if database is not None else 0
        return Withdrawal(entry, events, export, rows)


def _move_export(entry: Entry) -> Path | None:
    """Move the export of a withdrawn night, with the files of people in it, and mark it as unfinished."""
    export = export_folder(entry.as_of)
    if not export.is_dir() or published_source(export) not in (None, entry.source):
        return None
    target = export_folder(entry.as_of, "withdrawn")
    target = target.with_name(f"{target.name}-entry-{entry.number}")
    try:
        (export / "_SUCCESS").unlink(missing_ok=True)
        write_text(export / "WITHDRAWN.txt", f"{entry.at}: {entry.content['reason']}\n")
        target.parent.mkdir(parents=True, exist_ok=True)
        export.rename(target)
    except OSError as error:
        raise ExportError(
            f"{export}: cannot be moved to {target} ({error.strerror}). Withdraw the night again."
        ) from error
    return target
