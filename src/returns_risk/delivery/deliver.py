"""Sends what is in the outbox, again and again until it has arrived or is given up."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from returns_risk.delivery.post import Answer, post
from returns_risk.delivery.store import claim_next, count_states, mark_failed, mark_sent, next_due
from returns_risk.errors import DeliveryError

if TYPE_CHECKING:
    from requests import Session
    from sqlalchemy import Engine

    from returns_risk.delivery.store import Claim

__all__ = ["Receiver", "Schedule", "Tally", "deliver"]

_LOG = logging.getLogger(__name__)
_LEAST_SECRET = 16
_LEAST_DIFFERENT = 8


@dataclass(frozen=True)
class Receiver:
    """Where events go, and the secret they are signed with."""

    url: str = field(repr=False)
    secret: str = field(repr=False)
    timeout: float = 10.0
    """Seconds for one try: connecting, sending and the whole answer."""

    def __post_init__(self) -> None:
        if len(self.secret) < _LEAST_SECRET or len(set(self.secret)) < _LEAST_DIFFERENT:
            raise DeliveryError(
                f"the webhook's secret has {len(self.secret)} characters, {len(set(self.secret))} different ones; at "
                f"least {_LEAST_SECRET} random ones are needed, as `openssl rand -hex 32` prints them. "
                "Set RETURNS_RISK_WEBHOOK_SECRET to what the receiver has."
            )
        if not _has_host(self.url):
            # The address is not repeated, for it may hold a secret.
            raise DeliveryError("the webhook's address cannot be read. Give one like https://host/path.")


@dataclass(frozen=True)
class Schedule:
    """When an event is sent again: after 2, 4, 8 ... seconds, at most an hour, twelve times in all."""

    tries: int = 12
    first: float = 2.0
    longest: float = 3600.0

    def wait(self, tries: int) -> float:
        """Return the seconds to wait after so many tries.

        >>> [Schedule().wait(tries) for tries in (1, 2, 3, 11, 12)]
        [2.0, 4.0, 8.0, 2048.0, 3600.0]
        """
        return min(self.longest, self.first * 2.0 ** (tries - 1))


@dataclass(frozen=True)
class Tally:
    """What a delivery came to."""

    sent: int
    dead: int
    """Given up, in this delivery or before, and neither redriven nor dismissed since."""
    waiting: int
    """Still to be sent."""


def deliver(
    engine: "Engine",
    receiver: Receiver,
    *,
    now: Callable[[], float],
    sleep: Callable[[float], None],
    schedule: Schedule = Schedule(),
    patience: float = 600.0,
) -> Tally:
    """Send what is due, and wait for what is due soon; each event arrives at least once, or is a dead letter.

    The receiver may get an event twice, with the same id: if this process ends after sending and before it could note
    that. Several processes may deliver from one outbox; each event is with one of them at a time.

    Parameters
    ----------
    engine : of the outbox, from ``open_outbox``
    now : Unix time, seconds
    sleep : waits so many seconds
    patience : seconds after which no further event is sent; the rest is left for the next delivery

    Raises
    ------
    DeliveryError
        The outbox cannot be written any more.
    """
    from requests import Session

    end = now() + patience
    sent = 0
    with Session() as session:
        while (due := next_due(engine)) is not None and max(due, now()) <= end:
            sleep(max(0.0, due - now()))
            # Longer than a try can take, so that nobody else takes it meanwhile.
            claim = claim_next(engine, now(), 3 * receiver.timeout)
            if claim is not None:
                sent += _send(engine, session, receiver, claim, now, schedule)
    counts = count_states(engine)
    tally = Tally(sent, counts["dead"], counts["pending"])
    _LOG.info("outbox: %d events sent, %d are dead letters, %d wait", tally.sent, tally.dead, tally.waiting)
    return tally


def _has_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _send(
    engine: "Engine",
    session: "Session",
    receiver: Receiver,
    claim: "Claim",
    now: Callable[[], float],
    schedule: Schedule,
) -> bool:
    """Try once, note what came of it and say whether the event has arrived."""
    timestamp, body = str(int(now())), claim.body.encode()
    answer = post(session, receiver.url, receiver.secret, claim.event_id, body, timestamp, receiver.timeout)
    if answer.error is None:
        mark_sent(engine, claim.event_id, now())
        return True
    due = _next_try(answer, claim.tries, now(), schedule)
    mark_failed(engine, claim.event_id, answer.error, due)
    _LOG.warning("outbox: event %s, try %d: %s", claim.event_id, claim.tries, answer.error)
    return False


def _next_try(answer: Answer, tries: int, at: float, schedule: Schedule) -> float | None:
    if not answer.again or tries >= schedule.tries:
        return None
    return at + min(schedule.longest, max(schedule.wait(tries), answer.wait))
