"""The outbox: each event is in it once, and dead letters stay until they are redriven or dismissed."""

import threading
import time
from collections import Counter

import pytest
import sqlalchemy

from returns_risk.delivery import (
    Delivery,
    Receiver,
    Schedule,
    add_events,
    count_states,
    deliver,
    dismiss,
    open_outbox,
    redrive,
    tried_orders,
    withdraw_events,
)
from returns_risk.errors import DeliveryError
from tests.delivery.conftest import SECRET, START


def test_a_rerun_adds_and_sends_nothing_twice(either_outbox, endpoint, events, send):
    add_events(either_outbox, events, START)
    send(either_outbox)
    assert add_events(either_outbox, events, START + 60) == {"added": 0, "unchanged": 3, "changed": 0}
    assert send(either_outbox) == Delivery(0, 0, 0)
    assert endpoint.ids == ["id-0", "id-1", "id-2"]


def test_a_redriven_dead_letter_is_sent_under_its_id(either_outbox, endpoint, events, send, clock):
    add_events(either_outbox, events[:2], START)
    endpoint.script = [400, 400]
    send(either_outbox)
    assert send(either_outbox) == Delivery(0, 2, 0)
    with pytest.raises(DeliveryError, match=r"no such id is not the id of a dead letter \(1 of 2 are not\)"):
        redrive(either_outbox, clock.now(), ["id-1", "no such id"])
    assert redrive(either_outbox, clock.now(), ["id-1"]) == 1
    assert send(either_outbox) == Delivery(1, 1, 0)
    assert redrive(either_outbox, clock.now()) == 1
    endpoint.script = [500]
    assert send(either_outbox, schedule=Schedule(tries=2)) == Delivery(1, 0, 0)
    assert endpoint.ids == ["id-0", "id-1", "id-1", "id-0", "id-0"]
    assert redrive(either_outbox, clock.now()) == 0


def test_every_delivery_counts_dead_letters_until_they_are_dismissed(either_outbox, endpoint, events, send):
    add_events(either_outbox, events[:2], START)
    endpoint.script = [302, 404]
    assert send(either_outbox) == Delivery(0, 2, 0)
    assert send(either_outbox) == Delivery(0, 2, 0)
    assert dismiss(either_outbox, START, "settled\x1b by\ntelephone", ["id-1"]) == 1
    assert send(either_outbox) == Delivery(0, 1, 0)
    assert dismiss(either_outbox, START, "of no use") == 1
    assert send(either_outbox) == Delivery(0, 0, 0)
    with either_outbox.begin() as connection:
        query = sqlalchemy.text("SELECT state, dismiss_reason FROM outbox ORDER BY position")
        rows = [tuple(row) for row in connection.execute(query)]
    assert rows == [("dismissed", "of no use"), ("dismissed", "settled\\u001b by\\u000atelephone")]
    # Neither a rerun of the night nor redriving brings them back.
    add_events(either_outbox, events[:2], START)
    assert redrive(either_outbox, START) == 0
    assert send(either_outbox) == Delivery(0, 0, 0)


def test_a_crash_after_sending_sends_again_under_the_same_id(outbox, endpoint, events, send, monkeypatch, clock):
    add_events(outbox, events[:1], START)
    with monkeypatch.context() as patch:

        def die(engine, event_id, at):
            raise KeyboardInterrupt((engine, event_id, at))

        patch.setattr("returns_risk.delivery.sending.mark_sent", die)
        with pytest.raises(KeyboardInterrupt):
            send(outbox)
    assert count_states(outbox)["pending"] == 1
    assert send(outbox) == Delivery(1, 0, 0)
    assert endpoint.ids == ["id-0", "id-0"]
    assert endpoint.requests[0][1] == endpoint.requests[1][1]
    # Until then the killed process had claimed the event.
    assert clock.slept == [15.0]


def other(event):
    return type(event)(**vars(event) | {"body": "{}"})


def test_changed_events_that_were_sent_are_counted_and_not_sent_again(outbox, endpoint, events, send):
    add_events(outbox, events[:2], START)
    send(outbox)
    rerun = [events[0], other(events[1]), events[2]]
    assert add_events(outbox, rerun, START) == {"added": 1, "unchanged": 1, "changed": 1}
    assert send(outbox) == Delivery(1, 0, 0)
    assert [body.decode() for _, body in endpoint.requests] == [event.body for event in events]


def test_pending_events_take_the_body_of_the_latest_run(outbox, endpoint, events, send):
    add_events(outbox, events, START)
    rerun = [events[0], other(events[1]), events[2]]
    assert add_events(outbox, rerun, START) == {"added": 0, "unchanged": 2, "changed": 1}
    send(outbox)
    assert [body.decode() for _, body in endpoint.requests] == [events[0].body, "{}", events[2].body]


def test_withdrawn_events_are_neither_sent_nor_redriven_until_they_are_added_again(
    either_outbox, endpoint, events, send
):
    endpoint.script = [204, 400]
    add_events(either_outbox, events[:2], START)
    send(either_outbox)
    add_events(either_outbox, events[2:], START)
    assert tried_orders(either_outbox, "demo", "2026-03-02") == ["O1", "O2"]
    assert withdraw_events(either_outbox, "demo", "2026-03-02") == 2
    assert count_states(either_outbox) == {"pending": 0, "sent": 1, "dead": 0, "dismissed": 0, "withdrawn": 2}
    assert redrive(either_outbox, START) == 0
    assert send(either_outbox) == Delivery(0, 0, 0)
    rerun = [events[0], other(events[1])]
    assert add_events(either_outbox, rerun, START) == {"added": 1, "unchanged": 1, "changed": 0}
    assert send(either_outbox) == Delivery(1, 0, 0)
    assert endpoint.requests[-1][1] == b"{}"
    assert count_states(either_outbox)["withdrawn"] == 1


def test_two_deliveries_at_once_send_each_event_once(either_outbox, endpoint, events):
    many = [type(events[0])(f"id-{n:02d}", "flagged_order", "demo", "2026-03-02", n, "{}") for n in range(40)]
    add_events(either_outbox, many, 0.0)
    receiver = Receiver(endpoint.url, SECRET)
    deliveries = []

    def work():
        deliveries.append(deliver(either_outbox, receiver, now=time.time, sleep=time.sleep, patience=20.0))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(delivery.sent for delivery in deliveries) == 40
    assert set(Counter(endpoint.ids).values()) == {1}


def test_the_outbox_outlives_the_process(tmp_path, events, endpoint, clock):
    url = f"sqlite:///{tmp_path}/new/outbox.db"
    with open_outbox(url) as engine:
        add_events(engine, events, START)
    with open_outbox(url) as engine:
        deliver(engine, Receiver(endpoint.url, SECRET), now=clock.now, sleep=clock.sleep)
    assert len(endpoint.ids) == 3


def test_a_lost_table_is_reported(tmp_path, events):
    lost = pytest.raises(DeliveryError, match=r"outbox\.db: no such table: outbox")
    with lost, open_outbox(f"sqlite:///{tmp_path}/outbox.db") as engine:
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text("DROP TABLE outbox"))
        add_events(engine, events, START)
