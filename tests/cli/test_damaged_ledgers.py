"""A ledger that is read, locked, damaged, cut short, newer or missing: an error in one line, without waiting."""

import json
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy
from typer.testing import CliRunner

from returns_risk.cli.app import app
from returns_risk.io.logging import reporting_errors
from returns_risk.ledger import Ledger
from tests.tampering import tamper

ROOT = Path(__file__).parents[2]
AT = "2026-03-02T04:00:00+00:00"
FILE = Path("ledger/ledger.db")
NOTE = Path("data/state/ledger-demo.json")
COMMAND = [str(Path(sys.executable).parent / "returns-risk")]
EVERY = [("ledger", "verify"), ("ledger", "show", "O1"), ("nightly", "status"), ("feedback", "import", "back.csv")]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, monkeypatch):
    """Of a ledger in either database, with a night in it that was accepted here."""
    url = request.getfixturevalue("postgresql") if request.param == "postgresql" else f"sqlite:///{FILE}"
    monkeypatch.setenv("RETURNS_RISK_LEDGER", url)
    score(url)
    return url


@pytest.fixture(autouse=True)
def shop(tmp_path, monkeypatch):
    """A working folder without a ledger, and a file of feedback on one order."""
    shutil.copy(ROOT / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RETURNS_RISK_LEDGER", raising=False)
    Path("back.csv").write_text("order_id,disposition\nO1,done\n")
    return tmp_path


@pytest.fixture
def call(capsys):
    """Run the command line; return its exit code and all that it printed."""

    def run(*arguments):
        done = []

        def invoke():
            done.append(CliRunner().invoke(app, arguments))
            if isinstance(done[0].exception, Exception):
                raise done[0].exception

        code = reporting_errors(invoke)
        return code or done[0].exit_code, done[0].stdout + capsys.readouterr().err

    return run


def score(url, orders=1):
    lines = [[f"O{number}", f"O{number}-1", "act"] for number in range(1, orders + 1)]
    frame = pd.DataFrame(lines, columns=["order_id", "line_id", "decision"], dtype="str")
    content = {"backfill": False, "summary": {"export": {"files": {}}}}
    ledger = Ledger(url, NOTE.parent)
    ledger.append_export(ledger.append_run("demo", "2026-03-02", AT, content, frame), AT)


def execute(url, *statements):
    engine = sqlalchemy.create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def holds(process, file):
    """Say whether a process has a file open; what it closes meanwhile does not count."""
    opened = set()
    for descriptor in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):
            opened.add(descriptor.readlink())
    return file in opened


def test_a_long_verify_does_not_hold_up_who_writes(call):
    score(f"sqlite:///{FILE}", 20_000)
    with subprocess.Popen([*COMMAND, "ledger", "verify"], stdout=subprocess.PIPE, text=True) as reader:
        while not holds(reader.pid, FILE.resolve()):
            pass
        time.sleep(0.05)
        reader.send_signal(signal.SIGSTOP)
        code, message = call("feedback", "import", "back.csv")
        reader.send_signal(signal.SIGCONT)
        assert (code, message.splitlines()[0]) == (0, "back.csv: 1 stored, 0 unchanged, 0 rejected")
        assert "2 entries and 20,000 lines, all unchanged" in reader.communicate()[0]
    assert call("ledger", "verify")[1].startswith("3 entries")


def test_a_missing_ledger_reads_as_empty_and_is_not_created(shop, call, postgresql, monkeypatch):
    for database in (f"sqlite:///{FILE}", postgresql):
        monkeypatch.setenv("RETURNS_RISK_LEDGER", database)
        assert call("ledger", "verify")[1].startswith("0 entries and 0 lines")
        assert call("ledger", "show", "O1")[0] == 16
        assert call("nightly", "status", "--as-of", "2026-03-02")[0] == 18
        assert call("feedback", "import", "back.csv")[0] == 20
    engine = sqlalchemy.create_engine(postgresql)
    assert sqlalchemy.inspect(engine).get_table_names() == []
    engine.dispose()
    assert sorted(item.name for item in shop.iterdir()) == ["back.csv", "params.yaml"]


def test_reading_changes_no_older_ledger(call):
    score(f"sqlite:///{FILE}")
    tamper(FILE, "UPDATE ledger_version SET version_num = '0002'")
    tamper(FILE, "DROP TABLE ledger_writers")
    assert call("ledger", "verify")[1].startswith("2 entries and 1 lines, all unchanged")
    with closing(sqlite3.connect(FILE)) as ledger:
        assert ledger.execute("SELECT version_num FROM ledger_version").fetchone() == ("0002",)
    assert call("feedback", "import", "back.csv")[0] == 0
    assert call("ledger", "verify")[1].startswith("3 entries")


def test_a_ledger_beside_which_nothing_can_be_written_is_refused_in_one_line(call):
    score(f"sqlite:///{FILE}")
    FILE.with_name("ledger.db-shm").symlink_to("nowhere")
    for command in EVERY:
        code, printed = call(*command)
        assert (code, len(printed.splitlines())) == (16, 1), command
        assert "SQLite writes files beside the database even where it is only read" in printed


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE ledger_version SET version_num = '9999'", "it was written by a newer version"),
        ("DROP TABLE ledger_lines", "the table ledger_lines is missing. Restore the database from a backup."),
    ],
)
def test_a_newer_ledger_and_one_without_a_table_are_refused_in_one_line(url, call, statement, message):
    execute(url, statement)
    for command in EVERY:
        code, printed = call(*command)
        assert (code, len(printed.splitlines())) == (16, 1), command
        assert printed.startswith(f"error: ledger: {message}")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda complete: complete[: len(complete) // 2], "is malformed: it is damaged, or was cut short. Restore it"),
        (lambda _: b"no database" * 1000, "file is not a database: it is damaged"),
    ],
    ids=["cut short", "no database"],
)
def test_a_file_that_is_damaged_is_refused_in_one_line(call, spoil, message):
    score(f"sqlite:///{FILE}", 300)
    FILE.write_bytes(spoil(FILE.read_bytes()))
    for command in EVERY:
        code, printed = call(*command)
        assert (code, len(printed.splitlines())) == (16, 1), command
        assert message in printed


