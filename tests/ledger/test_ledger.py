"""Rows are added once and chained, so that later changes show."""

import multiprocessing
import os
import sqlite3
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pandas as pd
import pytest
import sqlalchemy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from returns_risk.errors import LedgerError
from returns_risk.ledger import Ledger, ledger_url
from tests.tampering import tamper

AT = "2026-03-02T04:00:00+00:00"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "ledger/ledger.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, file):
    return f"sqlite:///{file}" if request.param == "sqlite" else request.getfixturevalue("postgresql")


def lines(*risks, decision="act"):
    places = range(len(risks))
    return pd.DataFrame(
        {
            "line_id": pd.Series([f"l{index}" for index in places], dtype="str"),
            "order_id": pd.Series([f"o{index // 2}" for index in places], dtype="str"),
            "decision": pd.Series([decision for _ in places], dtype="str"),
            "risk": np.array(risks, dtype=np.float64),
        }
    )


def run(ledger, as_of="2026-03-02", risks=(0.5, np.nan, 0.25), at=AT, **content):
    message = {"model": "m1", "summary": {"export": {"files": {"scores.parquet": "ab12"}}}}
    return ledger.append_run("demo", as_of, at, message | content, lines(*risks))


def test_what_was_added_is_read_back_and_the_chain_holds(url):
    ledger = Ledger(url)
    entry = run(ledger)
    assert (entry.number, entry.kind, entry.source, entry.as_of, entry.at) == (1, "run", "demo", "2026-03-02", AT)
    feedback = ledger.append("feedback", "demo", AT, {"order_id": "o1"})
    assert [item.hash for item in Ledger(url).entries()] == [entry.hash, feedback.hash]
    ((stored, of_order),) = [(item.entry, item.lines) for item in ledger.runs_of_order("demo", "o0")]
    assert stored == entry
    assert of_order == [
        {"line_id": "l0", "order_id": "o0", "decision": "act", "risk": 0.5},
        {"line_id": "l1", "order_id": "o0", "decision": "act", "risk": None},
    ]
    assert ledger.runs_of_order("other", "o0") == []
    verified = ledger.verify()
    assert (verified.entries, verified.lines, verified.head) == (2, 3, feedback.hash)


def test_the_same_run_is_added_once_and_a_changed_one_again(url):
    ledger = Ledger(url)
    first = run(ledger)
    assert run(ledger, at="2026-03-02T05:00:00+00:00") == first
    changed = run(ledger, risks=(0.5, 0.5, 0.25))
    assert changed.number == 2
    assert ledger.latest_run("demo", "2026-03-02") == changed
    assert ledger.latest_run("demo", "2026-03-03") is None


def test_lines_planned_on_earlier_nights_are_listed_but_not_those_of_backfills(url):
    ledger = Ledger(url)
    for as_of, backfill in (("2026-02-28", True), ("2026-03-01", False)):
        ledger.append_export(run(ledger, as_of, backfill=backfill), AT)
    message: dict[str, object] = {"summary": {"export": {"files": {}}}}
    nothing = ledger.append_run("demo", "2026-02-27", AT, message, lines(0.1, 0.2, decision="none"))
    ledger.append_export(nothing, AT)
    assert [item["line_id"] for item in ledger.planned_lines("demo", "2026-03-01")] == ["l0", "l1", "l2"]
    assert ledger.planned_lines("demo", "2026-02-28") == []
    assert ledger.planned_lines("other", "2026-03-02") == []


def test_a_run_counts_as_planned_once_its_export_was_published(url):
    ledger = Ledger(url)
    entry = run(ledger, "2026-03-01")
    assert not ledger.is_exported(entry)
    assert ledger.planned_lines("demo", "2026-03-01") == []
    for _ in range(2):
        ledger.append_export(entry, AT)
    assert ledger.is_exported(entry)
    assert len(ledger.planned_lines("demo", "2026-03-01")) == 3
    (noted,) = ledger.entries("export")
    assert (noted.as_of, noted.content) == ("2026-03-01", {"run": 1, "files": {"scores.parquet": "ab12"}})
    assert ledger.verify().entries == 2


