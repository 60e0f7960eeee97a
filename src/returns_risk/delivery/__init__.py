"""Delivery of a night: an outbox of signed events with retries, and a database table."""

from returns_risk.delivery.events import Event, failure_event, read_events
from returns_risk.delivery.outbox import (
    OutboxEvent,
    add_events,
    count_events,
    count_states,
    dismiss,
    list_events,
    open_outbox,
    redrive,
)
from returns_risk.delivery.receiver import Receiver
from returns_risk.delivery.sending import Delivery, Schedule, deliver
from returns_risk.delivery.signature import sign, verify_signature
from returns_risk.delivery.withdrawal import HeldBack, tried_orders, withdraw_events, withdraw_lines

__all__ = [
    "Delivery",
    "Event",
    "HeldBack",
    "OutboxEvent",
    "Receiver",
    "Schedule",
    "add_events",
    "count_events",
    "count_states",
    "deliver",
    "dismiss",
    "failure_event",
    "list_events",
    "open_outbox",
    "read_events",
    "redrive",
    "sign",
    "tried_orders",
    "verify_signature",
    "withdraw_events",
    "withdraw_lines",
]
