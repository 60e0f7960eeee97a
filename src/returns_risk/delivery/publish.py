"""What other systems are given of a night: rows of a table, and signed events. Both may be done again at any time."""

import os
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from returns_risk.contract.parquet import read_frame
from returns_risk.delivery import (
    Event,
    Put,
    Receiver,
    Tally,
    count_events,
    deliver,
    failure_event,
    open_outbox,
    put_events,
    read_events,
    withdraw_events,
    withdraw_lines,
)
from returns_risk.errors import DeliveryError, ReturnsRiskError, Stopped
from returns_risk.export.database import publish_table
from returns_risk.export.manifest import read_manifest, verified_file

__all__ = [
    "SECRET_VARIABLE",
    "WebhookConfig",
    "hold_back_closed",
    "publish_export",
    "require_delivered",
    "require_no_dead",
    "send_events",
    "send_failure",
]

Closed = Callable[[set[str]], Collection[str]]
SECRET_VARIABLE = "RETURNS_RISK_WEBHOOK_SECRET"  # noqa: S105 - its name


@dataclass(frozen=True)
class WebhookConfig:
    """A webhook and the outbox before it; events are signed with the secret in ``RETURNS_RISK_WEBHOOK_SECRET``."""

    url: str = field(repr=False)
    outbox: str = field(repr=False)
    """Address of the outbox's database."""
    now: Callable[[], float]
    """Unix time."""
    sleep: Callable[[float], None]
    patience: float = 600.0
    """Seconds after which the rest is left for the next delivery."""
    timeout: float = 10.0
    """Seconds for one try: connecting, sending and the whole answer."""


def publish_export(export: Path, database: str) -> int:
    """Make a night's rows in the table ``flagged_orders`` what the export says; return how many there are.

    Raises
    ------
    DeliveryError
        There is no finished export, it is a backfill or was changed, or the database cannot be reached or written.
    """
    manifest = read_manifest(export)
    flagged = read_frame(verified_file(export, "flagged_orders.parquet", manifest), "score")
    return publish_table(flagged, database, manifest.source, manifest.as_of)


def send_events(export: Path, webhook: WebhookConfig, closed: Closed = lambda _: ()) -> tuple[Put, Tally, int]:
    """Put a night's events into the outbox, once each, and send what waits there.

    What an earlier run of the night has put there, and this one says no more, is not sent: its lines have shipped or
    were cancelled meanwhile.

    Parameters
    ----------
    closed : returns which of some lines are closed by now; orders with one of them are held back. It is not called
        where nothing waits.

    Returns
    -------
    What was put in, what became of the delivery, and how many orders were held back.

    Raises
    ------
    DeliveryError
        There is no finished export, it is a backfill or was changed, the outbox cannot be reached, or there is no
        secret.
    """
    return _send(read_events(export), webhook, closed)


def send_failure(source: str, as_of: str, error: ReturnsRiskError | Stopped, webhook: WebhookConfig) -> None:
    """Put a failed night into the outbox, once for the same failure, and send what waits there.

    Raises
    ------
    DeliveryError
        The outbox cannot be reached, or there is no secret.
    """
    _send([failure_event(source, as_of, error.exit_code, " ".join(str(error).split()))], webhook, lambda _: ())


def require_delivered(tally: Tally) -> None:
    """Refuse a delivery that is not complete.

    Raises
    ------
    DeliveryError
        Events wait, or were given up.
    """
    if tally.dead or tally.waiting:
        raise _undelivered(tally.dead, tally.waiting)


def hold_back_closed(outbox: str, source: str, closed: Closed) -> int:
    """Hold back the unsent orders that have a line that is closed by now; return how many.

    Raises
    ------
    DeliveryError
        The outbox cannot be reached.
    """
    counts = count_events(outbox)
    if not counts["pending"] + counts["dead"]:
        return 0
    with open_outbox(outbox) as engine:
        return withdraw_lines(engine, source, closed)


def require_no_dead(outbox: str) -> int:
    """Return the number of pending events of an outbox without dead letters.

    Raises
    ------
    DeliveryError
        The outbox has dead letters, or cannot be reached.
    """
    counts = count_events(outbox)
    if counts["dead"]:
        raise _undelivered(counts["dead"], counts["pending"])
    return counts["pending"]


def _undelivered(dead: int, waiting: int) -> DeliveryError:
    remedy = (
        " When the cause is fixed, send dead letters again: returns-risk outbox redrive, then deliver; or give them "
        "up: returns-risk outbox dismiss --reason ..."
    )
    return DeliveryError(
        f"outbox: {dead:,} events are dead letters and {waiting:,} wait. returns-risk outbox status lists both with "
        f"their last errors.{remedy if dead else ' The next delivery sends what waits.'}"
    )


def _send(events: list[Event], webhook: WebhookConfig, closed: Closed) -> tuple[Put, Tally, int]:
    receiver = Receiver(webhook.url, os.environ.get(SECRET_VARIABLE, "").strip(), webhook.timeout)
    with open_outbox(webhook.outbox) as engine:
        for source, as_of in {(event.source, event.as_of) for event in events if event.kind != "run_failed"}:
            withdraw_events(engine, source, as_of, {event.event_id for event in events})
        put = put_events(engine, events, webhook.now())
        held_back = sum(withdraw_lines(engine, source, closed) for source in sorted({event.source for event in events}))
        tally = deliver(engine, receiver, now=webhook.now, sleep=webhook.sleep, patience=webhook.patience)
        return put, tally, held_back
