"""After a withdrawal the next extract is compared with that of the latest night that stands."""

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from returns_risk.ledger import Ledger
from returns_risk.monitoring import night_folder
from returns_risk.nightly import withdraw_night
from returns_risk.validation.row_counts import Extract, write_extract

AT = "2026-03-04T04:00:00+00:00"
CONFIRMED = Path("data/state/volumes-shop-nightly.json")
LINES = pd.DataFrame({"line_id": ["l1"], "order_id": ["o1"], "decision": ["act"]})


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Ledger("sqlite:///ledger.db", Path("data/state"))


def run(ledger, as_of, rows):
    extract = Extract(as_of, {"order_lines": rows})
    write_extract(night_folder("shop", as_of) / "extract.json", extract)
    write_extract(CONFIRMED, extract)
    ledger.append_run("shop", as_of, AT, {"backfill": False}, LINES)


def withdraw(ledger, as_of):
    withdraw_night(ledger, "shop", date.fromisoformat(as_of), "wrong", AT, "sqlite:///outbox.db", None)


def confirmed():
    return json.loads(CONFIRMED.read_text())["rows"]["order_lines"]


def test_the_counts_of_a_withdrawn_night_give_way_to_those_of_the_night_before(ledger):
    run(ledger, "2026-03-02", 100)
    run(ledger, "2026-03-03", 900)
    # A night that failed later says nothing about how many rows the next must have.
    write_extract(night_folder("shop", "2026-03-04") / "extract.json", Extract("2026-03-04", {"order_lines": 5}))
    withdraw(ledger, "2026-03-03")
    assert confirmed() == 100
    withdraw(ledger, "2026-03-02")
    assert not CONFIRMED.exists()


def test_the_counts_of_a_later_night_stand(ledger):
    run(ledger, "2026-03-02", 100)
    run(ledger, "2026-03-03", 900)
    withdraw(ledger, "2026-03-02")
    assert confirmed() == 900
