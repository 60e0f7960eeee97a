"""Outboxes, a receiver, and a clock that only ``sleep`` advances."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from returns_risk.delivery import Event, Receiver, deliver, open_outbox
from tests.receiver import Endpoint, listening

SECRET = "a secret that both sides know"
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


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with listening() as endpoint:
        yield endpoint


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
        Event(f"id-{index}", "flagged_order", "demo", "2026-03-02", index, body) for index, body in enumerate(bodies)
    ]


@pytest.fixture
def send(endpoint, clock):
    """Deliver from an outbox to the endpoint by the fake clock."""

    def send(engine, timeout=5.0, **options):
        receiver = Receiver(endpoint.url, SECRET, timeout)
        return deliver(engine, receiver, now=clock.now, sleep=clock.sleep, **options)

    return send
