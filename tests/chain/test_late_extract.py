"""An extract that knows more than the as-of: later rows are set aside, and nobody acts on what is closed by now."""

import json
import shutil
import sqlite3
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from returns_risk.ledger import Ledger
from shop_simulator import Definition, simulate, write_raw
from tests.once import made_once
from tests.receiver import listening

RAW = Path("data/raw/demo")
EXPORT = Path("exports/as_of=2026-03-02")
AT_SIX = "2026-03-02T05:00:00Z"
LEFT_OUT = "left out: {} lines shipped, cancelled or returned since the as-of"


def night(call, as_of="2026-03-02", *more):
    return call("nightly", "--as-of", as_of, *more)


def read(name):
    return pd.read_csv(RAW / name, dtype=str, keep_default_na=False)


def write(name, frame):
    frame.to_csv(RAW / name, index=False)


def open_rows(lines):
    return (lines["shipped_at"] == "") & (lines["cancelled_at"] == "")


def line_ids(lines):
    return lines["order_no"] + "-" + lines["position"]


def close(column, wanted=None):
    """Say of open lines, all or some, that they were closed at 06:00 of the night; return how many."""
    lines = read("order_lines.csv")
    rows = open_rows(lines) if wanted is None else line_ids(lines).isin(wanted)
    lines.loc[rows, column] = AT_SIX
    write("order_lines.csv", lines)
    return int(rows.sum())


def send_back(wanted, received=AT_SIX):
    """Append returns of some lines."""
    lines, returns = read("order_lines.csv"), read("returns.csv")
    rows = lines[line_ids(lines).isin(wanted)]
    received_rows = pd.DataFrame(
        {"order_no": rows["order_no"], "position": rows["position"], "qty": "1", "received_at": received}
    )
    received_rows = received_rows.assign(return_no=[f"R9{place:07d}" for place in range(len(received_rows))])
    write("returns.csv", pd.concat([returns, received_rows.reindex(columns=returns.columns, fill_value="")]))


def candidates(workspace):
    return pd.read_parquet(workspace.folder / "features/candidates.parquet", columns=["line_id"])["line_id"]


def scored_lines(as_of):
    return pd.read_parquet(f"exports/as_of={as_of}/scores.parquet")["line_id"]


def handed_off():
    orders = [json.loads(one) for one in (EXPORT / "handoff.jsonl").read_text().splitlines()]
    return {line["line_id"] for order in orders for line in order["lines"]}


@pytest.mark.parametrize("column", ["cancelled_at", "shipped_at"])
@pytest.mark.usefixtures("house")
def test_of_orders_that_are_gone_by_now_none_is_acted_on(call, workspace, column):
    count = len(candidates(workspace))
    assert close(column) >= count
    code, printed, _ = night(call)
    assert code == 0
    assert printed.startswith(
        "Returns Risk demo 2026-03-02: done, 0 orders: 0 to do, 0 to review (0 lines); expected saving 0.00 EUR"
    )
    assert LEFT_OUT.format(count) in printed
    manifest = json.loads((EXPORT / "manifest.json").read_text())
    assert (manifest["rows"], manifest["plan"]["closed"]) == ({"candidates": 0, "flagged": 0}, count)
    assert json.loads((EXPORT / "digest.json").read_text())["closed"] == count
    assert handed_off() == set()
    assert "and 0 lines, all unchanged" in call("ledger", "verify")[1]


@pytest.mark.usefixtures("house")
def test_some_that_are_gone_are_left_out_and_the_others_are_scored_as_ever(call, workspace):
    ids = candidates(workspace).tolist()
    cancelled, shipped, returned, unreadable = ids[:3], ids[3:5], ids[5:7], ids[7:8]
    close("cancelled_at", cancelled)
    close("shipped_at", shipped)
    send_back(returned)
    send_back(unreadable, "yesterday")
    code, printed, _ = night(call)
    assert code == 0
    assert LEFT_OUT.format(8) in printed
    scores = pd.read_parquet(EXPORT / "scores.parquet").set_index("line_id")["risk"]
    assert set(scores.index) == set(ids[8:])
    paper = pd.read_parquet(workspace.folder / "exports/chain/as_of=2026-03-02/scores.parquet").set_index("line_id")
    pd.testing.assert_series_equal(scores, paper["risk"].reindex(scores.index))
    gone = set(ids[:8])
    book = pd.read_excel(EXPORT / "flagged_orders.xlsx", sheet_name=["All lines", "Summary"], header=None, dtype=str)
    assert gone.isdisjoint(book["All lines"][1])
    summary = book["Summary"].set_index(0)[1]
    assert summary["lines left out: shipped, cancelled or returned since the night began"] == "8"
    page = (EXPORT / "report.html").read_text()
    assert not [line for line in gone if f'"{line}"' in page]
    assert gone.isdisjoint(handed_off())


