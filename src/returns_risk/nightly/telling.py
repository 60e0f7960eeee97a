"""Who is told how a night ended: operations by mail, other systems by table and webhook; also when it failed."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from returns_risk.errors import BusyError, DeliveryError, ReturnsRiskError
from returns_risk.files import write_text
from returns_risk.nightly.digest import Digest, digest_of_failure
from returns_risk.nightly.handing_over import (
    Post,
    hold_back_closed,
    publish_export,
    require_delivered,
    send_events,
    send_failure,
)
from returns_risk.nightly.mail import send_mail
from returns_risk.nightly.run import Night, run_night
from returns_risk.params import MailParams

__all__ = ["Channels", "alert", "run_and_tell"]

_MAILED = "mailed"
_ALERT_SECONDS = 30.0
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Channels:
    """Where a night goes; None for a way that is not used."""

    database: str | None
    """Gets the flagged lines as a table."""
    webhook: Post | None
    mail: MailParams | None


def run_and_tell(night: Night, channels: Channels) -> tuple[Digest, list[DeliveryError]]:
    """Do a night, hand it over and mail its digest; what was handed over before is not handed over again.

    A way that fails does not stop the others. A backfill is told to nobody.

    Returns
    -------
    The digest, and what could not be handed over: export and ledger stand all the same.

    Raises
    ------
    ReturnsRiskError
        The night failed, and ``alert`` has told so.
    """
    try:
        digest = run_night(night)
    except BusyError:
        raise
    except ReturnsRiskError as error:
        if not night.backfill:
            alert(channels, night.source, night.as_of, error)
        raise
    except Exception as error:
        # A defect: its text may hold data, its kind does not.
        if not night.backfill:
            finding = f"a defect of the program: {type(error).__name__}. The log has the trace."
            alert(channels, night.source, night.as_of, ReturnsRiskError(finding))
        raise
    if night.backfill:
        return digest, []
    told, failed = _hand_over(night, channels)
    if failed:
        missed = tuple(f"NOT HANDED OVER: {error}" for error in failed)
        digest = replace(digest, headline=f"{digest.headline}; NOT HANDED OVER", lines=(*digest.lines, *missed))
    digest = replace(digest, lines=(*digest.lines, *told))
    return digest, [*failed, *_mail(night, channels, digest, complete=not failed)]


def alert(channels: Channels, source: str, as_of: str, error: ReturnsRiskError) -> None:
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


def _hand_over(night: Night, channels: Channels) -> tuple[tuple[str, ...], list[DeliveryError]]:
    """Return what was handed over, in words, and what was not."""
    ways: list[Callable[[], str]] = []
    if (database := channels.database) is not None:
        ways.append(lambda: f"table flagged_orders: {publish_export(night.export, database):,} rows")
    if (webhook := channels.webhook) is not None:
        ways.append(lambda: _send(night, webhook))
    told, failed = [], []
    for way in ways:
        try:
            told.append(way())
        except DeliveryError as error:
            failed.append(error)
    return tuple(told), failed


def _send(night: Night, webhook: Post) -> str:
    held_back = hold_back_closed(night.source, night.folder, webhook)
    put, tally = send_events(night.export, webhook)
    require_delivered(tally)
    closed = f", {held_back:,} orders of earlier nights held back: closed by now" if held_back else ""
    return f"webhook: {put.added:,} new events, {tally.sent:,} sent{closed}"


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
        return [error]
    write_text(note, told)
    return []
