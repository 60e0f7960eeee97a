"""Withdrawal of events from the outbox: of a night that was withdrawn or rerun, of closed orders, and of late ones."""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, or_, select, update

from returns_risk.delivery.outbox import OUTBOX, of_run

__all__ = ["HeldBack", "tried_orders", "withdraw_events", "withdraw_late", "withdraw_lines"]

_UNSENT = OUTBOX.c.state.in_(("pending", "dead"))


@dataclass(frozen=True)
class HeldBack:
    """Numbers of orders that were withdrawn before they were sent, by reason."""

    closed: int = 0
    """One of their lines is closed, or its customer has opted out."""
    too_late: int = 0
    """The answer that one of their messages asks for is due by now."""

    def describe(self) -> str:
        """Return the numbers to end a sentence; empty if there are none."""
        counts = (
            (self.closed, "because they are closed now, or their customer has opted out"),
            (self.too_late, "because it is too late for the answer that they ask for"),
        )
        return "".join(f", {orders:,} orders held back {reason}" for orders, reason in counts if orders)


def withdraw_events(engine: Engine, source: str, as_of: str, still_valid: Collection[str] = ()) -> int:
    """Withdraw the unsent events of a run, including its dead letters, and return their number.

    Events that report the failure of a night are not withdrawn.

    Parameters
    ----------
    still_valid : ids of events that stay in the outbox
    """
    unsent = select(OUTBOX.c.event_id).where(*of_run(source, as_of), OUTBOX.c.kind != "run_failed", _UNSENT)
    with engine.begin() as connection:
        return _withdraw(connection, [event for event in connection.scalars(unsent) if event not in still_valid])


def withdraw_lines(engine: Engine, source: str, closed: Callable[[set[str]], Collection[str]]) -> int:
    """Withdraw the unsent orders of a source that have a closed line, and return their number.

    Parameters
    ----------
    closed : returns the closed lines among the given ``line_id``; it is called only if there are unsent orders
    """
    orders = _unsent_orders(engine, source)
    lines = {event: {line["line_id"] for line in order["lines"]} for event, order in orders.items()}
    closed_lines = set(closed(set().union(*lines.values()))) if lines else set()
    with engine.begin() as connection:
        return _withdraw(connection, [event for event, line_ids in lines.items() if line_ids & closed_lines])


def withdraw_late(engine: Engine, source: str, at: datetime) -> int:
    """Withdraw the unsent orders of a source whose message asks for an answer too late, and return their number.

    Parameters
    ----------
    at : UTC; a ``reply_by`` that is not after it is too late
    """
    late = [
        event
        for event, order in _unsent_orders(engine, source).items()
        if any(line.get("reply_by") and datetime.fromisoformat(line["reply_by"]) <= at for line in order["lines"])
    ]
    with engine.begin() as connection:
        return _withdraw(connection, late)


def tried_orders(engine: Engine, source: str, as_of: str) -> list[str]:
    """Return the ids of the orders of a run that a receiver may have got: sent, or at least tried to send."""
    orders = select(OUTBOX.c.body).where(*of_run(source, as_of), OUTBOX.c.kind == "flagged_order")
    tried = or_(OUTBOX.c.state == "sent", OUTBOX.c.tries > 0, OUTBOX.c.last_error.is_not(None))
    with engine.begin() as connection:
        return sorted(json.loads(body)["order_id"] for body in connection.scalars(orders.where(tried)))


def _unsent_orders(engine: Engine, source: str) -> dict[str, dict[str, Any]]:
    """Return the content of the unsent orders of a source by the id of their event."""
    unsent = (OUTBOX.c.source == source, OUTBOX.c.kind == "flagged_order", _UNSENT)
    with engine.begin() as connection:
        rows = connection.execute(select(OUTBOX.c.event_id, OUTBOX.c.body).where(*unsent)).all()
    return {row.event_id: json.loads(row.body) for row in rows}


def _withdraw(connection: Connection, event_ids: Sequence[str]) -> int:
    # An event that another process sends meanwhile stays sent.
    unsent = update(OUTBOX).where(OUTBOX.c.event_id == bindparam("id_"), OUTBOX.c.state != "sent")
    if event_ids:
        connection.execute(unsent.values(state="withdrawn"), [{"id_": event_id} for event_id in event_ids])
    return len(event_ids)
