"""The outbox: what is to be sent, what has been, and what could not be, in a database."""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from returns_risk.delivery.events import Event
from returns_risk.errors import DeliveryError
from returns_risk.errors.printable import printable
from returns_risk.io.databases import ensure_table, insert_new, open_database

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine, Table

__all__ = [
    "STATES",
    "Claim",
    "Dead",
    "Put",
    "Waiting",
    "claim_next",
    "count_events",
    "count_states",
    "dismiss",
    "list_dead",
    "list_waiting",
    "mark_failed",
    "mark_sent",
    "next_due",
    "open_outbox",
    "put_events",
    "redrive",
    "tried_orders",
    "withdraw_events",
    "withdraw_lines",
]

STATES = ("pending", "sent", "dead", "dismissed", "withdrawn")
"""To be sent; arrived; given up until redriven or dismissed; and never sent: dismissed by an operator, or withdrawn,
since its night says so no more."""
_UNSENT = ("pending", "dead")
_LONGEST = 500  # characters of an answer or a reason


@dataclass(frozen=True)
class Put:
    """What putting events into the outbox came to."""

    added: int
    known: int
    """There already, with the same body."""
    changed: int
    """There already, with another body: a later run of the night says something else, which is not sent."""


@dataclass(frozen=True)
class Claim:
    """An event that nobody else sends for the time being."""

    event_id: str
    body: str
    tries: int
    """With the one to come."""


@dataclass(frozen=True)
class Dead:
    """An event that was given up."""

    event_id: str
    kind: str
    source: str
    as_of: str
    tries: int
    last_error: str


@dataclass(frozen=True)
class Waiting:
    """An event that is still to be sent."""

    event_id: str
    kind: str
    source: str
    as_of: str
    tries: int
    due_at: float
    """Unix time of the next try."""
    last_error: str | None
    """None where no try has come to an end yet."""


@contextmanager
def open_outbox(url: str) -> Iterator["Engine"]:
    """Yield the database of an outbox; its table is made if there is none.

    Raises
    ------
    DeliveryError
        The database cannot be reached, read or written.
    """
    with open_database(url) as engine:
        with engine.begin() as connection:
            ensure_table(connection, _table())
        yield engine


def put_events(engine: "Engine", events: Sequence[Event], at: float) -> Put:
    """Put events in whose ids are new; an event is there once, however often its night is run.

    What waits says what the latest run says, and what was withdrawn is due again; what has arrived stays as it is.

    Parameters
    ----------
    at : Unix time; they are due from then on
    """
    from sqlalchemy import bindparam, delete, select, update

    table = _table()
    runs = {(event.source, event.as_of) for event in events}
    with engine.begin() as connection:
        bodies: dict[str, str] = {}
        for source, as_of in sorted(runs):
            of_run = (table.c.source == source, table.c.as_of == as_of, table.c.state != "withdrawn")
            found = connection.execute(select(table.c.event_id, table.c.body).where(*of_run))
            bodies |= {row.event_id: row.body for row in found}
        new = [event for event in events if event.event_id not in bodies]
        fresh = {"state": "pending", "tries": 0, "put_at": at, "due_at": at}
        withdrawn = delete(table).where(table.c.event_id == bindparam("new"), table.c.state == "withdrawn")
        if new:
            connection.execute(withdrawn, [{"new": event.event_id} for event in new])
        insert_new(connection, table, [asdict(event) | fresh for event in new])
        for event in events:
            if bodies.get(event.event_id, event.body) != event.body:
                waits = (table.c.event_id == event.event_id, table.c.state == "pending")
                connection.execute(update(table).where(*waits).values(body=event.body, place=event.place))
    known = sum(bodies.get(event.event_id) == event.body for event in events)
    return Put(len(new), known, len(events) - len(new) - known)


def withdraw_events(engine: "Engine", source: str, as_of: str, kept: Collection[str] = ()) -> int:
    """Send the events of a run no more that have not arrived, dead letters among them, but some; return how many.

    That a night failed stays true and is sent all the same.

    Parameters
    ----------
    kept : ids of events that are still to be sent
    """
    from sqlalchemy import select

    table = _table()
    of_run = (table.c.source == source, table.c.as_of == as_of, table.c.kind != "run_failed")
    unsent = select(table.c.event_id).where(*of_run, table.c.state.in_(_UNSENT))
    with engine.begin() as connection:
        return _withdraw(connection, [one for one in connection.scalars(unsent) if one not in kept])


