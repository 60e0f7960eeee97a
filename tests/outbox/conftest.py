"""A receiver on this machine that answers as told, and a clock that only sleeping moves."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from returns_risk.outbox import Event, open_outbox

START = 1_772_409_600.0


@dataclass
class Clock:
    time: float = START
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        if seconds:
            self.slept.append(seconds)
        self.time += seconds


@dataclass
class Endpoint:
    """Answers with ``script`` in turn, then with 204; a number of seconds below 100 is how long it keeps silent."""

    url: str = ""
    script: list[float] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def ids(self) -> list[str]:
        return [headers["X-Returns-Risk-Event"] for headers, _ in self.requests]


class Server(ThreadingHTTPServer):
    daemon_threads = True
    endpoint: Endpoint


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        endpoint = self.server.endpoint
        body = self.rfile.read(int(self.headers["Content-Length"]))
        endpoint.requests.append((dict(self.headers), body))
        answer = endpoint.script.pop(0) if endpoint.script else 204
        if answer < 100:
            time.sleep(answer)
            self.close_connection = True
            return
        self.send_response(int(answer))
        for name, value in endpoint.headers.items():
            self.send_header(name, value)
        told = b"" if answer == 204 else b"what is wrong"
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by the base class
        del format, args


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with Server(("127.0.0.1", 0), Handler) as server:
        server.endpoint = Endpoint(f"http://127.0.0.1:{server.server_port}/returns")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.endpoint
        server.shutdown()
        thread.join()


@pytest.fixture
def outbox(tmp_path):
    with open_outbox(f"sqlite:///{tmp_path}/outbox.db") as engine:
        yield engine


@pytest.fixture(params=["sqlite", "postgresql"])
def either_outbox(request, tmp_path):
    """Both databases in turn."""
    sqlite = request.param == "sqlite"
    url = f"sqlite:///{tmp_path}/outbox.db" if sqlite else request.getfixturevalue("postgresql")
    with open_outbox(url) as engine:
        yield engine


@pytest.fixture
def events() -> list[Event]:
    """Three events of one night."""
    bodies = ['{"order_id":"O1"}', '{"order_id":"O2"}', '{"orders":2}']
    return [
        Event(f"id-{place}", "flagged_order", "demo", "2026-03-02", place, body) for place, body in enumerate(bodies)
    ]
