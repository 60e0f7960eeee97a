"""Sending: signed, with retries and timeouts; refused events become dead letters."""

import time

import pytest

from returns_risk.delivery import (
    Delivery,
    Receiver,
    Schedule,
    add_events,
    count_states,
    deliver,
    list_events,
    verify_signature,
)
from returns_risk.errors import DeliveryError
from tests.certificates import make_certificate
from tests.delivery.conftest import SECRET, START
from tests.receiver import listening


def test_events_arrive_in_their_order_signed(either_outbox, endpoint, events, send):
    add_events(either_outbox, events, START)
    assert send(either_outbox) == Delivery(sent=3, dead=0, waiting=0)
    assert endpoint.ids == ["id-0", "id-1", "id-2"]
    for (headers, body), event in zip(endpoint.requests, events, strict=True):
        assert body.decode() == event.body
        assert headers["Content-Type"] == "application/json"
        timestamp, signature = headers["X-Returns-Risk-Timestamp"], headers["X-Returns-Risk-Signature"]
        assert timestamp == "1772409600"
        assert verify_signature(SECRET, timestamp, signature, body, START)
    assert count_states(either_outbox) == {"pending": 0, "sent": 3, "dead": 0, "dismissed": 0, "withdrawn": 0}


def test_a_server_error_is_retried_with_growing_waits(outbox, endpoint, events, send, clock):
    add_events(outbox, events[:1], START)
    endpoint.script = [500, 503, 502]
    assert send(outbox) == Delivery(1, 0, 0)
    assert endpoint.ids == ["id-0"] * 4
    assert clock.slept == [2.0, 4.0, 8.0]
    # Each try is signed at its own time.
    stamps = [int(headers["X-Returns-Risk-Timestamp"]) - START for headers, _ in endpoint.requests]
    assert stamps == [0, 2, 6, 14]


def test_a_long_wait_is_logged_before_it_begins(outbox, endpoint, events, send, caplog):
    caplog.set_level("INFO")
    add_events(outbox, events[:1], START)
    endpoint.script = [500, 503, 502]
    send(outbox)
    assert [line for line in caplog.messages if "next try" in line] == ["outbox: the next try is in 8 s"]


@pytest.mark.parametrize("status", [408, 425, 429])
def test_temporary_refusals_are_retried(outbox, endpoint, events, send, status):
    add_events(outbox, events[:1], START)
    endpoint.script = [status]
    assert send(outbox) == Delivery(1, 0, 0)


def test_the_requested_wait_is_respected_up_to_a_limit(outbox, endpoint, events, send, clock):
    add_events(outbox, events[:1], START)
    endpoint.script, endpoint.headers = [429, 429], {"Retry-After": "30"}
    send(outbox)
    assert clock.slept == [30.0, 30.0]
    add_events(outbox, events[1:2], START)
    endpoint.script, endpoint.headers = [429], {"Retry-After": "99999"}
    send(outbox, schedule=Schedule(longest=100.0))
    assert clock.slept[2:] == [100.0]


def test_a_failed_event_does_not_delay_others(outbox, endpoint, events, send):
    add_events(outbox, events, START)
    endpoint.script = [500]
    assert send(outbox) == Delivery(3, 0, 0)
    assert endpoint.ids == ["id-0", "id-1", "id-2", "id-0"]


def test_a_timeout_is_retried(outbox, endpoint, events, send, clock):
    add_events(outbox, events[:1], START)
    endpoint.script = [0.6]
    assert send(outbox, timeout=0.2) == Delivery(1, 0, 0)
    assert clock.slept == [2.0]
    assert endpoint.ids == ["id-0", "id-0"]


def test_an_unreachable_receiver_is_retried_and_its_address_is_not_stored(outbox, events, clock):
    add_events(outbox, events[:1], START)
    receiver = Receiver("http://127.0.0.1:9/hook/s3cret", SECRET)
    delivery = deliver(outbox, receiver, now=clock.now, sleep=clock.sleep, schedule=Schedule(tries=3))
    assert delivery == Delivery(0, 1, 0)
    (dead,) = list_events(outbox, "dead", 10)
    assert (dead.tries, dead.last_error) == (3, "cannot be reached (ConnectionError)")


@pytest.mark.parametrize("status", [400, 401, 404, 410, 422])
def test_a_refusal_is_a_dead_letter_immediately(outbox, endpoint, events, send, clock, status):
    add_events(outbox, events[:2], START)
    endpoint.script = [status]
    assert send(outbox) == Delivery(1, 1, 0)
    assert endpoint.ids == ["id-0", "id-1"]
    assert clock.slept == []
    (dead,) = list_events(outbox, "dead", 10)
    assert (dead.event_id, dead.tries) == ("id-0", 1)
    assert dead.last_error.startswith(f"{status} ")
    assert dead.last_error.endswith("missing field")


