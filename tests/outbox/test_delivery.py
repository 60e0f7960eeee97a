"""Events arrive at least once, signed, under one id; what cannot arrive is a dead letter until somebody redrives it."""

import threading
import time
from collections import Counter

import pytest
import sqlalchemy

from returns_risk.errors import DeliveryError
from returns_risk.outbox import (
    Receiver,
    Schedule,
    Tally,
    count_states,
    deliver,
    list_dead,
    open_outbox,
    put_events,
    redrive,
    verify_signature,
)

SECRET = "a secret that both sides know"
START = 1_772_409_600.0


@pytest.fixture
def send(endpoint, clock):
    """Deliver from an outbox to the endpoint by the fake clock."""

    def send(engine, timeout=5.0, **options):
        receiver = Receiver(endpoint.url, SECRET, timeout)
        return deliver(engine, receiver, now=clock.now, sleep=clock.sleep, **options)

    return send


def test_events_arrive_in_their_order_signed(either_outbox, endpoint, events, send):
    put_events(either_outbox, events, START)
    assert send(either_outbox) == Tally(sent=3, dead=0, waiting=0)
    assert endpoint.ids == ["id-0", "id-1", "id-2"]
    for (headers, body), event in zip(endpoint.requests, events, strict=True):
        assert body.decode() == event.body
        assert headers["Content-Type"] == "application/json"
        timestamp, signature = headers["X-Returns-Risk-Timestamp"], headers["X-Returns-Risk-Signature"]
        assert timestamp == "1772409600"
        assert verify_signature(SECRET, timestamp, signature, body, START)
    assert count_states(either_outbox) == {"pending": 0, "sent": 3, "dead": 0}


def test_a_rerun_adds_and_sends_nothing_twice(either_outbox, endpoint, events, send):
    put_events(either_outbox, events, START)
    send(either_outbox)
    again = put_events(either_outbox, events, START + 60)
    assert (again.added, again.known, again.changed) == (0, 3, 0)
    assert send(either_outbox) == Tally(0, 0, 0)
    assert endpoint.ids == ["id-0", "id-1", "id-2"]


def test_a_server_error_is_tried_again_with_growing_waits(outbox, endpoint, events, send, clock):
    put_events(outbox, events[:1], START)
    endpoint.script = [500, 503, 502]
    assert send(outbox) == Tally(1, 0, 0)
    assert endpoint.ids == ["id-0"] * 4
    assert clock.slept == [2.0, 4.0, 8.0]
    # Each try is signed at its own time.
    stamps = [int(headers["X-Returns-Risk-Timestamp"]) - START for headers, _ in endpoint.requests]
    assert stamps == [0, 2, 6, 14]


@pytest.mark.parametrize("status", [408, 425, 429])
def test_refusals_for_the_moment_are_tried_again(outbox, endpoint, events, send, status):
    put_events(outbox, events[:1], START)
    endpoint.script = [status]
    assert send(outbox) == Tally(1, 0, 0)


def test_the_wait_that_the_receiver_asks_for_is_kept_within_reason(outbox, endpoint, events, send, clock):
    put_events(outbox, events[:1], START)
    endpoint.script, endpoint.headers = [429, 429], {"Retry-After": "30"}
    send(outbox)
    assert clock.slept == [30.0, 30.0]
    put_events(outbox, events[1:2], START)
    endpoint.script, endpoint.headers = [429], {"Retry-After": "99999"}
    send(outbox, schedule=Schedule(longest=100.0))
    assert clock.slept[2:] == [100.0]


def test_another_event_does_not_wait_for_one_that_fails(outbox, endpoint, events, send):
    put_events(outbox, events, START)
    endpoint.script = [500]
    assert send(outbox) == Tally(3, 0, 0)
    assert endpoint.ids == ["id-0", "id-1", "id-2", "id-0"]


def test_a_receiver_that_keeps_silent_is_tried_again(outbox, endpoint, events, send, clock):
    put_events(outbox, events[:1], START)
    endpoint.script = [0.6]
    assert send(outbox, timeout=0.2) == Tally(1, 0, 0)
    assert clock.slept == [2.0]
    assert endpoint.ids == ["id-0", "id-0"]


def test_a_receiver_that_is_not_there_is_tried_again_and_its_address_stays_untold(outbox, events, clock):
    put_events(outbox, events[:1], START)
    nobody = Receiver("http://127.0.0.1:9/hook/s3cret", SECRET)
    tally = deliver(outbox, nobody, now=clock.now, sleep=clock.sleep, schedule=Schedule(tries=3))
    assert tally == Tally(0, 1, 0)
    (dead,) = list_dead(outbox, 10)
    assert (dead.tries, dead.last_error) == (3, "cannot be reached (ConnectionError)")


@pytest.mark.parametrize("status", [400, 401, 404, 410, 422])
def test_a_refusal_is_a_dead_letter_at_once(outbox, endpoint, events, send, clock, status):
    put_events(outbox, events[:2], START)
    endpoint.script = [status]
    assert send(outbox) == Tally(1, 1, 0)
    assert endpoint.ids == ["id-0", "id-1"]
    assert clock.slept == []
    (dead,) = list_dead(outbox, 10)
    assert (dead.event_id, dead.tries) == ("id-0", 1)
    assert dead.last_error.startswith(f"{status} ")
    assert dead.last_error.endswith("what is wrong")


