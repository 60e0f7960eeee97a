"""Publishes an export: as rows of a database table, and as signed events. Both can be repeated at any time."""

import os
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import ColumnElement, Engine

from returns_risk.contract.parquet import read_frame
from returns_risk.delivery.events import failure_event, read_events
from returns_risk.delivery.outbox import OUTBOX, add_events, count_events, open_outbox
from returns_risk.delivery.receiver import Receiver
from returns_risk.delivery.sending import Delivery, deliver
from returns_risk.delivery.withdrawal import HeldBack, withdraw_events, withdraw_late, withdraw_lines
from returns_risk.errors import DeliveryError, ReturnsRiskError, Stopped
from returns_risk.export.database import publish_table
from returns_risk.export.manifest import read_manifest, verified_file

__all__ = [
    "SECRET_VARIABLE",
    "WebhookConfig",
    "hold_back",
    "publish_export",
    "require_delivered",
    "require_no_dead",
    "send_events",
    "send_failure",
]

Closed = Callable[[set[str]], Collection[str]]
"""Returns the closed lines among the given ``line_id``."""
SECRET_VARIABLE = "RETURNS_RISK_WEBHOOK_SECRET"  # noqa: S105 - the name of the variable


@dataclass(frozen=True)
class WebhookConfig:
    """A webhook and its outbox; events are signed with the secret in ``RETURNS_RISK_WEBHOOK_SECRET``."""

    url: str = field(repr=False)
    outbox: str = field(repr=False)
    """Address of the outbox's database."""
    now: Callable[[], float]
    """Returns the Unix time, seconds."""
    sleep: Callable[[float], None]
    patience: float = 600.0
    """Seconds after which no further try starts."""
    timeout: float = 10.0
    """Seconds for one try: connecting, sending and the whole answer."""


def publish_export(export: Path, database: str) -> int:
    """Replace the night's rows in the table ``flagged_orders`` by those of the export; return their number.

    Raises
    ------
    DeliveryError
        The export is not finished, is a backfill or was changed, or the database cannot be reached or written.
    """
    manifest = read_manifest(export)
    flagged = read_frame(verified_file(export, "flagged_orders.parquet", manifest), "score")
    return publish_table(flagged, database, manifest.source, manifest.as_of)


def send_events(export: Path, webhook: WebhookConfig, source: str, closed: Closed, at: datetime) -> Delivery:
    """Add a night's events to the outbox, each once, and send all pending events of its source.

    Unsent events of an earlier run of the night that this run does not repeat are withdrawn: their lines have shipped
    or were cancelled meanwhile.

    Parameters
    ----------
    source : whose lines ``closed`` knows; the export must be of it
    closed : returns the closed lines among the given ``line_id``; orders with a closed line are held back
    at : UTC; orders whose message asks for an answer by then, or earlier, are held back

    Raises
    ------
    DeliveryError
        The export is not finished, is a backfill, was changed or is of another source, the outbox cannot be reached, or
        there is no secret.
    """
    manifest, events = read_manifest(export), read_events(export)
    if manifest.source != source:
        raise DeliveryError(
            f"{export}: is of the source {manifest.source}, and source.name is {source}. Name the parameters of "
            f"{manifest.source} (--params), or an export of {source} (--export)."
        )
    receiver = _receiver(webhook)
    with open_outbox(webhook.outbox) as engine:
        withdraw_events(engine, source, manifest.as_of.isoformat(), {event.event_id for event in events})
        counts = add_events(engine, events, webhook.now())
        held_back = _hold_back(engine, source, closed, at)
        return replace(_deliver(engine, receiver, webhook, OUTBOX.c.source == source), held_back=held_back, **counts)


def send_failure(source: str, as_of: str, error: ReturnsRiskError | Stopped, webhook: WebhookConfig) -> None:
    """Add the failure of a night to the outbox, the same failure once, and send the pending failures alone.

    Orders stay pending: only a night that has read its extract knows which of them have shipped or were cancelled.

    Raises
    ------
    DeliveryError
        The outbox cannot be reached, or there is no secret.
    """
    event = failure_event(source, as_of, error.exit_code, " ".join(str(error).split()))
    receiver = _receiver(webhook)
    with open_outbox(webhook.outbox) as engine:
        add_events(engine, [event], webhook.now())
        _deliver(engine, receiver, webhook, OUTBOX.c.kind == event.kind)


def require_delivered(delivery: Delivery) -> None:
    """Refuse a delivery that is not complete.

    Raises
    ------
    DeliveryError
        The outbox has pending events or dead letters.
    """
    if delivery.dead or delivery.waiting:
        raise _undelivered(delivery.dead, delivery.waiting)


def hold_back(outbox: str, source: str, closed: Closed, at: datetime) -> HeldBack:
    """Withdraw the unsent orders that are closed or late, as ``send_events`` does; return their numbers.

    Raises
    ------
    DeliveryError
        The outbox cannot be reached.
    """
    counts = count_events(outbox)
    if not counts["pending"] + counts["dead"]:
        return HeldBack()
    with open_outbox(outbox) as engine:
        return _hold_back(engine, source, closed, at)


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
        "When the cause is fixed, send dead letters again: returns-risk outbox redrive, then deliver; or give them up: "
        "returns-risk outbox dismiss --reason ..."
        if dead
        else "The next delivery sends the waiting events."
    )
    return DeliveryError(
        f"outbox: {dead:,} events are dead letters and {waiting:,} wait. returns-risk outbox status lists both with "
        f"their last errors. {remedy}"
    )


def _hold_back(engine: Engine, source: str, closed: Closed, at: datetime) -> HeldBack:
    return HeldBack(withdraw_lines(engine, source, closed), withdraw_late(engine, source, at))


def _receiver(webhook: WebhookConfig) -> Receiver:
    return Receiver(webhook.url, os.environ.get(SECRET_VARIABLE, "").strip(), webhook.timeout)


def _deliver(engine: Engine, receiver: Receiver, webhook: WebhookConfig, *only: ColumnElement[bool]) -> Delivery:
    return deliver(engine, receiver, now=webhook.now, sleep=webhook.sleep, patience=webhook.patience, only=only)
