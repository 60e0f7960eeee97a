"""Delivery of a night that ended well, badly or not at all: console, mail, table and webhook."""

import contextlib
import json
import socket
import sqlite3
import threading
import time
from datetime import date
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from aiosmtpd.smtp import AuthResult

from returns_risk.config.params import MailParams, load_params
from returns_risk.delivery.publish import WebhookConfig
from returns_risk.errors import DeliveryError
from returns_risk.ledger import Ledger, ledger_url
from returns_risk.nightly import Channels, Digest, Night, run_and_notify
from returns_risk.nightly.mail import send_mail
from tests.certificates import make_certificate
from tests.receiver import listening

pytestmark = pytest.mark.usefixtures("house")
LATE = "2026-03-20"
"""By then the extract is late."""


class Sink(Message):
    def __init__(self):
        super().__init__()
        self.mails = []

    def handle_message(self, message):
        message["X-Arrived"] = str(time.monotonic())
        self.mails.append(message)


@contextlib.contextmanager
def serving(**options):
    """Yield the mails that a server gets, and its port."""
    sink = Sink()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(sink, hostname="127.0.0.1", port=port, **options)
    server.start()
    yield sink.mails, port
    server.stop()


@pytest.fixture
def post():
    with serving() as server:
        yield server


@pytest.fixture
def receiver(monkeypatch):
    monkeypatch.setenv("RETURNS_RISK_WEBHOOK_SECRET", "a secret that both sides know")
    with listening() as endpoint:
        monkeypatch.setenv("RETURNS_RISK_WEBHOOK_URL", endpoint.url)
        yield endpoint


def mail_to(port):
    return {
        "host": "127.0.0.1", "port": port, "security": "none", "sender": "a@example.com",
        "recipients": ["b@example.com"],
    }  # fmt: skip


def night(call, as_of="2026-03-02", *more):
    return call("nightly", "--as-of", as_of, *more)


def headlines(mails):
    return [one["Subject"].split(": ", 1)[1].split(",")[0].strip() for one in mails]


def test_the_digest_is_mailed_once_also_when_the_night_fails(call, set_params, post):
    mails, port = post
    set_params(nightly__mail=mail_to(port))
    assert night(call)[0] == 0
    assert night(call)[0] == 0
    assert night(call, LATE)[0] == 5
    assert headlines(mails) == ["done", "FAILED with exit code 5"]
    assert "candidates: " in mails[0].get_payload()
    assert "order_lines" in mails[1].get_payload()


def test_the_chains_export_is_not_delivered(call):
    code, _, error = call("publish", "--database", "sqlite:///x.db", "--export", "exports/chain/as_of=2026-03-02")
    assert (code, "is the chain's rehearsal" in error) == (15, True)


def test_a_digest_that_was_not_mailed_is_mailed_by_the_next_run(call, set_params, post):
    mails, port = post
    set_params(nightly__mail=mail_to(1))
    code, printed, error = night(call)
    assert code == 15
    assert printed.startswith("Returns Risk demo 2026-03-02: done")
    assert "Export and ledger are written" in error
    assert Path("exports/as_of=2026-03-02/_SUCCESS").exists()
    set_params(nightly__mail=mail_to(port))
    assert night(call)[0] == 0
    assert night(call)[0] == 0
    assert headlines(mails) == ["already done"]


@pytest.fixture
def passwords(monkeypatch):
    """The passwords that a mail server of these tests was given."""
    monkeypatch.setenv("RETURNS_RISK_SMTP_PASSWORD", "a password")
    return []


@pytest.fixture
def accept(passwords):
    def accept(*request):
        passwords.append(request[-1].password)
        return AuthResult(success=True)

    return accept


def test_the_password_goes_only_to_a_server_whose_certificate_holds(call, set_params, passwords, accept, tmp_path):
    certificate = make_certificate(tmp_path)
    with serving(tls_context=certificate.server_context(), authenticator=accept) as (mails, port):
        mail = mail_to(port) | {"security": "starttls", "user": "operations"}
        set_params(nightly__mail=mail)
        code, _, error = night(call)
        assert (code, mails, passwords) == (15, [], [])
        assert "certificate" in error
        assert "Export and ledger are written" in error
        set_params(nightly__mail=mail | {"ca_file": "nowhere.pem"})
        code, _, error = night(call)
        assert (code, passwords) == (15, [])
        assert "nightly.mail.ca_file nowhere.pem cannot be read" in error
        set_params(nightly__mail=mail | {"ca_file": str(certificate.file)})
        assert night(call)[0] == 0
        assert headlines(mails) == ["already done"]
        assert passwords == [b"a password"]