def test_a_redirect_is_not_followed(outbox, endpoint, events, send):
    add_events(outbox, events[:1], START)
    endpoint.script, endpoint.headers = [307], {"Location": endpoint.url}
    assert send(outbox) == Delivery(0, 1, 0)
    assert len(endpoint.requests) == 1
    assert list_events(outbox, "dead", 10)[0].last_error == (
        "307: points to another path of the same host; redirects are not followed, give the final address"
    )


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("https://who:s3cret@hooks.example:8443/s3cret?token=s3cret", "https://hooks.example:8443"),
        ("/s3cret", "another path of the same host"),
        ("", "no address"),
        ("http://[s3cret", "an address that cannot be read"),
    ],
)
def test_a_redirect_is_a_dead_letter_with_its_target_and_without_secrets(
    outbox, endpoint, events, send, location, target
):
    add_events(outbox, events[:1], START)
    endpoint.answer, endpoint.headers = 302, {"Location": location}
    assert send(outbox) == Delivery(0, 1, 0)
    (dead,) = list_events(outbox, "dead", 10)
    assert dead.last_error.startswith(f"302: points to {target}; redirects are not followed")
    assert "s3cret" not in dead.last_error


def test_too_many_tries_make_a_dead_letter_with_the_last_error(outbox, endpoint, events, send, clock):
    add_events(outbox, events[:1], START)
    endpoint.script = [500, 500, 503]
    assert send(outbox, schedule=Schedule(tries=3)) == Delivery(0, 1, 0)
    assert clock.slept == [2.0, 4.0]
    assert list_events(outbox, "dead", 10)[0].last_error.startswith("503 ")


def test_the_timeout_covers_the_whole_answer(outbox, endpoint, events, send):
    add_events(outbox, events[:2], START)
    endpoint.answer, endpoint.drip = 204, 0.05
    began = time.monotonic()
    assert send(outbox, timeout=0.4, schedule=Schedule(tries=1)) == Delivery(0, 2, 0)
    assert time.monotonic() - began < 4.0
    assert {dead.last_error for dead in list_events(outbox, "dead", 10)} == {"no complete answer within 0.4 s"}


@pytest.mark.parametrize(
    ("address", "known", "sent"), [("127.0.0.1", True, 1), ("127.0.0.1", False, 0), ("127.0.0.2", True, 0)]
)
def test_only_a_receiver_with_a_valid_certificate_gets_events(
    outbox, events, clock, tmp_path, monkeypatch, address, known, sent
):
    certificate = make_certificate(tmp_path, address)
    if known:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate.file))
    add_events(outbox, events[:1], START)
    with listening(certificate.server_context()) as endpoint:
        receiver = Receiver(endpoint.url, SECRET)
        delivery = deliver(outbox, receiver, now=clock.now, sleep=clock.sleep, schedule=Schedule(tries=1))
    assert delivery == Delivery(sent, 1 - sent, 0)
    assert len(endpoint.requests) == sent
    assert all("its certificate is not accepted" in dead.last_error for dead in list_events(outbox, "dead", 10))


def test_the_answer_is_stored_short_and_printable(either_outbox, endpoint, events, send):
    add_events(either_outbox, events[:1], START)
    endpoint.answer, endpoint.body = 400, "no\x00 \x1b[2J\x9b\u202e".encode() + b"\xff" * 10_000_000
    assert send(either_outbox) == Delivery(0, 1, 0)
    (dead,) = list_events(either_outbox, "dead", 10)
    assert dead.last_error.startswith("400 Bad Request no\\u0000 \\u001b[2J\\u009b\\u202e")
    assert len(dead.last_error) <= 500


def test_patience_ends_a_delivery_and_the_next_one_continues(outbox, endpoint, events, send, clock):
    add_events(outbox, events[:1], START)
    endpoint.script = [500, 500, 500]
    assert send(outbox, patience=7.0) == Delivery(0, 0, 1)
    assert clock.now() == START + 6.0
    clock.time += 3600.0
    assert send(outbox, patience=0.0) == Delivery(1, 0, 0)
    assert len(endpoint.requests) == 4


@pytest.mark.parametrize(
    "url", ["ftp://host/x", "file:///etc/passwd", "https://", "host/x", "http://[::1", "http://h:x/"]
)
def test_an_invalid_address_is_refused_without_repeating_it(url):
    with pytest.raises(DeliveryError, match=r"address cannot be read\. Give one like https://host/path") as caught:
        Receiver(url, SECRET)
    assert url not in str(caught.value).replace("https://host/path", "")


def test_a_weak_secret_is_refused_and_the_secret_is_not_in_the_repr():
    for weak, different in [("short", 5), ("a" * 16, 1)]:
        with pytest.raises(DeliveryError, match=f"has {len(weak)} characters, {different} different ones; at least 16"):
            Receiver("https://host/", weak)
    assert SECRET not in repr(Receiver("https://host/", SECRET))
