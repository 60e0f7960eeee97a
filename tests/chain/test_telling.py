"""How a night that ended well, badly or not at all is told: on the console, by mail, as a table and by webhook."""

import json
import socket
import sqlite3
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from tests.receiver import listening

pytestmark = pytest.mark.usefixtures("house")
LATE = "2026-03-20"
"""By then the extract is late."""


class Sink(Message):
    def __init__(self):
        super().__init__()
        self.mails = []

    def handle_message(self, message):
        self.mails.append(message)


@pytest.fixture
def post():
    sink = Sink()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(sink, hostname="127.0.0.1", port=port)
    server.start()
    yield sink.mails, port
    server.stop()


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


def test_a_digest_that_was_not_mailed_is_mailed_by_the_next_run(call, set_params, post):
    mails, port = post
    set_params(nightly__mail=mail_to(1))
    code, printed, told = night(call)
    assert code == 15
    assert printed.startswith("Returns Risk demo 2026-03-02: done")
    assert "export and ledger are written" in told
    assert Path("exports/as_of=2026-03-02/_SUCCESS").exists()
    set_params(nightly__mail=mail_to(port))
    assert night(call)[0] == 0
    assert night(call)[0] == 0
    assert headlines(mails) == ["already done"]


def test_a_mail_that_cannot_be_sent_does_not_hide_why_the_night_failed(call, set_params):
    set_params(nightly__mail=mail_to(1))
    code, _, told = night(call, LATE)
    assert code == 5
    assert told.splitlines()[-1].startswith("error: order_lines")


def test_a_way_that_fails_does_not_stop_the_others_and_is_tried_again(call, set_params, post, receiver):
    mails, port = post
    set_params(nightly__mail=mail_to(port), nightly__database="sqlite:///shop.db")
    receiver.answer = 400
    code, printed, told = night(call)
    assert code == 15
    assert "dead letters" in told
    assert "NOT HANDED OVER: outbox: " in printed
    with sqlite3.connect("shop.db") as database:
        assert database.execute("SELECT count(*) FROM flagged_orders").fetchone()[0] > 0
    database.close()
    orders = Path("exports/as_of=2026-03-02/handoff.jsonl").read_text().splitlines()
    receiver.answer = 204
    call("outbox", "redrive")
    code, printed, _ = night(call)
    assert code == 0
    assert f"webhook: 0 new events, {len(orders) + 1} sent" in printed
    assert ["NOT HANDED OVER" in one["Subject"] for one in mails] == [True, False]
    night(call)
    assert len(mails) == 2


def test_the_webhook_hears_of_a_failure_once(call, receiver):
    assert night(call, LATE)[0] == 5
    assert night(call, LATE)[0] == 5
    (body,) = [json.loads(one) for _, one in receiver.requests]
    assert (body["type"], body["source"], body["as_of"], body["exit_code"]) == ("run_failed", "demo", LATE, 5)
    assert body["error"].startswith("order_lines")


def test_a_missing_night_is_told_where_that_is_asked_for(call, set_params, post, receiver):
    mails, port = post
    set_params(nightly__mail=mail_to(port))
    status = ("nightly", "status", "--as-of", "2026-03-01", "--expect-by", "05:00")
    assert call(*status)[0] == 18
    assert mails == []
    assert call(*status, "--alert")[0] == 18
    assert headlines(mails) == ["FAILED with exit code 18"]
    assert [json.loads(body)["exit_code"] for _, body in receiver.requests] == [18]


def test_a_backfill_is_told_to_nobody(call, set_params, post, receiver):
    mails, port = post
    set_params(nightly__mail=mail_to(port))
    assert night(call, "2026-03-02", "--backfill", "--model", "1")[0] == 0
    assert night(call, LATE, "--backfill", "--model", "1")[0] == 5
    assert (mails, receiver.requests) == ([], [])


def test_a_defect_is_told_too_without_what_it_says(call, set_params, post, monkeypatch):
    def fail(*_):
        raise ZeroDivisionError("of customer C0000001")

    mails, port = post
    set_params(nightly__mail=mail_to(port))
    monkeypatch.setattr("returns_risk.nightly.run.planned_tonight", fail)
    with pytest.raises(ZeroDivisionError):
        night(call)
    assert headlines(mails) == ["FAILED with exit code 1"]
    assert "a defect of the program: ZeroDivisionError" in mails[0].get_payload()
    assert "C0000001" not in mails[0].get_payload()


def test_memory_that_has_run_out_is_told_as_such(call, set_params, post, monkeypatch):
    def fail(*_):
        raise MemoryError

    mails, port = post
    set_params(nightly__mail=mail_to(port))
    monkeypatch.setattr("returns_risk.nightly.run.planned_tonight", fail)
    code, _, told = night(call)
    assert code == 19
    assert told.splitlines()[-1].startswith("error: memory: there is not enough for this work")
    assert headlines(mails) == ["FAILED with exit code 19"]
