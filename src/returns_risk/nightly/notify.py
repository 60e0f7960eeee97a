"""Delivery of a night to database and webhook, and its digest by mail; alerts of failed nights."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from returns_risk.config.params import MailParams
from returns_risk.delivery import HeldBack
from returns_risk.delivery.publish import (
    WebhookConfig,
    hold_back,
    publish_export,
    require_delivered,
    require_no_dead,
    send_events,
    send_failure,
)
from returns_risk.errors import BusyError, DeliveryError, ReturnsRiskError, Stopped
from returns_risk.io.files import write_text
from returns_risk.io.logging import find_cause
from returns_risk.nightly.closed_lines import closed_by_extract, closed_by_raw_files
from returns_risk.nightly.deadlines import delivery_time
from returns_risk.nightly.digest import Digest, digest_of_failure
from returns_risk.nightly.mail import send_mail
from returns_risk.nightly.night import Night
from returns_risk.nightly.run import run_night

__all__ = ["Channels", "alert", "run_and_notify"]

_MAILED = "mailed"
"""File in a night's folder that says which digest was mailed."""
_ALERT_SECONDS = 30.0
_FIRST_SHARE = 0.1
"""Share of the webhook's patience spent before the digest is printed and mailed."""
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Channels:
    """Where a night is delivered; None for a channel that is not used."""

    database: str | None
    """Receives the flagged lines as a table."""
    webhook: WebhookConfig | None
    mail: MailParams | None
    outbox: str
    """Address of the outbox; its dead letters count even after the webhook was removed from the parameters."""


def run_and_notify(night: Night, channels: Channels, show: Callable[[Digest], None]) -> list[DeliveryError]:
    """Run a night, deliver it, show and mail its digest; nothing is delivered twice.

    A channel that fails does not stop the others. A slow webhook does not delay digest and mail: they count the events
    that are pending, and the delivery continues after them. Backfills are never delivered.

    Returns
    -------
    The errors of failed deliveries; export and ledger are written nevertheless.

    Raises
    ------
    ReturnsRiskError
        The night failed, and ``alert`` has reported it.
    Stopped
        The process was asked to end, and ``alert`` has reported it.
    """
    digest = None
    try:
        digest = run_night(night)
        return _deliver_and_mail(night, channels, digest, show)
    except BusyError:
        raise
    except (Exception, Stopped) as error:
        cause = find_cause(error) or error
        if digest is not None and isinstance(cause, Stopped):
            # The night is done; the next call delivers what is pending.
            raise
        if not isinstance(cause, ReturnsRiskError | Stopped):
            # A defect: its text may contain data, its type does not.
            cause = ReturnsRiskError(f"a defect of the program: {type(error).__name__}. The log has the trace.")
        if not night.backfill:
            alert(channels, night.source, night.as_of, cause)
        raise


def alert(channels: Channels, source: str, as_of: str, error: ReturnsRiskError | Stopped) -> None:
    """Report a failed or missing night by mail and webhook; a report that fails is logged.

    The webhook receives each failure once, with the same event id however often it is reported.
    """
    reports: list[Callable[[], object]] = []
    if (mail := channels.mail) is not None:
        reports.append(lambda: send_mail(digest_of_failure(source, as_of, error), mail))
    if (webhook := channels.webhook) is not None:
        reports.append(lambda: send_failure(source, as_of, error, replace(webhook, patience=_ALERT_SECONDS)))
    for report in reports:
        try:
            report()
        except DeliveryError as unsent:
            # The run must end with the failure itself.
            _logger.error("the failure could not be reported: %s", unsent)  # noqa: TRY400


def _deliver_and_mail(
    night: Night, channels: Channels, digest: Digest, show: Callable[[Digest], None]
) -> list[DeliveryError]:
    if night.backfill:
        show(digest)
        return []
    new = digest.status == "done"
    done, failed = _deliver(night, channels, _FIRST_SHARE, new=new)
    summary = _add_delivery(digest, done, failed)
    show(summary)
    unmailed = _mail(night, channels, summary, complete=not failed)
    if failed:
        done, failed = _deliver(night, channels, 1 - _FIRST_SHARE, new=new)
        if not failed:
            _logger.info("delivered after the digest: %s", "; ".join(done))
            unmailed = _mail(night, channels, _add_delivery(digest, done, failed), complete=True)
    return [*failed, *unmailed]


def _add_delivery(digest: Digest, done: list[str], failed: list[DeliveryError]) -> Digest:
    """Return the digest with the deliveries that succeeded and those that failed."""
    missing = tuple(f"NOT DELIVERED: {error}" for error in failed)
    headline = f"{digest.headline}; NOT DELIVERED" if failed else digest.headline
    return replace(digest, headline=headline, lines=(*digest.lines, *missing, *done))


def _deliver(night: Night, channels: Channels, share: float, *, new: bool) -> tuple[list[str], list[DeliveryError]]:
    """Deliver to the database and the webhook; return a sentence for each success, and the errors.

    Parameters
    ----------
    share : of the webhook's patience
    new : the night was decided in this call
    """
    deliveries: list[Callable[[], str]] = []
    if (database := channels.database) is not None:
        deliveries.append(lambda: f"table flagged_orders: {publish_export(night.export, database):,} rows")
    if (webhook := channels.webhook) is not None:
        deliveries.append(lambda: _send(night, replace(webhook, patience=share * webhook.patience), new=new))
    else:
        deliveries.append(lambda: _hold_back(night, channels.outbox, new=new))
    done, failed = [], []
    for deliver in deliveries:
        try:
            done.append(deliver())
        except DeliveryError as error:
            failed.append(error)
    return [sentence for sentence in done if sentence], failed


def _send(night: Night, webhook: WebhookConfig, *, new: bool) -> str:
    at = delivery_time(night.ledger, night.params, datetime.fromtimestamp(webhook.now(), UTC))
    delivery = send_events(night.export, webhook, night.source, _closed_lines(night, new=new), at)
    require_delivered(delivery)
    return f"webhook: {delivery.added:,} new events, {delivery.sent:,} sent{delivery.held_back.describe()}"


def _hold_back(night: Night, outbox: str, *, new: bool) -> str:
    at = delivery_time(night.ledger, night.params, datetime.fromisoformat(night.at))
    held_back = hold_back(outbox, night.source, _closed_lines(night, new=new), at)
    pending = require_no_dead(outbox)
    if not pending and held_back == HeldBack():
        return ""
    return f"outbox: {pending:,} events are pending, and there is no webhook{held_back.describe()}"


def _closed_lines(night: Night, *, new: bool) -> Callable[[set[str]], set[str]]:
    # The working data of a night that was done earlier do not know what has shipped since.
    if new:
        return partial(closed_by_extract, night.folder)
    return partial(closed_by_raw_files, night.params.source, datetime.fromisoformat(night.at))


def _mail(night: Night, channels: Channels, digest: Digest, *, complete: bool) -> list[DeliveryError]:
    """Mail a digest that was not mailed yet; after an incomplete delivery again, once everything is delivered."""
    note = night.folder / _MAILED
    state = "complete" if complete else "incomplete"
    mailed = digest.status != "done" and note.exists() and note.read_text() in ("complete", state)
    if channels.mail is None or mailed:
        return []
    try:
        send_mail(digest, channels.mail)
    except DeliveryError as error:
        note.unlink(missing_ok=True)
        return [DeliveryError(f"{error} Export and ledger are written.")]
    write_text(note, state)
    return []
