"""Who is told how a night ended: operations by mail, other systems by table and webhook; also when it failed."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from returns_risk.config.params import MailParams
from returns_risk.delivery.publish import (
    WebhookConfig,
    hold_back_closed,
    publish_export,
    require_delivered,
    require_no_dead,
    send_events,
    send_failure,
)
from returns_risk.errors import BusyError, DeliveryError, ReturnsRiskError, Stopped
from returns_risk.io.files import write_text
from returns_risk.io.logging import find_cause
from returns_risk.nightly.closed import closed_among, closed_in_extract
from returns_risk.nightly.digest import Digest, digest_of_failure
from returns_risk.nightly.mail import send_mail
from returns_risk.nightly.run import Night, run_night

__all__ = ["Channels", "alert", "run_and_tell"]

_MAILED = "mailed"
_ALERT_SECONDS = 30.0
_FIRST_SHARE = 0.1
"""Share of the webhook's patience that passes before the digest is printed and mailed."""
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Channels:
    """Where a night goes; None for a way that is not used."""

    database: str | None
    """Gets the flagged lines as a table."""
    webhook: WebhookConfig | None
    mail: MailParams | None
    outbox: str
    """Address of the outbox; its dead letters count even after the webhook was removed from the parameters."""


def run_and_tell(night: Night, channels: Channels, show: Callable[[Digest], None]) -> list[DeliveryError]:
    """Do a night, hand it over, show and mail its digest; what was handed over before is not handed over again.

    A way that fails does not stop the others. A slow receiver does not delay digest and mail: they name the events that
    are still pending, and the delivery continues after them. Backfills are never delivered.

    Returns
    -------
    What could not be handed over: export and ledger stand all the same.

    Raises
    ------
    ReturnsRiskError
        The night failed, and ``alert`` has told so.
    Stopped
        It was asked to end, and ``alert`` has told so.
    """
    done = False
    try:
        digest = run_night(night)
        done = True
        return _tell(night, channels, digest, show)
    except BusyError:
        raise
    except (Exception, Stopped) as error:
        known = find_cause(error) or error
        if done and isinstance(known, Stopped):
            # The night stands, and what waits is delivered by the next call.
            raise
        if not isinstance(known, ReturnsRiskError | Stopped):
            # A defect: its text may hold data, its kind does not.
            known = ReturnsRiskError(f"a defect of the program: {type(error).__name__}. The log has the trace.")
        if not night.backfill:
            alert(channels, night.source, night.as_of, known)
        raise


def _tell(night: Night, channels: Channels, digest: Digest, show: Callable[[Digest], None]) -> list[DeliveryError]:
    if night.backfill:
        show(digest)
        return []
    new = digest.status == "done"
    done, failed = _hand_over(night, channels, _FIRST_SHARE, new=new)
    summary = _add_delivery(digest, done, failed)
    show(summary)
    unmailed = _mail(night, channels, summary, complete=not failed)
    if failed:
        done, failed = _hand_over(night, channels, 1 - _FIRST_SHARE, new=new)
        if not failed:
            _logger.info("handed over after the digest: %s", "; ".join(done))
            unmailed = _mail(night, channels, _add_delivery(digest, done, failed), complete=True)
    return [*failed, *unmailed]


def alert(channels: Channels, source: str, as_of: str, error: ReturnsRiskError | Stopped) -> None:
    """Tell that a night failed or is missing, by mail and webhook; where that fails, too, it is logged.

    The webhook gets each failure once, with the same event id however often it is told.
    """
    ways: list[Callable[[], object]] = []
    if (mail := channels.mail) is not None:
        ways.append(lambda: send_mail(digest_of_failure(source, as_of, error), mail))
    if (webhook := channels.webhook) is not None:
        ways.append(lambda: send_failure(source, as_of, error, replace(webhook, patience=_ALERT_SECONDS)))
    for way in ways:
        try:
            way()
        except DeliveryError as unsent:
            # The failure itself is what the run has to end with.
            _logger.error("the failure could not be told: %s", unsent)  # noqa: TRY400


def _add_delivery(digest: Digest, done: tuple[str, ...], failed: list[DeliveryError]) -> Digest:
    """Return the digest with the deliveries that succeeded and those that failed."""
    missing = tuple(f"NOT HANDED OVER: {error}" for error in failed)
    headline = f"{digest.headline}; NOT HANDED OVER" if failed else digest.headline
    return replace(digest, headline=headline, lines=(*digest.lines, *missing, *done))


def _hand_over(
    night: Night, channels: Channels, share: float, *, new: bool
) -> tuple[tuple[str, ...], list[DeliveryError]]:
    """Deliver to the database and the webhook; return a line for each success, and the errors.

    Parameters
    ----------
    share : of the webhook's patience
    new : the night was decided on just now
    """
    ways: list[Callable[[], str]] = []
    if (database := channels.database) is not None:
        ways.append(lambda: f"table flagged_orders: {publish_export(night.export, database):,} rows")
    if (webhook := channels.webhook) is not None:
        ways.append(lambda: _send(night, replace(webhook, patience=share * webhook.patience), new=new))
    else:
        ways.append(lambda: _hold_back(night, channels.outbox, new=new))
    done, failed = [], []
    for way in ways:
        try:
            done.append(way())
        except DeliveryError as error:
            failed.append(error)
    return tuple(text for text in done if text), failed


def _send(night: Night, webhook: WebhookConfig, *, new: bool) -> str:
    delivery = send_events(night.export, webhook, _closed(night, new=new))
    require_delivered(delivery)
    return f"webhook: {delivery.added:,} new events, {delivery.sent:,} sent{_say_held_back(delivery.held_back)}"


def _hold_back(night: Night, outbox: str, *, new: bool) -> str:
    held_back = hold_back_closed(outbox, night.source, _closed(night, new=new))
    waiting = require_no_dead(outbox)
    if not waiting + held_back:
        return ""
    return f"outbox: {waiting:,} events wait, and there is no webhook{_say_held_back(held_back)}"


def _closed(night: Night, *, new: bool) -> Callable[[set[str]], set[str]]:
    # The working data of a night that was done earlier know nothing of what has shipped since.
    return partial(closed_among, night.folder) if new else partial(closed_in_extract, night.params.source)


def _say_held_back(orders: int) -> str:
    return f", {orders:,} orders held back: closed by now" if orders else ""


def _mail(night: Night, channels: Channels, digest: Digest, *, complete: bool) -> list[DeliveryError]:
    """Mail a digest that was not mailed yet; one that told of something missing again once all is handed over."""
    note = night.folder / _MAILED
    told = "all" if complete else "incomplete"
    if channels.mail is None or (digest.status != "done" and note.exists() and note.read_text() in ("all", told)):
        return []
    try:
        send_mail(digest, channels.mail)
    except DeliveryError as error:
        note.unlink(missing_ok=True)
        return [DeliveryError(f"{error} Export and ledger are written.")]
    write_text(note, told)
    return []
