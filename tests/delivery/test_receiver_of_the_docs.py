"""The receiver of docs/how-to/hand-over.md works as the page says."""

import re
import threading
import time
from http.server import HTTPServer
from pathlib import Path

import pytest

from returns_risk.delivery import Delivery, Receiver, add_events, deliver, read_events, sign
from tests.small_exports import write_night

PAGE = Path(__file__).parents[2] / "docs/how-to/hand-over.md"
SECRET = "a secret that both sides know"


@pytest.fixture
def page_code(monkeypatch):
    monkeypatch.setenv("RETURNS_RISK_WEBHOOK_SECRET", SECRET)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    names = {"__name__": "receiver"}
    exec(compile(code, str(PAGE), "exec"), names)
    return names


def test_it_receives_a_night(page_code, tmp_path, outbox):
    page_code["Receiver"].log_message = lambda *_: None
    events = read_events(write_night(tmp_path / "export"))
    with HTTPServer(("127.0.0.1", 0), page_code["Receiver"]) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        add_events(outbox, events, 0.0)
        receiver = Receiver(f"http://127.0.0.1:{server.server_port}/", SECRET)
        assert deliver(outbox, receiver, now=time.time, sleep=time.sleep) == Delivery(3, 0, 0)
        server.shutdown()
        thread.join()
    assert list(page_code["DONE"]) == [event.event_id for event in events]


def test_it_refuses_forged_and_old_messages_and_acts_once(page_code):
    body, stamp = b'{"event_id":"one"}', "1772409600"
    headers = {"X-Returns-Risk-Timestamp": stamp, "X-Returns-Risk-Signature": sign(SECRET, stamp, body)}
    accept = page_code["accept"]
    assert accept(headers, b'{"event_id":"two"}', 1772409600.0) == 401
    assert accept(headers, body, 1772409999.0) == 401
    assert page_code["DONE"] == {}
    assert [accept(headers, body, 1772409600.0) for _ in range(2)] == [204, 204]
    assert list(page_code["DONE"]) == ["one"]
