"""A night that should not have been: refused where it is of the future, and withdrawn where it was run."""

import json
import sqlite3
from pathlib import Path

import pandas as pd
import pytest

from returns_risk.errors import ParamsError
from tests.receiver import listening

WRONG, RIGHT = "2026-03-03", "2026-03-02"


def night(call, as_of, *more):
    return call("nightly", "--as-of", as_of, *more)


def scores(as_of):
    return pd.read_parquet(f"exports/as_of={as_of}/scores.parquet").set_index("line_id")


def status(call, as_of):
    return call("nightly", "status", "--as-of", as_of, "--expect-by", "00:00")


def withdraw(call, as_of=WRONG, reason="wrong date, reported by m.muster@example.com"):
    return call("nightly", "withdraw", "--as-of", as_of, "--reason", reason)


def planned_orders(export):
    return [json.loads(one)["order_id"] for one in (export / "handoff.jsonl").read_text().splitlines()]


@pytest.mark.usefixtures("house")
def test_a_night_after_today_is_refused_before_it_blocks_the_real_ones(call):
    for more in ((), ("--backfill", "--model", "1")):
        code, _, error = night(call, "2199-03-02", *more)
        assert code == ParamsError.exit_code
        assert "--as-of 2199-03-02: it is after today, " in error
    # FeatureRequest for, it is the extract that is too old.
    assert night(call, "2199-03-02", "--future")[0] == 5
    assert call("ledger", "verify")[1].startswith("2 entries")


@pytest.mark.usefixtures("house")
def test_a_withdrawn_night_blocks_nothing_is_not_sent_and_can_be_run_anew(call, monkeypatch, tmp_path):
    monkeypatch.setenv("RETURNS_RISK_WEBHOOK_SECRET", "a secret that both sides know")
    export = Path(f"exports/as_of={WRONG}")
    assert withdraw(call)[0] == 16
    night(call, WRONG)
    sent, tried, done, *free = planned_orders(export)
    assert free
    call("publish", "--database", "sqlite:///shop.db")
    with listening() as receiver:
        # The first arrives, the second gets no answer, and then the time is up.
        receiver.script, receiver.answer = [204], 1
        assert call("outbox", "deliver", "--url", receiver.url, "--patience", "0.5", "--timeout", "0.6")[0] == 15
        assert len(receiver.ids) == 2
    pd.DataFrame({"order_id": [done], "disposition": ["done"]}).to_csv(tmp_path / "back.csv", index=False)
    assert call("feedback", "import", str(tmp_path / "back.csv"))[0] == 0
    wrong = scores(WRONG)
    assert "is wrong, withdraw it" in night(call, RIGHT)[2]

    monkeypatch.setenv("RETURNS_RISK_DATABASE", "sqlite:///shop.db")
    assert withdraw(call, reason=" ")[0] == 2
    code, printed, _ = withdraw(call)
    assert code == 0
    assert f"demo {WRONG}: withdrawn, entry " in printed
    assert "events cancelled: " in printed
    assert not export.exists()
    (aside,) = Path("exports/withdrawn").iterdir()
    assert planned_orders(aside) == [sent, tried, done, *free]
    assert call("publish", "--database", "sqlite:///shop.db", "--export", str(aside))[0] == 15
    with sqlite3.connect("shop.db") as database:
        assert database.execute("SELECT count(*) FROM flagged_orders").fetchone() == (0,)
    database.close()
    monkeypatch.delenv("RETURNS_RISK_DATABASE")
    code, _, error = status(call, WRONG)
    assert code == 18
    assert "(one was withdrawn at " in error
    assert "m.muster" not in error
    for command in (("ledger", "show"), ("explain",)):
        code, printed, _ = call(*command, free[0])
        assert code == 0
        assert "; WITHDRAWN at " in printed
        assert "wrong date" in printed
    assert call("ledger", "verify")[0] == 0
    # To do it again is to finish it: nothing more is written.
    head = call("ledger", "verify")[1]
    assert withdraw(call)[0] == 0
    assert call("ledger", "verify")[1] == head

    assert night(call, RIGHT)[0] == 0
    right = scores(RIGHT)
    acted_on = right["order_id"].isin([sent, tried, done])
    assert (right.loc[acted_on, "decision"] == "none").all()
    again = right.index[~acted_on & (right["decision"] != "none")]
    assert len(again.intersection(wrong.index[wrong["decision"] != "none"])) > 0
    with sqlite3.connect("data/outbox.db") as database:
        database.execute("UPDATE outbox SET due_at = 0")
    database.close()
    with listening() as receiver:
        assert call("outbox", "redrive")[0] == 0
        assert call("outbox", "deliver", "--url", receiver.url)[0] == 0
        assert {json.loads(body)["as_of"] for _, body in receiver.requests} == {RIGHT}

    assert night(call, WRONG)[0] == 0
    assert status(call, WRONG)[0] == 0
    anew = scores(WRONG)
    assert (anew.loc[anew["order_id"].isin([sent, tried, done]), "decision"] == "none").all()
    assert call("ledger", "verify")[0] == 0