def test_a_redirect_is_not_followed(outbox, endpoint, events, send):
    put_events(outbox, events[:1], START)
    endpoint.script, endpoint.headers = [307], {"Location": endpoint.url}
    assert send(outbox) == Tally(0, 1, 0)
    assert len(endpoint.requests) == 1
    assert list_dead(outbox, 10)[0].last_error == "307: redirects are not followed; give the final address"


def test_too_many_tries_make_a_dead_letter_with_the_last_error(outbox, endpoint, events, send, clock):
    put_events(outbox, events[:1], START)
    endpoint.script = [500, 500, 503]
    assert send(outbox, schedule=Schedule(tries=3)) == Tally(0, 1, 0)
    assert clock.slept == [2.0, 4.0]
    assert list_dead(outbox, 10)[0].last_error.startswith("503 ")


def test_a_dead_letter_is_sent_again_under_its_id_once_it_is_redriven(either_outbox, endpoint, events, send, clock):
    put_events(either_outbox, events[:2], START)
    endpoint.script = [400, 400]
    send(either_outbox)
    assert send(either_outbox) == Tally(0, 0, 0)
    assert redrive(either_outbox, clock.now(), ["id-1", "no such id"]) == 1
    assert send(either_outbox) == Tally(1, 0, 0)
    assert redrive(either_outbox, clock.now()) == 1
    endpoint.script = [500]
    assert send(either_outbox, schedule=Schedule(tries=2)) == Tally(1, 0, 0)
    assert endpoint.ids == ["id-0", "id-1", "id-1", "id-0", "id-0"]
    assert redrive(either_outbox, clock.now()) == 0


def test_patience_ends_a_delivery_and_the_next_one_goes_on(outbox, endpoint, events, send, clock):
    put_events(outbox, events[:1], START)
    endpoint.script = [500, 500, 500]
    assert send(outbox, patience=7.0) == Tally(0, 0, 1)
    assert clock.now() == START + 6.0
    clock.time += 3600.0
    assert send(outbox, patience=0.0) == Tally(1, 0, 0)
    assert len(endpoint.requests) == 4


def test_a_crash_between_sending_and_noting_it_sends_again_under_the_same_id(
    outbox, endpoint, events, send, monkeypatch, clock
):
    put_events(outbox, events[:1], START)
    with monkeypatch.context() as patch:

        def die(engine, event_id, at):
            raise KeyboardInterrupt((engine, event_id, at))

        patch.setattr("returns_risk.outbox.delivery.mark_sent", die)
        with pytest.raises(KeyboardInterrupt):
            send(outbox)
    assert count_states(outbox)["pending"] == 1
    assert send(outbox) == Tally(1, 0, 0)
    assert endpoint.ids == ["id-0", "id-0"]
    assert endpoint.requests[0][1] == endpoint.requests[1][1]
    # Until then the event was with the process that died.
    assert clock.slept == [15.0]


def test_a_later_run_that_says_something_else_is_counted_and_not_sent(outbox, endpoint, events, send):
    put_events(outbox, events[:2], START)
    later = [events[0], type(events[1])(**vars(events[1]) | {"body": "{}"}), events[2]]
    put = put_events(outbox, later, START)
    assert (put.added, put.known, put.changed) == (1, 1, 1)
    send(outbox)
    assert endpoint.requests[1][1].decode() == events[1].body


def test_two_deliveries_at_once_send_each_event_once(either_outbox, endpoint, events):
    many = [type(events[0])(f"id-{n:02d}", "flagged_order", "demo", "2026-03-02", n, "{}") for n in range(40)]
    put_events(either_outbox, many, 0.0)
    receiver = Receiver(endpoint.url, SECRET)
    tallies = []

    def work():
        tallies.append(deliver(either_outbox, receiver, now=time.time, sleep=time.sleep, patience=20.0))

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(tally.sent for tally in tallies) == 40
    assert set(Counter(endpoint.ids).values()) == {1}


def test_the_outbox_outlives_the_process(tmp_path, events, endpoint, clock):
    url = f"sqlite:///{tmp_path}/made/outbox.db"
    with open_outbox(url) as engine:
        put_events(engine, events, START)
    with open_outbox(url) as engine:
        deliver(engine, Receiver(endpoint.url, SECRET), now=clock.now, sleep=clock.sleep)
    assert len(endpoint.ids) == 3


def test_a_lost_table_is_told(tmp_path, events):
    lost = pytest.raises(DeliveryError, match=r"outbox\.db: no such table: outbox")
    with lost, open_outbox(f"sqlite:///{tmp_path}/outbox.db") as engine:
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text("DROP TABLE outbox"))
        put_events(engine, events, START)


@pytest.mark.parametrize(
    "url", ["ftp://host/x", "file:///etc/passwd", "https://", "host/x", "http://[::1", "http://h:x/"]
)
def test_an_address_that_is_none_is_refused_unnamed(url):
    with pytest.raises(DeliveryError, match=r"address cannot be read\. Give one like https://host/path") as caught:
        Receiver(url, SECRET)
    assert url not in str(caught.value).replace("https://host/path", "")


def test_a_short_secret_is_refused_and_a_receiver_never_shows_its_secret():
    for weak, different in [("short", 5), ("a" * 16, 1)]:
        with pytest.raises(DeliveryError, match=f"has {len(weak)} characters, {different} different ones; at least 16"):
            Receiver("https://host/", weak)
    assert SECRET not in repr(Receiver("https://host/", SECRET))
