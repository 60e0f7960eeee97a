"""What other systems are given of a night: rows of a table, and signed events. Both may be done again at any time."""

import json
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path

from returns_risk.errors import DeliveryError
from returns_risk.exports.database import publish_table
from returns_risk.outbox import Put, Receiver, Tally, deliver, open_outbox, put_events, read_events
from returns_risk.stores import read_frame

__all__ = ["SECRET_VARIABLE", "publish_export", "require_delivered", "send_events"]

SECRET_VARIABLE = "RETURNS_RISK_WEBHOOK_SECRET"  # noqa: S105 - its name


def publish_export(export: Path, database: str) -> int:
    """Make a night's rows in the table ``flagged_orders`` what the export says; return how many there are.

    Raises
    ------
    DeliveryError
        There is no finished export, or the database cannot be reached or written.
    """
    if not (export / "_SUCCESS").exists():
        raise DeliveryError(f"{export}: there is no finished export. Run the chain first: dvc repro.")
    manifest = json.loads((export / "manifest.json").read_text(encoding="utf-8"))
    flagged = read_frame(export / "flagged_orders.parquet", "score")
    return publish_table(flagged, database, manifest["source"], date.fromisoformat(manifest["as_of"]))


def send_events(
    export: Path,
    url: str,
    outbox: str,
    now: Callable[[], float],
    sleep: Callable[[float], None],
    patience: float = 600.0,
    timeout: float = 10.0,
) -> tuple[Put, Tally]:
    """Put a night's events into the outbox, once each, and send what waits there.

    The secret that they are signed with is taken from ``RETURNS_RISK_WEBHOOK_SECRET``.

    Parameters
    ----------
    patience : seconds after which the rest is left for the next delivery
    timeout : seconds in which the receiver has to answer

    Raises
    ------
    DeliveryError
        The outbox cannot be reached, or there is no secret.
    """
    receiver = Receiver(url, os.environ.get(SECRET_VARIABLE, "").strip(), timeout)
    events = read_events(export)
    with open_outbox(outbox) as engine:
        put = put_events(engine, events, now())
        return put, deliver(engine, receiver, now=now, sleep=sleep, patience=patience)


def require_delivered(tally: Tally) -> None:
    """Refuse a delivery that is not complete.

    Raises
    ------
    DeliveryError
        Events wait, or were given up.
    """
    if tally.dead or tally.waiting:
        raise DeliveryError(
            f"outbox: {tally.dead} events are dead letters and {tally.waiting} wait. See why: returns-risk outbox "
            "status; then run deliver again, after redrive for dead letters."
        )