@pytest.mark.parametrize(("address", "known"), [("127.0.0.1", False), ("127.0.0.2", True), ("127.0.0.1", True)])
def test_by_tls_from_the_first_byte_certificate_and_host_have_to_hold_too(passwords, accept, tmp_path, address, known):
    certificate = make_certificate(tmp_path, address)
    # Such a server does not know that it is encrypted.
    options = {"ssl_context": certificate.server_context(), "authenticator": accept, "auth_require_tls": False}
    with serving(**options) as (mails, port):
        mail = mail_to(port) | {"security": "tls", "user": "operations"}
        params = MailParams(**mail | ({"ca_file": certificate.file} if known else {}))
        digest = Digest("demo", "2026-03-02", "done", "done")
        if known and address == "127.0.0.1":
            send_mail(digest, params)
            assert (len(mails), passwords) == (1, [b"a password"])
        else:
            with pytest.raises(DeliveryError, match=r"did not take the digest \(.*certificate"):
                send_mail(digest, params)
            assert (mails, passwords) == ([], [])


def test_a_mail_that_cannot_be_sent_does_not_hide_why_the_night_failed(call, set_params):
    set_params(nightly__mail=mail_to(1))
    code, _, error = night(call, LATE)
    assert code == 5
    assert error.splitlines()[-1].startswith("error: order_lines")


def test_a_channel_that_fails_does_not_stop_the_others_and_is_tried_again(call, set_params, post, receiver):
    mails, port = post
    set_params(nightly__mail=mail_to(port), nightly__database="sqlite:///shop.db")
    receiver.answer = 400
    code, printed, error = night(call)
    assert code == 15
    assert "dead letters" in error
    assert "NOT DELIVERED: outbox: " in printed
    with sqlite3.connect("shop.db") as database:
        assert database.execute("SELECT count(*) FROM flagged_orders").fetchone()[0] > 0
    database.close()
    orders = Path("exports/as_of=2026-03-02/handoff.jsonl").read_text().splitlines()
    receiver.answer = 204
    call("outbox", "redrive")
    code, printed, _ = night(call)
    assert code == 0
    assert f"webhook: 0 new events, {len(orders) + 1} sent" in printed
    assert ["NOT DELIVERED" in one["Subject"] for one in mails] == [True, False]
    night(call)
    assert len(mails) == 2


def test_dead_letters_keep_a_night_from_being_green_until_they_are_dismissed(call, receiver, monkeypatch):
    receiver.answer, receiver.headers = 302, {"Location": "https://who:s3cret@elsewhere.example/hook"}
    for _ in range(2):
        code, printed, error = night(call)
        assert code == 15
        assert "NOT DELIVERED" in printed.splitlines()[0]
        for text in (printed, error):
            assert "events are dead letters and 0 wait" in text
            assert "outbox redrive, then deliver; or give them up: returns-risk outbox dismiss" in text
    code, printed, error = call("nightly", "status", "--as-of", "2026-03-02")
    assert (code, printed.split(",")[0]) == (15, "demo 2026-03-02: done")
    assert "events are dead letters" in error
    listed = call("outbox", "status")[1]
    assert "302: points to https://elsewhere.example; redirects are not followed" in " ".join(listed.split())
    assert "s3cret" not in listed
    content = json.loads(night(call, "2026-03-02", "--log-format", "json")[1])
    assert any("events are dead letters" in line for line in content["lines"])
    with monkeypatch.context() as patch:
        patch.delenv("RETURNS_RISK_WEBHOOK_URL")
        assert night(call)[0] == 15
    requests = len(receiver.requests)
    assert call("outbox", "dismiss", "--reason", "entered by hand")[0] == 0
    assert night(call)[0] == 0
    assert call("nightly", "status", "--as-of", "2026-03-02")[0] == 0
    assert len(receiver.requests) == requests