def test_lines_of_orders_have_their_first_published_decision(url):
    ledger = Ledger(url)
    run(ledger, "2026-02-27")
    ledger.append_export(run(ledger, "2026-02-28", backfill=True), AT)
    assert ledger.lines_of_orders("demo", ["o0", "o9"]) == {"o0": {"l0": "none", "l1": "none"}}
    message: dict[str, object] = {"summary": {"export": {"files": {}}}}
    for as_of, decision in (("2026-03-01", "none"), ("2026-03-02", "holdout"), ("2026-03-03", "act")):
        entry = ledger.append_run("demo", as_of, AT, message, lines(0.5, decision=decision))
        ledger.append_export(entry, AT)
    expected = {"o0": {"l0": "holdout", "l1": "none"}, "o1": {"l2": "none"}}
    assert ledger.lines_of_orders("demo", ["o0", "o1"]) == expected
    assert ledger.lines_of_orders("other", ["o0"]) == {}


def test_a_run_without_lines_stands_in_the_ledger(url):
    ledger = Ledger(url)
    run(ledger, risks=())
    assert ledger.verify().lines == 0


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entries SET at = 'never'",
        "DELETE FROM ledger_entries",
        "UPDATE ledger_lines SET decision = 'none'",
        "DELETE FROM ledger_lines WHERE place = 3",
    ],
)
def test_the_database_refuses_to_change_or_remove(url, statement):
    ledger = Ledger(url)
    run(ledger)
    engine = sqlalchemy.create_engine(url, poolclass=sqlalchemy.NullPool)
    with pytest.raises(sqlalchemy.exc.DBAPIError, match="append-only"), engine.begin() as connection:
        connection.exec_driver_sql(statement)
    assert ledger.verify().lines == 3


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE ledger_entries SET at = 'never' WHERE number = 1", "entry 1 was changed"),
        ("UPDATE ledger_entries SET content = replace(content, 'm1', 'm2') WHERE number = 3", "entry 3 was changed"),
        ("DELETE FROM ledger_entries WHERE number = 2", "entry 2 was changed, or one before it is missing"),
        ("UPDATE ledger_lines SET content = replace(content, '0.5', '0.9')", "line 1 of the run of 2026-03-02"),
        ("UPDATE ledger_lines SET decision = 'none' WHERE place = 2", "line 2 of the run of 2026-03-02"),
        ("UPDATE ledger_lines SET order_id = 'o9' WHERE place = 3", "line 3 of the run of 2026-03-02"),
        ("DELETE FROM ledger_lines WHERE place = 3", "had 3 lines"),
        ("DELETE FROM ledger_lines WHERE place = 1", "line 1 of the run"),
        ("INSERT INTO ledger_lines SELECT 2, place, line_id, order_id, decision, content, hash FROM ledger_lines",
         "belongs to entry 2, which is no run"),
    ],
)  # fmt: skip
def test_whatever_is_changed_behind_its_back_shows(file, statement, message):
    ledger = Ledger(f"sqlite:///{file}")
    run(ledger)
    ledger.append("feedback", "demo", AT, {"order_id": "o1"})
    run(ledger, "2026-03-03", risks=())
    ledger.verify()
    tamper(file, statement)
    with pytest.raises(LedgerError, match=message):
        ledger.verify()


def test_entries_are_verified_against_their_chain_also_without_the_lines_of_runs(file):
    ledger = Ledger(f"sqlite:///{file}")
    run(ledger)
    ledger.append("promotion", "demo", AT, {"action": "promote"})
    tamper(file, "UPDATE ledger_lines SET decision = 'none' WHERE place = 1")
    assert ledger.verify(lines_since=None).entries == 2
    assert ledger.verify(lines_since="2026-03-03").lines == 0
    with pytest.raises(LedgerError, match="line 1 of the run"):
        ledger.verify(lines_since="2026-03-02")
    tamper(file, "UPDATE ledger_entries SET content = '{}' WHERE number = 2")
    with pytest.raises(LedgerError, match="entry 2 was changed"):
        ledger.verify(lines_since=None)


