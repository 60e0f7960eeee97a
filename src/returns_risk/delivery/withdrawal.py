"""Withdrawal of events from the outbox: of a night that was withdrawn or rerun, and of lines that are closed."""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, bindparam, or_, select, update

from returns_risk.delivery.outbox import OUTBOX, of_run

__all__ = ["HeldBack", "tried_orders", "withdraw_events", "withdraw_lines"]

_UNSENT = OUTBOX.c.state.in_(("pending", "dead"))


@dataclass(frozen=True)
class HeldBack:
    """Numbers of orders that were withdrawn before they were sent, by reason."""

    closed: int = 0
    """One of their lines is closed."""

    def describe(self) -> str:
        """Return the numbers to end a sentence; empty if there are none."""
        return f", {self.closed:,} orders held back because they are closed now" if self.closed else ""


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
    unsent = (OUTBOX.c.source == source, OUTBOX.c.kind == "flagged_order", _UNSENT)
    with engine.begin() as connection:
        rows = connection.execute(select(OUTBOX.c.event_id, OUTBOX.c.body).where(*unsent)).all()
    lines = {row.event_id: {line["line_id"] for line in json.loads(row.body)["lines"]} for row in rows}
    closed_lines = set(closed(set().union(*lines.values()))) if lines else set()
    with engine.begin() as connection:
        return _withdraw(connection, [event for event, line_ids in lines.items() if line_ids & closed_lines])


def tried_orders(engine: Engine, source: str, as_of: str) -> list[str]:
    """Return the ids of the orders of a run that a receiver may have got: sent, or at least tried to send."""
    orders = select(OUTBOX.c.body).where(*of_run(source, as_of), OUTBOX.c.kind == "flagged_order")
    tried = or_(OUTBOX.c.state == "sent", OUTBOX.c.tries > 0, OUTBOX.c.last_error.is_not(None))
    with engine.begin() as connection:
        return sorted(json.loads(body)["order_id"] for body in connection.scalars(orders.where(tried)))


def _withdraw(connection: Connection, event_ids: Sequence[str]) -> int:
    # An event that another process sends meanwhile stays sent.
    unsent = update(OUTBOX).where(OUTBOX.c.event_id == bindparam("id_"), OUTBOX.c.state != "sent")
    if event_ids:
        connection.execute(unsent.values(state="withdrawn"), [{"id_": event_id} for event_id in event_ids])
    return len(event_ids)
