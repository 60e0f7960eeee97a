"""A night that should not have been: taken back in the ledger, its export put aside, its events held back."""

import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from returns_risk.delivery import open_outbox, tried_orders, withdraw_events
from returns_risk.errors import ExportError, LedgerError
from returns_risk.export.database import delete_night
from returns_risk.export.folders import export_folder
from returns_risk.io.files import write_text
from returns_risk.io.redaction import redact
from returns_risk.ledger import Entry, Ledger
from returns_risk.nightly.run import alone
from returns_risk.nightly.workspace import Workspace

__all__ = ["Withdrawn", "withdraw_night"]


@dataclass(frozen=True)
class Withdrawn:
    """What withdrawing a night came to."""

    entry: Entry
    """Of the ledger."""
    events: int
    """That are not sent any more."""
    export: Path | None
    """Where the export lies now; None where there was none."""
    rows: int
    """Deleted from the table of flagged orders."""


def withdraw_night(
    ledger: Ledger, source: str, as_of: date, reason: str, at: str, outbox: str, database: str | None
) -> Withdrawn:
    """Take a night back: it stands in the way of no other night, its plans count no more, and it can be run anew.

    Nothing is removed from the ledger; an entry says that the runs of the night are withdrawn. Orders whose events
    have been sent, or may have been, are written into it: they are not planned for again. A withdrawal that was broken
    off is finished when it is called again.

    Parameters
    ----------
    reason : goes into the ledger, without what looks like personal data
    at : ISO 8601 in UTC
    outbox : address of its database
    database : of the table of flagged orders; None where there is none

    Raises
    ------
    BusyError
        A night of this source is being run.
    LedgerError
        The ledger has no run of this night, or cannot be reached.
    DeliveryError
        Outbox or table cannot be reached. Without the outbox nothing is withdrawn.
    ExportError
        The export cannot be moved.
    """
    with alone(ledger, source):
        ledger.require_noted(source)
        night = as_of.isoformat()
        runs = [run.number for run in ledger.nights(source) if run.as_of == night]
        former = [one for one in ledger.withdrawals(source).values() if one.as_of == night]
        if not runs and not former:
            raise LedgerError(f"ledger: has no run of {source} {night} to withdraw. Check --as-of.")
        with open_outbox(outbox) as engine:
            events, sent = withdraw_events(engine, source, night), tried_orders(engine, source, night)
        content = {"runs": runs, "reason": redact(reason), "sent": sent}
        entry = ledger.append("withdrawal", source, at, content, night) if runs else former[-1]
        export = _put_aside(entry)
        # Its tables are those of the night, and what comes after it takes them for the latest.
        shutil.rmtree(Workspace(source, as_of, {}).folder, ignore_errors=True)
        rows = delete_night(database, source, as_of) if database is not None else 0
        return Withdrawn(entry, events, export, rows)


def _put_aside(entry: Entry) -> Path | None:
    """Move the export of a withdrawn night, with what people have put there, and mark it as unfinished."""
    export = export_folder(entry.as_of)
    if not export.is_dir():
        return None
    aside = export_folder(entry.as_of, "withdrawn")
    aside = aside.with_name(f"{aside.name}-entry-{entry.number}")
    try:
        (export / "_SUCCESS").unlink(missing_ok=True)
        write_text(export / "WITHDRAWN.txt", f"{entry.at}: {entry.content['reason']}\n")
        aside.parent.mkdir(parents=True, exist_ok=True)
        export.rename(aside)
    except OSError as error:
        raise ExportError(
            f"{export}: cannot be moved to {aside} ({error.strerror}). Withdraw the night again."
        ) from error
    return aside