def test_a_row_is_not_replaced_either(file):
    ledger = Ledger(f"sqlite:///{file}")
    run(ledger)
    with sqlite3.connect(file) as connection:
        for table in ("ledger_entries", "ledger_lines"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
    connection.close()
    assert ledger.verify().lines == 3


def test_a_ledger_knows_its_end_and_whether_it_still_holds_what_was_noted_of_it(url, tmp_path):
    ledger, other = Ledger(url, tmp_path / "state"), Ledger(url, tmp_path / "other")
    assert ledger.head() == (0, "0" * 64)
    run(ledger)
    ledger.require_head("demo")
    with pytest.raises(LedgerError, match=r"it has nights of demo, but .*ledger-demo\.json.* is missing"):
        other.append("feedback", "demo", AT, {"order_id": "o1"})
    other.accept_head("demo")
    # Each folder knows the end that it saw last.
    other.append("feedback", "demo", AT, {"order_id": "o1"})
    ledger.require_head("demo")
    (tmp_path / "state/ledger-demo.json").write_text('{"number": 3, "hash": "00"}')
    with pytest.raises(LedgerError, match="has 2 entries and lacks entry 3, which was its last"):
        ledger.append("feedback", "demo", AT, {"order_id": "o2"})
    (tmp_path / "state/ledger-demo.json").write_text('{"number"')
    with pytest.raises(LedgerError, match=r"ledger-demo\.json: cannot be read \(JSONDecodeError\)"):
        ledger.require_head("demo")
    assert Ledger(url).verify().entries == 2


def test_a_line_planned_twice_in_a_night_has_its_first_decision(url):
    ledger = Ledger(url)
    for decision in ("act", "holdout"):
        message = {"summary": {"export": {"files": {decision: "ab"}}}}
        ledger.append_export(ledger.append_run("demo", "2026-03-02", AT, message, lines(0.5, decision=decision)), AT)
    (only,) = ledger.planned_lines("demo", "2026-03-02", since="2026-03-02")
    assert (only["decision"], only["run"]) == ("act", 1)


def _append_entries(url, who):
    ledger = Ledger(url)
    for number in range(5):
        ledger.append("feedback", "demo", AT, {"order_id": f"{who}-{number}"})


def test_writers_at_once_wait_for_each_other(url):
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn")) as pool:
        list(pool.map(_append_entries, [url] * 4, range(4)))
    assert Ledger(url).verify().entries == 20


def test_a_run_that_dies_half_way_leaves_nothing(file, monkeypatch):
    ledger = Ledger(f"sqlite:///{file}")
    run(ledger, "2026-03-01")
    pid = os.fork()
    if pid == 0:
        monkeypatch.setattr("returns_risk.ledger.store.add_lines", lambda *_: os._exit(9))
        run(ledger)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9
    assert ledger.verify().entries == 1


texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
numbers = st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
values = st.none() | st.booleans() | numbers | texts


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.lists(st.dictionaries(texts, values, max_size=4), min_size=1, max_size=4))
def test_any_content_comes_back_as_it_was(tmp_path_factory, contents):
    ledger = Ledger(f"sqlite:///{tmp_path_factory.mktemp('ledger')}/ledger.db")
    for content in contents:
        ledger.append("feedback", "démo", AT, content)
    assert [item.content for item in ledger.entries("feedback", "démo")] == contents
    assert ledger.verify().entries == len(contents)


def test_an_unreachable_database_is_reported_without_its_password(tmp_path):
    with pytest.raises(LedgerError, match=r"address cannot be read. Give sqlite"):
        Ledger("nonsense").verify()
    (tmp_path / "file").write_text("no database, and long enough to be taken for one" * 40)
    with pytest.raises(LedgerError, match="file is not a database"):
        Ledger(f"sqlite:///{tmp_path}/file").verify()
    with pytest.raises(LedgerError) as refused:
        Ledger("postgresql+psycopg://anna:secret@127.0.0.1:1/none").verify()
    assert "secret" not in str(refused.value)
    assert "Check that the database can be reached" in str(refused.value)


def test_the_environment_decides_on_the_address(monkeypatch):
    assert ledger_url("sqlite:///a.db") == "sqlite:///a.db"
    monkeypatch.setenv("RETURNS_RISK_LEDGER", "sqlite:///b.db")
    assert ledger_url("sqlite:///a.db") == "sqlite:///b.db"
