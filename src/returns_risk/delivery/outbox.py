"""The outbox: a table of events that are to be sent, were sent, or could not be sent."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Double,
    Engine,
    Integer,
    MetaData,
    Table,
    Text,
    bindparam,
    delete,
    func,
    inspect,
    select,
    update,
)

from returns_risk.delivery.events import Event
from returns_risk.errors import DeliveryError
from returns_risk.errors.printable import printable
from returns_risk.io.database_urls import sqlite_file
from returns_risk.io.databases import open_database
from returns_risk.io.tables import ensure_table, insert_new

__all__ = [
    "OUTBOX", "STATES", "OutboxEvent", "add_events", "count_events", "count_states", "dismiss", "list_events", "of_run",
    "open_outbox", "redrive", "single_line",
]  # fmt: skip

OUTBOX = Table(
    "outbox",
    MetaData(),
    Column("event_id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("as_of", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("state", Text, nullable=False, index=True),
    Column("tries", Integer, nullable=False),
    Column("added_at", Double, nullable=False),
    Column("due_at", Double, nullable=False),
    Column("sent_at", Double),
    Column("last_error", Text),
    Column("dismissed_at", Double),
    Column("dismiss_reason", Text),
)
"""Times are Unix times in seconds."""
STATES = ("pending", "sent", "dead", "dismissed", "withdrawn")
"""Dead letters are not sent until they are redriven or dismissed; withdrawn events are no longer part of their run."""
_MAX_TEXT = 500  # characters of a stored answer or reason


@dataclass(frozen=True)
class OutboxEvent:
    """The state of an event in the outbox."""

    event_id: str
    kind: str
    source: str
    as_of: str
    body: str
    tries: int
    """Tries made; of a claimed event including the next one."""
    due_at: float
    """Unix time of the next try, seconds."""
    last_error: str
    """Empty where no try has failed."""


@contextmanager
def open_outbox(url: str) -> Iterator[Engine]:
    """Yield the database of an outbox; its table is created if it does not exist.

    Raises
    ------
    DeliveryError
        The database cannot be reached, read or written.
    """
    with open_database(url) as engine:
        with engine.begin() as connection:
            ensure_table(connection, OUTBOX)
        yield engine


def add_events(engine: Engine, events: Sequence[Event], at: float) -> dict[str, int]:
    """Add the events whose ids are not in the outbox yet, so that a rerun of a night adds nothing twice.

    A pending event takes the body of the latest run, a withdrawn event becomes pending again, and a sent one stays.

    Parameters
    ----------
    at : Unix time from which they are due, seconds

    Returns
    -------
    Numbers of events ``added``, ``unchanged`` (the same body) and ``changed`` (another body).
    """
    with engine.begin() as connection:
        bodies = _bodies(connection, events)
        new = [event for event in events if event.event_id not in bodies]
        changed = [event for event in events if bodies.get(event.event_id, event.body) != event.body]
        _delete_withdrawn(connection, new)
        fresh = {"state": "pending", "tries": 0, "added_at": at, "due_at": at}
        insert_new(connection, OUTBOX, [asdict(event) | fresh for event in new])
        for event in changed:
            pending = (OUTBOX.c.event_id == event.event_id, OUTBOX.c.state == "pending")
            connection.execute(update(OUTBOX).where(*pending).values(body=event.body, position=event.position))
    return {"added": len(new), "unchanged": len(events) - len(new) - len(changed), "changed": len(changed)}


def redrive(engine: Engine, at: float, event_ids: Sequence[str] = ()) -> int:
    """Make dead letters pending again with all their tries: those given, or all. Return their number.

    Raises
    ------
    DeliveryError
        An id is not that of a dead letter; nothing is changed.
    """
    return _update_dead(engine, event_ids, state="pending", tries=0, due_at=at)


def dismiss(engine: Engine, at: float, reason: str, event_ids: Sequence[str] = ()) -> int:
    """Mark dead letters as never to be sent: those given, or all. Return their number.

    Raises
    ------
    DeliveryError
        An id is not that of a dead letter; nothing is changed.
    """
    return _update_dead(engine, event_ids, state="dismissed", dismissed_at=at, dismiss_reason=single_line(reason))


def count_states(engine: Engine, only: Sequence[ColumnElement[bool]] = ()) -> dict[str, int]:
    """Count the events in each of the ``STATES``: all, or those that meet the conditions ``only``."""
    with engine.begin() as connection:
        query = select(OUTBOX.c.state, func.count().label("events")).where(*only).group_by(OUTBOX.c.state)
        counts = {row.state: row.events for row in connection.execute(query)}
    return dict.fromkeys(STATES, 0) | counts


def count_events(url: str) -> dict[str, int]:
    """Count the events of an outbox in each of the ``STATES`` without writing; 0 if the outbox does not exist.

    Raises
    ------
    DeliveryError
        The database cannot be reached or read.
    """
    file = sqlite_file(url, DeliveryError)
    if file is not None and not file.exists():
        return dict.fromkeys(STATES, 0)
    with open_database(url) as engine:
        return count_states(engine) if inspect(engine).has_table(OUTBOX.name) else dict.fromkeys(STATES, 0)


def list_events(engine: Engine, state: str, limit: int) -> list[OutboxEvent]:
    """List at most ``limit`` events in a state: dead letters from the latest night on, others from the oldest on."""
    columns = [OUTBOX.c[name] for name in OutboxEvent.__dataclass_fields__]
    oldest = (OUTBOX.c.added_at, OUTBOX.c.source, OUTBOX.c.as_of, OUTBOX.c.position)
    order = (OUTBOX.c.as_of.desc(), OUTBOX.c.position) if state == "dead" else oldest
    with engine.begin() as connection:
        rows = connection.execute(select(*columns).where(OUTBOX.c.state == state).order_by(*order).limit(limit))
        return [OutboxEvent(**row._asdict() | {"last_error": row.last_error or ""}) for row in rows]


def of_run(source: str, as_of: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions that select the events of a run."""
    return OUTBOX.c.source == source, OUTBOX.c.as_of == as_of