def withdraw_lines(engine: "Engine", source: str, closed: Callable[[set[str]], Collection[str]]) -> int:
    """Send the orders of a source no more that have not arrived and hold a line that is closed by now; return how many.

    Parameters
    ----------
    closed : returns which of some lines are; it is not called where nothing waits
    """
    from sqlalchemy import select

    table = _table()
    unsent = (table.c.source == source, table.c.kind == "flagged_order", table.c.state.in_(_UNSENT))
    with engine.begin() as connection:
        rows = connection.execute(select(table.c.event_id, table.c.body).where(*unsent))
        lines = {row.event_id: {line["line_id"] for line in json.loads(row.body)["lines"]} for row in rows}
    gone = set(closed(set().union(*lines.values()))) if lines else set()
    with engine.begin() as connection:
        return _withdraw(connection, [event for event, own in lines.items() if own & gone])


def _withdraw(connection: "Connection", event_ids: Sequence[str]) -> int:
    from sqlalchemy import bindparam, update

    table = _table()
    # What has arrived meanwhile stays so.
    chosen = update(table).where(table.c.event_id == bindparam("stopped"), table.c.state != "sent")
    if event_ids:
        connection.execute(chosen.values(state="withdrawn"), [{"stopped": one} for one in event_ids])
    return len(event_ids)


def tried_orders(engine: "Engine", source: str, as_of: str) -> list[str]:
    """Return the orders of a run that a receiver may know of: their events arrived, or a try was made to send them."""
    from sqlalchemy import or_, select

    table = _table()
    of_run = (table.c.source == source, table.c.as_of == as_of, table.c.kind == "flagged_order")
    tried = or_(table.c.state == "sent", table.c.tries > 0, table.c.last_error.is_not(None))
    with engine.begin() as connection:
        bodies = connection.scalars(select(table.c.body).where(*of_run, tried))
        return sorted(json.loads(body)["order_id"] for body in bodies)


def next_due(engine: "Engine") -> float | None:
    """Return when the next event is due, Unix time; None where nothing is left to send."""
    from sqlalchemy import func, select

    table = _table()
    with engine.begin() as connection:
        due: float | None = connection.scalar(select(func.min(table.c.due_at)).where(table.c.state == "pending"))
    return due


def claim_next(engine: "Engine", at: float, lease: float) -> Claim | None:
    """Take the next event that is due; None where there is none, or another process was faster.

    Until ``at + lease`` nobody else takes it. If this process ends before it says what came of it, it is due again
    then: it may be sent twice, but is never lost.
    """
    from sqlalchemy import select, update

    table = _table()
    due = select(table).where(table.c.state == "pending", table.c.due_at <= at)
    order = (table.c.due_at, table.c.source, table.c.as_of, table.c.place)
    with engine.begin() as connection:
        found = connection.execute(due.order_by(*order).limit(1)).first()
        if found is None:
            return None
        same = (table.c.event_id == found.event_id, table.c.state == "pending", table.c.tries == found.tries)
        taken = connection.execute(update(table).where(*same).values(tries=found.tries + 1, due_at=at + lease))
        return Claim(found.event_id, found.body, found.tries + 1) if taken.rowcount else None


def mark_sent(engine: "Engine", event_id: str, at: float) -> None:
    """Note that an event has arrived."""
    _update(engine, event_id, state="sent", sent_at=at, last_error=None)


def mark_failed(engine: "Engine", event_id: str, error: str, due_at: float | None) -> None:
    """Note that an event has not arrived, and when it is sent again; None: never, it is a dead letter."""
    # It quotes the receiver's answer, and PostgreSQL stores no NUL.
    noted = printable(error, layout="")[:_LONGEST]
    if due_at is None:
        _update(engine, event_id, state="dead", last_error=noted)
    else:
        _update(engine, event_id, due_at=due_at, last_error=noted)


def redrive(engine: "Engine", at: float, event_ids: Sequence[str] = ()) -> int:
    """Make dead letters due again, all of them or some, with all their tries; return how many."""
    return _decide_on_dead(engine, event_ids, state="pending", tries=0, due_at=at)


