"""A night's events for other systems: put aside first, then sent with a signature until they have arrived."""

from returns_risk.delivery.deliver import Receiver, Schedule, Tally, deliver
from returns_risk.delivery.events import Event, failure_event, read_events
from returns_risk.delivery.signature import sign, verify_signature
from returns_risk.delivery.store import (
    Dead,
    Put,
    Waiting,
    count_events,
    count_states,
    dismiss,
    list_dead,
    list_waiting,
    open_outbox,
    put_events,
    redrive,
    tried_orders,
    withdraw_events,
    withdraw_lines,
)

__all__ = [
    "Dead",
    "Event",
    "Put",
    "Receiver",
    "Schedule",
    "Tally",
    "Waiting",
    "count_events",
    "count_states",
    "deliver",
    "dismiss",
    "failure_event",
    "list_dead",
    "list_waiting",
    "open_outbox",
    "put_events",
    "read_events",
    "redrive",
    "sign",
    "tried_orders",
    "verify_signature",
    "withdraw_events",
    "withdraw_lines",
]
