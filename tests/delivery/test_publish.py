"""What a delivery sends of an outbox: a night its own events, an alert nothing but alerts."""

import json

import pytest

from returns_risk.delivery import add_events, count_states, open_outbox, read_events
from returns_risk.delivery.publish import WebhookConfig, send_failure
from returns_risk.errors import DataError
from tests.delivery.conftest import SECRET, START
from tests.small_exports import write_night


@pytest.fixture
def webhook(endpoint, clock, tmp_path, monkeypatch):
    monkeypatch.setenv("RETURNS_RISK_WEBHOOK_SECRET", SECRET)
    return WebhookConfig(endpoint.url, f"sqlite:///{tmp_path}/outbox.db", clock.now, clock.sleep)


def types(endpoint):
    return [json.loads(body)["type"] for _, body in endpoint.requests]


def test_an_alert_sends_no_order_that_an_earlier_night_left_pending(webhook, endpoint, tmp_path):
    with open_outbox(webhook.outbox) as engine:
        add_events(engine, read_events(write_night(tmp_path / "night")), START)
        send_failure("tests", "2026-03-03", DataError("order_lines: the extract is old."), webhook)
        assert types(endpoint) == ["run_failed"]
        assert count_states(engine) == {"pending": 3, "sent": 1, "dead": 0, "dismissed": 0, "withdrawn": 0}


def test_an_alert_that_could_not_be_sent_is_sent_by_the_next(webhook, endpoint):
    endpoint.answer = 503
    send_failure("tests", "2026-03-03", DataError("order_lines: the extract is old."), webhook)
    endpoint.answer = 204
    endpoint.requests.clear()
    send_failure("tests", "2026-03-04", DataError("order_lines: the extract is older."), webhook)
    assert [json.loads(body)["as_of"] for _, body in endpoint.requests] == ["2026-03-04", "2026-03-03"]