def dismiss(engine: "Engine", at: float, reason: str, event_ids: Sequence[str] = ()) -> int:
    """Mark dead letters, all of them or some, as never to be sent, with the reason; return how many."""
    noted = printable(reason, layout="")[:_LONGEST]
    return _decide_on_dead(engine, event_ids, state="dismissed", dismissed_at=at, dismissed_because=noted)


def count_states(engine: "Engine") -> dict[str, int]:
    """Count the events in each of the ``STATES``."""
    from sqlalchemy import func, select

    table = _table()
    with engine.begin() as connection:
        counted = connection.execute(select(table.c.state, func.count()).group_by(table.c.state))
        found = {row[0]: row[1] for row in counted}
    return {state: found.get(state, 0) for state in STATES}


def count_events(url: str) -> dict[str, int]:
    """Count the events of an outbox in each of the ``STATES`` without writing; 0 if the outbox does not exist.

    Raises
    ------
    DeliveryError
        The database cannot be reached or read.
    """
    from sqlalchemy import inspect

    nothing = dict.fromkeys(STATES, 0)
    file = url.partition(":///")[2].partition("?")[0]
    if url.startswith("sqlite") and not Path(file).exists():
        return nothing
    with open_database(url) as engine:
        return count_states(engine) if inspect(engine).has_table("outbox") else nothing


def list_dead(engine: "Engine", limit: int) -> list[Dead]:
    """List dead letters, the latest night first."""
    from sqlalchemy import select

    table = _table()
    columns = [table.c[name] for name in Dead.__dataclass_fields__]
    dead = select(*columns).where(table.c.state == "dead").order_by(table.c.as_of.desc(), table.c.place).limit(limit)
    with engine.begin() as connection:
        return [Dead(*row) for row in connection.execute(dead)]


def list_waiting(engine: "Engine", limit: int) -> list[Waiting]:
    """List the events that wait, those first that were put in first."""
    from sqlalchemy import select

    table = _table()
    columns = [table.c[name] for name in Waiting.__dataclass_fields__]
    order = (table.c.put_at, table.c.source, table.c.as_of, table.c.place)
    waiting = select(*columns).where(table.c.state == "pending").order_by(*order).limit(limit)
    with engine.begin() as connection:
        return [Waiting(*row) for row in connection.execute(waiting)]


def _decide_on_dead(engine: "Engine", event_ids: Sequence[str], **values: object) -> int:
    from sqlalchemy import select, update

    table = _table()
    dead = table.c.state == "dead"
    with engine.begin() as connection:
        known = set(connection.scalars(select(table.c.event_id).where(dead)))
        if unknown := [event for event in event_ids if event not in known]:
            raise DeliveryError(
                f"outbox: {printable(unknown[0], layout='')} is not the id of a dead letter ({len(unknown)} of "
                f"{len(event_ids)} are not). Nothing was changed; returns-risk outbox status lists the ids."
            )
        chosen = update(table).where(dead, table.c.event_id.in_(event_ids)) if event_ids else update(table).where(dead)
        return connection.execute(chosen.values(**values)).rowcount


def _update(engine: "Engine", event_id: str, **values: object) -> None:
    from sqlalchemy import update

    table = _table()
    # What has arrived stays so, whatever a process says that sent it a second time.
    chosen = update(table).where(table.c.event_id == event_id, table.c.state == "pending")
    with engine.begin() as connection:
        connection.execute(chosen.values(**values))


def _table() -> "Table":
    from sqlalchemy import Column, Double, Integer, MetaData, Table, Text

    texts = [Column(name, Text, nullable=False) for name in ("kind", "source", "as_of", "body")]
    return Table(
        "outbox",
        MetaData(),
        Column("event_id", Text, primary_key=True),
        *texts,
        Column("place", Integer, nullable=False),
        Column("state", Text, nullable=False, index=True),
        Column("tries", Integer, nullable=False),
        Column("put_at", Double, nullable=False),
        Column("due_at", Double, nullable=False),
        Column("sent_at", Double),
        Column("last_error", Text),
        Column("dismissed_at", Double),
        Column("dismissed_because", Text),
    )