@pytest.mark.usefixtures("house_after_night")
def test_a_line_that_goes_after_it_was_planned_is_not_in_the_next_run_of_the_night_nor_sent(call, monkeypatch):
    monkeypatch.setenv("RETURNS_RISK_WEBHOOK_SECRET", "a secret that both sides know")
    first = pd.read_parquet(EXPORT / "scores.parquet").set_index("line_id")
    assert call("outbox", "deliver", "--url", "http://127.0.0.1:9/", "--patience", "0")[0] == 15
    planned = first[first["decision"] == "act"]
    gone, kept = planned.index[0], planned.index[1:]
    close("shipped_at", [gone])
    code, printed, _ = night(call, "2026-03-02", "--rerun")
    assert code == 0
    assert LEFT_OUT.format(1) in printed
    second = pd.read_parquet(EXPORT / "scores.parquet").set_index("line_id")
    assert gone not in second.index
    columns = ["decision", "arm", "intervention", "value"]
    pd.testing.assert_frame_equal(second.loc[kept, columns], first.loc[kept, columns])
    monkeypatch.delenv("RETURNS_RISK_WEBHOOK_URL", raising=False)
    with sqlite3.connect("data/outbox.db") as database:
        database.execute("UPDATE outbox SET due_at = 0")
    database.close()
    with listening() as receiver:
        assert call("outbox", "deliver", "--url", receiver.url)[0] == 0
        sent = [json.loads(body) for _, body in receiver.requests]
    lines = {line["line_id"] for event in sent if event["type"] == "flagged_order" for line in event["lines"]}
    assert lines == handed_off()
    assert gone not in lines


@pytest.mark.usefixtures("house_after_earlier_night")
def test_what_an_earlier_night_could_not_send_is_held_back_once_its_line_is_gone(call, monkeypatch):
    monkeypatch.setenv("RETURNS_RISK_WEBHOOK_SECRET", "a secret that both sides know")
    export = Path("exports/as_of=2026-03-01")
    orders = [json.loads(one) for one in (export / "handoff.jsonl").read_text().splitlines()]
    ids = [{line["line_id"] for line in order["lines"]} for order in orders]
    call("outbox", "deliver", "--url", "http://127.0.0.1:9/", "--patience", "0")
    close("shipped_at", {min(ids[0])})
    with sqlite3.connect("data/outbox.db") as database:
        database.execute("UPDATE outbox SET due_at = 0, state = 'dead' WHERE position = 0")
        database.execute("UPDATE outbox SET due_at = 0")
    database.close()
    with listening() as receiver:
        monkeypatch.setenv("RETURNS_RISK_WEBHOOK_URL", receiver.url)
        code, printed, _ = night(call)
        assert code == 0
        assert call("outbox", "redrive")[1].startswith("0 dead letters")
        events = [json.loads(body) for _, body in receiver.requests]
    sent = {one["order_id"] for one in events if one["type"] == "flagged_order" and one["as_of"] == "2026-03-01"}
    open_by_now = set(scored_lines("2026-03-02"))
    assert orders[0]["order_id"] not in sent
    in_time = [all((line["reply_by"] or "2199") > "2026-03-02" for line in order["lines"]) for order in orders]
    waiting = [own <= open_by_now for own in ids]
    assert {order["order_id"] for order, *good in zip(orders, waiting, in_time, strict=True) if all(good)} <= sent
    assert "orders held back because they are closed now" in printed


@pytest.mark.usefixtures("house_after_earlier_night")
def test_what_waits_is_held_back_also_without_a_webhook_and_where_the_row_that_closes_it_is_rejected(call, monkeypatch):
    monkeypatch.setenv("RETURNS_RISK_WEBHOOK_SECRET", "a secret that both sides know")
    orders = [json.loads(one) for one in Path("exports/as_of=2026-03-01/handoff.jsonl").read_text().splitlines()]
    call("outbox", "deliver", "--url", "http://127.0.0.1:9/", "--patience", "0")
    closed = {line["line_id"] for line in orders[0]["lines"]}
    close("shipped_at", closed)
    lines = read("order_lines.csv")
    lines.loc[line_ids(lines).isin(closed), "qty"] = "-5"
    write("order_lines.csv", lines)
    code, printed, _ = night(call)
    assert code == 0
    assert "orders held back because they are closed now" in printed
    with sqlite3.connect("data/outbox.db") as database:
        rows = database.execute(
            "SELECT json_extract(body, '$.order_id'), state FROM outbox WHERE kind = 'flagged_order'"
        )
        states = dict(rows.fetchall())
    database.close()
    assert states[orders[0]["order_id"]] == "withdrawn"


