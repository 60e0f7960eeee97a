"""Delivery: sends the pending events of an outbox with retries until they arrive or become dead letters."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from requests import Session
from sqlalchemy import ColumnElement, Engine

from returns_risk.delivery.http import Answer, post_event
from returns_risk.delivery.outbox import OutboxEvent, count_states
from returns_risk.delivery.queue import claim_next, mark_failed, mark_sent, next_due
from returns_risk.delivery.receiver import Receiver
from returns_risk.delivery.withdrawal import HeldBack

__all__ = ["Delivery", "Schedule", "deliver"]

_LOG = logging.getLogger(__name__)
_NOTED = 5.0  # seconds of a wait that is logged, lest the command seem to hang


@dataclass(frozen=True)
class Schedule:
    """Waits between tries, in seconds: 2, 4, 8 ... up to an hour, for at most twelve tries."""

    tries: int = 12
    first: float = 2.0
    longest: float = 3600.0

    def wait(self, tries: int) -> float:
        """Return the seconds to wait after a number of tries.

        >>> [Schedule().wait(tries) for tries in (1, 2, 3, 11, 12)]
        [2.0, 4.0, 8.0, 2048.0, 3600.0]
        """
        return min(self.longest, self.first * 2.0 ** (tries - 1))


@dataclass(frozen=True)
class Delivery:
    """Numbers of events in a delivery."""

    sent: int
    dead: int
    """Dead letters in the outbox, also of earlier deliveries."""
    waiting: int
    """Pending events in the outbox, of those that this delivery sends."""
    added: int = 0
    """New events of the run."""
    unchanged: int = 0
    """Events of the run that were in the outbox already, with the same body."""
    changed: int = 0
    """Events of the run that were in the outbox already with another body; sent ones are not sent again."""
    held_back: HeldBack = field(default_factory=HeldBack)
    """Orders withdrawn before they were sent."""


def deliver(
    engine: Engine,
    receiver: Receiver,
    *,
    now: Callable[[], float],
    sleep: Callable[[float], None],
    schedule: Schedule = Schedule(),
    patience: float = 600.0,
    only: Sequence[ColumnElement[bool]] = (),
) -> Delivery:
    """Send all due events, waiting for those due soon; each event arrives at least once or becomes a dead letter.

    A receiver gets an event twice, with the same id, if this process is killed between sending and marking it. Several
    processes may deliver from one outbox; each event is claimed by one of them at a time.

    Parameters
    ----------
    engine : of the outbox, from ``open_outbox``
    now : returns the Unix time, seconds
    sleep : waits for a number of seconds
    patience : seconds after which no further try starts
    only : conditions that an event must meet to be sent, on columns of the outbox

    Raises
    ------
    DeliveryError
        The outbox cannot be written.
    """
    end, sent = now() + patience, 0
    with Session() as session:
        while (due := next_due(engine, only)) is not None and max(due, now()) <= end:
            wait = max(0.0, due - now())
            if wait > _NOTED:
                _LOG.info("outbox: the next try is in %.0f s", wait)
            sleep(wait)
            # The lease is longer than a try, so that no other process sends the event meanwhile.
            event = claim_next(engine, now(), 3 * receiver.timeout, only)
            if event is not None:
                sent += _send(engine, session, receiver, event, now, schedule)
    dead, waiting = count_states(engine)["dead"], count_states(engine, only)["pending"]
    _LOG.info("outbox: %d events sent, %d are dead letters, %d wait", sent, dead, waiting)
    return Delivery(sent, dead, waiting)


def _send(
    engine: Engine,
    session: Session,
    receiver: Receiver,
    event: OutboxEvent,
    now: Callable[[], float],
    schedule: Schedule,
) -> bool:
    """Try to send an event once, mark it, and return whether it arrived."""
    answer = post_event(session, receiver, event, str(int(now())))
    if answer.error is None:
        mark_sent(engine, event.event_id, now())
        return True
    mark_failed(engine, event.event_id, answer.error, _next_try(answer, event.tries, now(), schedule))
    _LOG.warning("outbox: event %s, try %d: %s", event.event_id, event.tries, answer.error)
    return False


def _next_try(answer: Answer, tries: int, at: float, schedule: Schedule) -> float | None:
    if not answer.retryable or tries >= schedule.tries:
        return None
    return at + min(schedule.longest, max(schedule.wait(tries), answer.retry_after))