@pytest.mark.parametrize("content", ["CAST(X'ff7b4f31' AS TEXT)", "X'4f31'", "'O1 {'", "'[]'", "'{}'", "1"])
@pytest.mark.parametrize("table", ["ledger_entries", "ledger_lines"])
def test_damaged_rows_are_named_without_what_they_hold(call, table, content):
    score(f"sqlite:///{FILE}")
    tamper(FILE, f"UPDATE {table} SET content = {content}")
    code, printed = call("ledger", "verify")
    assert (code, len(printed.splitlines())) == (16, 1)
    assert "O1" not in printed


@pytest.mark.parametrize("content", ["'{}'", "replace(content, 'act', 'holdout')"])
def test_forged_lines_are_not_shown_as_recorded(call, content):
    score(f"sqlite:///{FILE}")
    tamper(FILE, f"UPDATE ledger_lines SET content = {content}")
    for command in (("ledger", "show", "O1"), ("explain", "O1")):
        code, message = call(*command)
        assert (code, len(message.splitlines())) == (16, 1)
        assert "line 1 of the run of 2026-03-02 (entry 1) was changed" in message


def test_a_trigger_that_was_added_shows_and_an_entry_that_it_drops_does_not_count_as_stored(call):
    score(f"sqlite:///{FILE}")
    execute(f"sqlite:///{FILE}", "CREATE TRIGGER x BEFORE INSERT ON ledger_entries BEGIN SELECT RAISE(IGNORE); END")
    code, message = call("feedback", "import", "back.csv")
    assert (code, "entry 3 was not stored" in message) == (16, True)
    code, message = call("ledger", "verify")
    assert (code, "1 triggers were added" in message) == (16, True)


def test_a_lost_ledger_is_not_begun_anew_beside_the_export_of_a_night(call):
    export = Path("exports/as_of=2026-03-02")
    export.mkdir(parents=True)
    (export / "manifest.json").write_text('{"source": "another"}')
    assert call("ledger", "verify")[0] == 0
    (export / "manifest.json").write_text('{"source": "demo"}')
    for command in (("ledger", "verify"), ("nightly", "--as-of", "2026-03-02")):
        code, message = call(*command)
        assert (code, f"{export} is the export of a night" in message) == (16, True)
    assert call("ledger", "verify", "--accept")[0] == 0
    assert call("ledger", "verify")[0] == 0


def test_a_lock_that_is_not_released_ends_in_one_line(url, call, monkeypatch):
    monkeypatch.setattr("returns_risk.io.databases._WAIT", 1)
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        statement = "UPDATE ledger_version SET version_num = version_num" if sqlite else "LOCK TABLE ledger_entries"
        connection.exec_driver_sql(statement)
        for command in EVERY[3 if sqlite else 0 :]:
            code, printed = call(*command)
            assert (code, len(printed.splitlines())) == (16, 1), command
            assert "another process has locked it for more than 1 seconds" in printed
    engine.dispose()
    assert call("feedback", "import", "back.csv")[0] == 0


def test_an_end_that_was_cut_off_and_a_lost_note_show(call):
    score(f"sqlite:///{FILE}")
    assert call("feedback", "import", "back.csv")[0] == 0
    tamper(FILE, "DELETE FROM ledger_entries WHERE kind = 'feedback'")
    for command in (EVERY[0], EVERY[3]):
        code, printed = call(*command)
        assert code == 16
        assert "has 2 entries and lacks entry 3, which was its last" in printed
    NOTE.unlink()
    for command in (EVERY[0], EVERY[3]):
        code, printed = call(*command)
        assert code == 16
        assert printed.endswith("is right nevertheless, accept it: returns-risk ledger verify --accept.\n")
    assert call("ledger", "verify", "--accept")[0] == 0
    assert call("ledger", "verify")[0] == 0
    assert json.loads(NOTE.read_text())["number"] == 2


def test_verify_finds_triggers_that_are_gone_or_do_something_else(url, call):
    if url.startswith("sqlite"):
        name = "ledger_lines_no_update"
        changes = [f"DROP TRIGGER {name}", f"CREATE TRIGGER {name} BEFORE UPDATE ON ledger_lines BEGIN SELECT 1; END"]
    else:
        name = "ledger_lines_append_only"
        changes = [
            f"ALTER TABLE ledger_lines DISABLE TRIGGER {name}",
            "CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$",
        ]
    for change in changes:
        execute(url, change)
        code, printed = call("ledger", "verify")
        assert code == 16
        assert "which refuses changes, is missing or was changed" in printed


def test_imports_at_once_store_a_row_once():
    score(f"sqlite:///{FILE}")
    running = [subprocess.Popen([*COMMAND, "feedback", "import", "back.csv"]) for _ in range(2)]
    assert [item.wait() for item in running] == [0, 0]
    assert len(Ledger(f"sqlite:///{FILE}").entries("feedback")) == 1