def single_line(text: str) -> str:
    """Return a text as it is stored: one line, at most 500 characters, without NUL, which PostgreSQL refuses."""
    return printable(text, layout="")[:_MAX_TEXT]


def _bodies(connection: Connection, events: Sequence[Event]) -> dict[str, str]:
    """Return the bodies of the events in the outbox that belong to the same runs, by id."""
    bodies: dict[str, str] = {}
    for source, as_of in sorted({(event.source, event.as_of) for event in events}):
        query = select(OUTBOX.c.event_id, OUTBOX.c.body).where(*of_run(source, as_of), OUTBOX.c.state != "withdrawn")
        bodies |= {row.event_id: row.body for row in connection.execute(query)}
    return bodies


def _delete_withdrawn(connection: Connection, events: Sequence[Event]) -> None:
    withdrawn = delete(OUTBOX).where(OUTBOX.c.event_id == bindparam("id_"), OUTBOX.c.state == "withdrawn")
    if events:
        connection.execute(withdrawn, [{"id_": event.event_id} for event in events])


def _update_dead(engine: Engine, event_ids: Sequence[str], **values: object) -> int:
    with engine.begin() as connection:
        dead = set(connection.scalars(select(OUTBOX.c.event_id).where(OUTBOX.c.state == "dead")))
        if unknown := [event_id for event_id in event_ids if event_id not in dead]:
            raise DeliveryError(
                f"outbox: {printable(unknown[0], layout='')} is not the id of a dead letter ({len(unknown)} of "
                f"{len(event_ids)} are not). Nothing was changed; returns-risk outbox status lists the ids."
            )
        statement = update(OUTBOX).where(OUTBOX.c.state == "dead")
        if event_ids:
            statement = statement.where(OUTBOX.c.event_id.in_(event_ids))
        return connection.execute(statement.values(**values)).rowcount
