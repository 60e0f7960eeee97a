"""The commands that deliver a night to other systems."""

import json
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from returns_risk.cli.app import app
from returns_risk.errors import DeliveryError, ReturnsRiskError, SourceError
from tests.keys import KEY
from tests.receiver import listening
from tests.small_exports import MANIFEST, make_night, write_night

ROOT = Path(__file__).parents[2]
SECRET = "a secret that both sides know"
LINES_HEADER = "order_id,line_id,ordered_at,customer_id,sku,quantity,unit_price,shipped_at"
RETURNS_HEADER = "line_id,returned_at,quantity"
LINES = """O1,O1-1,2026-03-01 10:00,C1,00012,1,9.90,
O2,O2-1,2026-03-01 10:00,C2,A-5,1,5.00,
O2,O2-2,2026-03-01 10:00,C2,00012,1,9.90,
"""


@pytest.fixture
def receiver():
    with listening() as endpoint:
        yield endpoint


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Run a command in a folder with the export of the as-of of ``params.yaml``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RETURNS_RISK_WEBHOOK_SECRET", SECRET)
    monkeypatch.setenv("RETURNS_RISK_KEY", KEY)
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["source"] = {"name": "tests", "raw": "raw", "time_zone": "Europe/Berlin"}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    write_raw(LINES)
    write_night(tmp_path / "exports/as_of=2026-03-02", reply_by("2199-03-02 11:00"))

    def run(*arguments):
        done = CliRunner(env={"COLUMNS": "200"}).invoke(app, list(arguments))
        if isinstance(done.exception, ReturnsRiskError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


def write_raw(lines):
    """Write order lines and an empty file of returns, with their SELECTs."""
    for name, header, rows in (("order_lines", LINES_HEADER, lines), ("returns", RETURNS_HEADER, "")):
        Path("raw").mkdir(exist_ok=True)
        Path(f"raw/{name}.csv").write_text(f"{header}\n{rows}")
        Path("sources/tests").mkdir(parents=True, exist_ok=True)
        Path(f"sources/tests/{name}.sql").write_text(f"SELECT * FROM read_csv('{name}.csv', all_varchar = true)")


def reply_by(time):
    """Return the night of the tests, with a time by which the customer of O1 has to answer."""
    return make_night(reply_by=[*pd.to_datetime([time] + ["NaT"] * 5, utc=True).as_unit("us")])


def test_a_night_is_delivered_once(call, receiver):
    assert call("outbox", "deliver", "--url", receiver.url) == (
        "3 events added to the outbox, 0 unchanged, 0 changed\n3 sent, 0 dead letters, 0 waiting\n"
    )
    assert call("outbox", "deliver", "--url", receiver.url) == (
        "0 events added to the outbox, 3 unchanged, 0 changed\n0 sent, 0 dead letters, 0 waiting\n"
    )
    assert len(receiver.ids) == len(set(receiver.ids)) == 3
    assert Path("data/outbox.db").exists()
    assert call("outbox", "status") == "3 sent, 0 waiting, 0 dead letters\n"


def test_refused_events_are_reported_listed_and_redriven(call, receiver):
    receiver.answer = 400
    with pytest.raises(DeliveryError, match=r"3 events are dead letters and 0 wait.*outbox status") as caught:
        call("outbox", "deliver", "--url", receiver.url)
    assert caught.value.exit_code == 15
    status = call("outbox", "status", "--top", "1")
    assert status.startswith("0 sent, 0 waiting, 3 dead letters\n")
    assert receiver.ids[0] in status
    assert receiver.ids[1] not in status
    assert "flagged order, tests 2026-03-02" in status
    assert "400 Bad Request" in status
    with pytest.raises(DeliveryError, match=r"3 events are dead letters and 0 wait.*outbox redrive.*outbox dismiss"):
        call("outbox", "deliver", "--url", receiver.url)
    assert len(receiver.ids) == 3
    with pytest.raises(DeliveryError, match=r"mistyped is not the id of a dead letter \(1 of 2 are not\)"):
        call("outbox", "redrive", "--event", receiver.ids[0], "--event", "mistyped")
    assert call("outbox", "redrive", "--event", receiver.ids[0]).startswith("1 dead letters")
    assert call("outbox", "redrive").startswith("2 dead letters")
    receiver.answer = 204
    assert call("outbox", "deliver", "--url", receiver.url).endswith("3 sent, 0 dead letters, 0 waiting\n")


def test_dismissed_events_stay_with_their_reason_and_complete_the_delivery(call, receiver):
    receiver.answer = 404
    with pytest.raises(DeliveryError):
        call("outbox", "deliver", "--url", receiver.url)
    assert CliRunner().invoke(app, ["outbox", "dismiss", "--reason", " "]).exit_code == 2
    assert call("outbox", "dismiss", "--reason", "entered by hand") == "3 dead letters dismissed\n"
    assert call("outbox", "deliver", "--url", receiver.url).endswith("0 sent, 0 dead letters, 0 waiting\n")
    assert call("outbox", "status") == "0 sent, 0 waiting, 0 dead letters, 3 dismissed\n"
    with sqlite3.connect("data/outbox.db") as database:
        rows = database.execute("SELECT DISTINCT state, dismiss_reason, substr(last_error, 1, 3) FROM outbox")
        assert rows.fetchall() == [("dismissed", "entered by hand", "404")]
    database.close()


def test_an_order_that_has_shipped_is_held_back(call, receiver):
    write_raw(LINES.replace("C2,A-5,1,5.00,", "C2,A-5,1,5.00,2026-03-02 06:00"))
    printed = call("outbox", "deliver", "--url", receiver.url)
    assert "2 sent, 0 dead letters, 0 waiting, 1 orders held back because they are closed now" in printed
    assert [json.loads(body).get("order_id") for _, body in receiver.requests] == ["O1", None]


def test_an_order_whose_answer_would_be_too_late_is_held_back(call, receiver):
    write_night(Path("late/as_of=2026-03-02"), reply_by("2026-03-02 11:00"))
    printed = call("outbox", "deliver", "--url", receiver.url, "--export", "late/as_of=2026-03-02")
    assert printed.endswith(", 1 orders held back because it is too late for the answer that they ask for\n")
    assert [json.loads(body).get("order_id") for _, body in receiver.requests] == ["O2", None]
    assert call("outbox", "status") == "2 sent, 0 waiting, 0 dead letters, 1 withdrawn\n"


@pytest.mark.parametrize("opted_out", ["true", "unreadable"])
def test_an_order_of_a_customer_who_has_opted_out_since_is_held_back(call, receiver, opted_out):
    Path("raw/customers.csv").write_text(f"customer_id,opted_out\nC1,false\nC2,{opted_out}\n")
    Path("sources/tests/customers.sql").write_text("SELECT * FROM read_csv('customers.csv', all_varchar = true)")
    call("outbox", "deliver", "--url", receiver.url)
    assert [json.loads(body).get("order_id") for _, body in receiver.requests] == ["O1", None]


def test_without_the_raw_files_no_order_is_sent(call, receiver):
    shutil.rmtree("raw")
    with pytest.raises(SourceError, match="raw: the raw files of source tests are not there"):
        call("outbox", "deliver", "--url", receiver.url)
    assert receiver.ids == []


def test_the_export_of_another_source_is_refused(call, receiver):
    Path("params.yaml").write_text(Path("params.yaml").read_text().replace("name: tests", "name: other"))
    with pytest.raises(DeliveryError, match=r"as_of=2026-03-02: is of the source tests, and source\.name is other"):
        call("outbox", "deliver", "--url", receiver.url)
    assert receiver.ids == []


def test_a_slow_answer_does_not_block_the_command(call, receiver, tmp_path):
    receiver.drip = 0.05
    command = [sys.executable, "-m", "returns_risk", "outbox", "deliver", "--url", receiver.url]
    done = subprocess.run(
        [*command, "--timeout", "0.5", "--patience", "1"], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 15
    assert "0 events are dead letters and 3 wait" in done.stderr
    assert "no complete answer within 0.5 s" in call("outbox", "status")


def test_waiting_events_are_an_error_too(call, receiver):
    receiver.answer = 503
    with pytest.raises(DeliveryError, match="0 events are dead letters and 3 wait"):
        call("outbox", "deliver", "--url", receiver.url, "--patience", "1")
    status = call("outbox", "status", "--top", "2")
    assert status.startswith("0 sent, 3 waiting, 0 dead letters\n")
    rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in status.splitlines() if "│" in line]
    assert [row[0] for row in rows] == receiver.ids[:2]
    event, of, due, error = rows[0]
    assert (of, error) == ("flagged order, tests 2026-03-02", "try 1: 503 Service Unavailable missing field")
    with sqlite3.connect("data/outbox.db") as database:
        query = "SELECT due_at FROM outbox WHERE event_id = ?"
        ((at,),) = database.execute(query, [event]).fetchall()
    database.close()
    assert datetime.strptime(due, "%Y-%m-%d %H:%M:%S %Z").replace(tzinfo=UTC).timestamp() == int(at)


def test_events_without_a_try_or_an_answer_are_listed_as_such(call, receiver):
    call("outbox", "deliver", "--url", receiver.url)
    with sqlite3.connect("data/outbox.db") as database:
        database.execute("UPDATE outbox SET state = 'pending', tries = (position > 0)")
    database.close()
    status = call("outbox", "status")
    assert status.count("not tried yet") == 1
    assert status.count("no answer yet") == 2


def test_addresses_may_come_from_the_environment(call, receiver, monkeypatch):
    monkeypatch.setenv("RETURNS_RISK_WEBHOOK_URL", receiver.url)
    monkeypatch.setenv("RETURNS_RISK_OUTBOX", "sqlite:///elsewhere/box.db")
    call("outbox", "deliver")
    assert Path("elsewhere/box.db").exists()


def test_without_a_secret_nothing_is_stored_or_sent(call, receiver, monkeypatch):
    monkeypatch.delenv("RETURNS_RISK_WEBHOOK_SECRET")
    with pytest.raises(DeliveryError, match=r"secret has 0 characters.*Set RETURNS_RISK_WEBHOOK_SECRET"):
        call("outbox", "deliver", "--url", receiver.url)
    assert not Path("data/outbox.db").exists()
    assert receiver.ids == []


def test_the_secret_is_no_option(call):
    assert "--secret" not in call("outbox", "deliver", "--help")


def test_a_night_is_published_as_a_table(call):
    for _ in range(2):
        assert call("publish", "--database", "sqlite:///shop.db") == (
            "5 rows of exports/as_of=2026-03-02 are in flagged_orders\n"
        )
    with sqlite3.connect("shop.db") as database:
        assert database.execute("SELECT count(*) FROM flagged_orders").fetchone() == (5,)
    database.close()


def test_an_unfinished_export_is_neither_published_nor_delivered(call, receiver, tmp_path):
    (tmp_path / "exports/as_of=2026-03-02/_SUCCESS").unlink()
    for command in (["publish", "--database", "sqlite:///shop.db"], ["outbox", "deliver", "--url", receiver.url]):
        with pytest.raises(DeliveryError, match=r"exports/as_of=2026-03-02: there is no finished export"):
            call(*command)


def assert_both_refuse(call, receiver, message):
    for command in (["publish", "--database", "sqlite:///shop.db"], ["outbox", "deliver", "--url", receiver.url]):
        with pytest.raises(DeliveryError, match=message):
            call(*command)
    assert not Path("shop.db").exists()
    assert receiver.ids == []


def test_an_export_with_a_broken_manifest_is_neither_published_nor_delivered(call, receiver):
    Path("exports/as_of=2026-03-02/manifest.json").write_text('{"source": ')
    assert_both_refuse(call, receiver, r"as_of=2026-03-02/manifest\.json: is damaged")


def test_a_backfill_is_neither_published_nor_delivered(call, receiver):
    write_night(Path("exports/as_of=2026-03-02"), manifest=MANIFEST | {"backfill": True})
    assert_both_refuse(call, receiver, r"as_of=2026-03-02: backfill exports are never delivered")


def test_changed_flagged_orders_are_not_published(call):
    file = Path("exports/as_of=2026-03-02/flagged_orders.parquet")
    pd.read_parquet(file).head(2).to_parquet(file)
    with pytest.raises(DeliveryError, match=r"flagged_orders\.parquet: does not match its hash in manifest\.json"):
        call("publish", "--database", "sqlite:///shop.db")
    assert not Path("shop.db").exists()
