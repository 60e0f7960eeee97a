"""The outbox as a queue: claim the next due event, then mark it as sent or failed."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Engine, func, select, update

from returns_risk.delivery.outbox import OUTBOX, OutboxEvent, single_line

__all__ = ["claim_next", "mark_failed", "mark_sent", "next_due"]


def next_due(engine: Engine, only: Sequence[ColumnElement[bool]] = ()) -> float | None:
    """Return the Unix time at which the next pending event is due, seconds; None without pending events.

    Parameters
    ----------
    only : conditions that an event must meet
    """
    query = select(func.min(OUTBOX.c.due_at)).where(OUTBOX.c.state == "pending", *only)
    with engine.begin() as connection:
        due: float | None = connection.scalar(query)
    return due


def claim_next(engine: Engine, at: float, lease: float, only: Sequence[ColumnElement[bool]] = ()) -> OutboxEvent | None:
    """Claim the next due event; None if no event is due, or another process was faster.

    No other process claims the event until ``at + lease``. If this process ends before it marks the event, the event
    becomes due again then: it may be sent twice, but is never lost.

    Parameters
    ----------
    only : conditions that the event must meet
    """
    due = select(OUTBOX).where(OUTBOX.c.state == "pending", OUTBOX.c.due_at <= at, *only)
    order = (OUTBOX.c.due_at, OUTBOX.c.source, OUTBOX.c.as_of, OUTBOX.c.position)
    with engine.begin() as connection:
        row = connection.execute(due.order_by(*order).limit(1)).first()
        if row is None:
            return None
        unclaimed = (OUTBOX.c.event_id == row.event_id, OUTBOX.c.state == "pending", OUTBOX.c.tries == row.tries)
        claim = update(OUTBOX).where(*unclaimed).values(tries=row.tries + 1, due_at=at + lease)
        if not connection.execute(claim).rowcount:
            return None
    tries, due_at = row.tries + 1, at + lease
    return OutboxEvent(row.event_id, row.kind, row.source, row.as_of, row.body, tries, due_at, row.last_error or "")


def mark_sent(engine: Engine, event_id: str, at: float) -> None:
    """Mark an event as sent."""
    _update_pending(engine, event_id, state="sent", sent_at=at, last_error=None)


def mark_failed(engine: Engine, event_id: str, error: str, due_at: float | None) -> None:
    """Store the error of a failed try and the time of the next one; None makes the event a dead letter."""
    if due_at is None:
        _update_pending(engine, event_id, state="dead", last_error=single_line(error))
    else:
        _update_pending(engine, event_id, due_at=due_at, last_error=single_line(error))


def _update_pending(engine: Engine, event_id: str, **values: object) -> None:
    # A sent event stays sent, also when another process sends it a second time and fails.
    pending = update(OUTBOX).where(OUTBOX.c.event_id == event_id, OUTBOX.c.state == "pending")
    with engine.begin() as connection:
        connection.execute(pending.values(**values))
