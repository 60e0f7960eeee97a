"""Deadlines of messages are compared by the clock, except in a night of the past."""

from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from returns_risk.config.params import load_params
from returns_risk.ledger import Ledger
from returns_risk.nightly.deadlines import delivery_time

PARAMS = load_params(Path(__file__).parents[2] / "params.yaml").model_copy(update={"as_of": date(2026, 3, 2)})
CLOCK = datetime(2026, 3, 20, 9, tzinfo=UTC)
AS_OF = datetime(2026, 3, 1, 23, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path):
    return Ledger(f"sqlite:///{tmp_path}/ledger.db", tmp_path / "state")


def run(ledger, at, rerun=0):
    lines = pd.DataFrame({"line_id": ["l1"], "order_id": ["o1"], "decision": ["act"]})
    ledger.append_run(PARAMS.source.name, "2026-03-02", at, {"backfill": False, "rerun": rerun}, lines)


def test_a_night_that_ran_on_its_day_or_some_days_late_keeps_the_clock_also_when_it_is_run_again(ledger):
    assert delivery_time(ledger, PARAMS, CLOCK) == CLOCK
    run(ledger, "2026-03-15T04:00:00+00:00")
    assert delivery_time(ledger, PARAMS, CLOCK) == CLOCK
    run(ledger, "2026-11-30T04:00:00+00:00", rerun=1)
    assert delivery_time(ledger, PARAMS, CLOCK) == CLOCK


def test_a_night_that_first_ran_long_after_its_as_of_keeps_its_as_of(ledger):
    run(ledger, "2026-11-30T04:00:00+00:00")
    assert delivery_time(ledger, PARAMS, CLOCK) == AS_OF