@pytest.mark.usefixtures("house_after_night")
def test_a_finished_night_called_again_sends_no_order_that_has_gone_since(call, monkeypatch):
    monkeypatch.setenv("RETURNS_RISK_WEBHOOK_SECRET", "a secret that both sides know")
    orders = [json.loads(one) for one in Path("exports/as_of=2026-03-02/handoff.jsonl").read_text().splitlines()]
    close("shipped_at", {line["line_id"] for line in orders[0]["lines"]})
    with listening() as receiver:
        monkeypatch.setenv("RETURNS_RISK_WEBHOOK_URL", receiver.url)
        code, printed, _ = night(call)
        events = [json.loads(body) for _, body in receiver.requests]
    assert code == 0
    assert "already done" in printed
    assert "1 orders held back because they are closed now" in printed
    assert [one["order_id"] for one in events if one["type"] == "flagged_order"] == [
        one["order_id"] for one in orders[1:]
    ]


@pytest.mark.usefixtures("finished_shop")
def test_the_chain_leaves_out_what_is_gone_as_well(run_stage, workspace):
    ids = candidates(workspace).tolist()
    close("cancelled_at", ids[:3])
    send_back(ids[3:5])
    assert run_stage("validate") == (0, "")
    assert run_stage("score")[0] == 0
    folder = Path("exports/chain/as_of=2026-03-02")
    scores = pd.read_parquet(folder / "scores.parquet").set_index("line_id")
    assert set(scores.index) == set(ids[5:])
    assert json.loads((folder / "manifest.json").read_text())["plan"]["closed"] == 5
    before = pd.read_parquet(workspace.folder / folder / "scores.parquet").set_index("line_id")
    pd.testing.assert_series_equal(scores["risk"], before["risk"].reindex(scores.index))


@pytest.fixture(scope="session")
def later_shop(tmp_path_factory):
    """The shop of the other tests, ten days later."""
    shop = Definition(seed=3, start=date(2025, 1, 26), lines_per_day=14)
    return made_once(tmp_path_factory, "later", lambda folder: write_raw(folder, simulate(shop, date(2026, 3, 12))))


@pytest.fixture
def later_house(house, later_shop):
    shutil.rmtree(RAW)
    shutil.copytree(later_shop, RAW)
    return house


@pytest.mark.usefixtures("later_house")
def test_a_night_is_caught_up_on_with_a_later_extract(call):
    code, printed, _ = night(call)
    assert code == 0
    orders = read("orders.csv").set_index("order_no")["ordered_at"]
    later = int((read("order_lines.csv")["order_no"].map(orders) >= "2026-03-01T23:00:00Z").sum())
    (run,) = Ledger("sqlite:///ledger/ledger.db").nights("demo")
    extract = run.content["summary"]["extract"]
    assert extract["after_as_of"]["order_lines"] == later > 0.01 * extract["rows"]["order_lines"]
    assert f"not used: {sum(extract['after_as_of'].values())} rows dated at or after the as-of" in printed
    assert extract["latest_order"] < "2026-03-01T23:00"
    assert handed_off() == set()
    # The night after compares with what was known on this one.
    assert night(call, "2026-03-12")[0] == 0


@pytest.mark.usefixtures("later_house")
def test_a_backfill_with_a_later_extract_decides_on_what_was_known_then(call, workspace):
    code, printed, _ = night(call, "2026-03-02", "--backfill", "--model", "1")
    assert code == 0
    assert "left out" not in printed
    scores = pd.read_parquet("exports/backfill/as_of=2026-03-02/scores.parquet").set_index("line_id")
    then = pd.read_parquet(workspace.folder / "exports/chain/as_of=2026-03-02/scores.parquet").set_index("line_id")
    assert set(scores.index) == set(then.index)
    pd.testing.assert_series_equal(scores["risk"], then["risk"].reindex(scores.index))


@pytest.mark.usefixtures("finished_shop")
def test_the_chain_goes_back_to_an_earlier_as_of(run_stage, set_params):
    set_params(as_of="2026-02-15")
    assert run_stage("validate") == (0, "")
    assert run_stage("featurize") == (0, "")
    rows = pd.read_parquet("features/candidates.parquet", columns=["ordered_on"])["ordered_on"]
    assert len(rows) > 0
    assert rows.max() < pd.Timestamp("2026-02-15")


@pytest.mark.usefixtures("house")
def test_orders_of_next_year_are_still_an_error(call):
    orders = read("orders.csv")
    orders.loc[:499, "ordered_at"] = "2199-01-01T10:00:00Z"
    write("orders.csv", orders)
    code, _, error = night(call)
    assert code == 5
    assert (
        "break rule order_lines.ordered_at_not_in_future: ordered_at is later than both the as-of and the time" in error
    )