def test_digest_and_mail_do_not_wait_for_a_receiver_that_drips(enter, after_night, receiver, post):
    def run(patience, recovers=False):
        params = load_params().model_copy(update={"as_of": date(2026, 3, 2)})
        webhook = WebhookConfig(receiver.url, "sqlite:///data/outbox.db", time.time, time.sleep, patience, timeout=0.3)
        channels = Channels(None, webhook, MailParams(**mail_to(port)), webhook.outbox)
        shown = []

        def show(digest):
            shown.append((digest.headline, time.monotonic()))
            receiver.drip = 0.0 if recovers else receiver.drip

        ledger = Ledger(ledger_url(params.nightly.ledger))
        failed = run_and_notify(Night(params, "champion", ledger, "2026-03-02T04:00:00+00:00"), channels, show)
        return failed, shown, time.monotonic()

    mails, port = post
    enter(after_night("2026-03-02"))
    receiver.drip = 0.05
    (failed,), [(headline, shown)], ended = run(patience=3.0)
    assert "0 events are dead letters" in str(failed)
    assert headline.endswith("; NOT DELIVERED")
    assert float(mails[0]["X-Arrived"]) - shown < 1.5
    assert 1.5 < ended - shown < 10.0
    # Its deadline is not over when the receiver is well again: all arrives, and a second mail says so.
    failed, [(headline, _)], _ = run(patience=30.0, recovers=True)
    assert failed == []
    assert headline.endswith("; NOT DELIVERED")
    assert ["NOT DELIVERED" in one["Subject"] for one in mails] == [True, False]


@pytest.mark.parametrize("security", ["none", "starttls"])
def test_a_mail_server_that_drips_does_not_hold_the_night(security):
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=drip, args=(server,), daemon=True).start()
        digest = Digest("demo", "2026-03-02", "done", "done")
        params = MailParams(**mail_to(server.getsockname()[1]) | {"security": security})
        began = time.monotonic()
        with pytest.raises(DeliveryError, match=r"did not take the digest \(not done within 0\.5 s\)"):
            send_mail(digest, params, 0.5)
        assert time.monotonic() - began < 3.0


def drip(server):
    """Greet a client without an end."""
    client, _ = server.accept()
    with client, contextlib.suppress(OSError):
        while True:
            client.sendall(b"2")
            time.sleep(0.05)


def test_a_mail_to_nowhere_is_an_error_of_delivery_and_no_header_can_be_put_in(call, set_params, post):
    mails, port = post
    set_params(nightly__mail=mail_to(port) | {"sender": "a@example.com\nBcc: c@example.com"})
    assert night(call)[0] == 15
    set_params(nightly__mail=mail_to(port) | {"host": "a..example"})
    assert night(call)[0] == 15
    assert mails == []


def test_the_webhook_receives_a_failure_once(call, receiver):
    assert night(call, LATE)[0] == 5
    assert night(call, LATE)[0] == 5
    (body,) = [json.loads(one) for _, one in receiver.requests]
    assert (body["type"], body["source"], body["as_of"], body["exit_code"]) == ("run_failed", "demo", LATE, 5)
    assert body["error"].startswith("order_lines")


def test_a_missing_night_is_reported_with_the_option_alert(call, set_params, post, receiver):
    mails, port = post
    set_params(nightly__mail=mail_to(port))
    status = ("nightly", "status", "--as-of", "2026-03-01", "--expect-by", "05:00")
    assert call(*status)[0] == 18
    assert mails == []
    assert call(*status, "--alert")[0] == 18
    assert headlines(mails) == ["FAILED with exit code 18"]
    assert [json.loads(body)["exit_code"] for _, body in receiver.requests] == [18]


def test_a_backfill_is_never_delivered(call, set_params, post, receiver):
    mails, port = post
    set_params(nightly__mail=mail_to(port))
    assert night(call, "2026-03-02", "--backfill", "--model", "1")[0] == 0
    assert night(call, LATE, "--backfill", "--model", "1")[0] == 5
    assert (mails, receiver.requests) == ([], [])


def test_a_defect_is_reported_without_its_text(call, set_params, post, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError("of customer C0000001")

    mails, port = post
    set_params(nightly__mail=mail_to(port))
    monkeypatch.setattr("returns_risk.nightly.run.read_validated_extract", fail)
    with pytest.raises(ZeroDivisionError):
        night(call)
    assert headlines(mails) == ["FAILED with exit code 1"]
    assert "a defect of the program: ZeroDivisionError" in mails[0].get_payload()
    assert "C0000001" not in mails[0].get_payload()


def test_too_little_memory_is_reported_as_such(call, set_params, post, monkeypatch):
    def fail(*_):
        raise MemoryError

    mails, port = post
    set_params(nightly__mail=mail_to(port))
    monkeypatch.setattr("returns_risk.nightly.run.read_validated_extract", fail)
    code, _, error = night(call)
    assert code == 19
    assert error.splitlines()[-1].startswith("error: memory: there is not enough for this work")
    assert headlines(mails) == ["FAILED with exit code 19"]
