"""An opt-out is never lost: customers with a customers row in the quarantine are not scored, decided on or exported."""

import json
import logging
import sqlite3
from pathlib import Path

import pandas as pd
import pytest

from tests.receiver import listening

RAW = Path("data/raw/demo")
EXPORT = Path("exports/as_of=2026-03-02")

pytestmark = pytest.mark.usefixtures("house")


def read(name):
    return pd.read_csv(RAW / name, dtype=str, keep_default_na=False)


def spoil_customers(orders):
    """Spoil the rows of the customers of four orders, each in its own way, and return the order ids."""
    customers, headers = read("customers.csv"), read("orders.csv")
    owner = headers.set_index("order_no")["customer_no"]
    # Customers of one waiting order each, whom nobody has opted out yet.
    agreed = set(customers.loc[customers["profiling_opt_out"] == "N", "customer_no"])
    chosen = pd.Series(owner[orders]).drop_duplicates()
    unparsed, twice, contradicted, copied = [one for one in chosen if one in agreed][:4]
    rows = customers.set_index("customer_no", drop=False)
    rows.loc[unparsed, ["birth_year", "profiling_opt_out"]] = ["unknown", "Y"]
    again = rows.loc[[twice, contradicted, copied]].copy()
    again.loc[twice, "profiling_opt_out"] = "Y"
    again.loc[contradicted, "registered_at"] = "soon"
    pd.concat([rows, again]).to_csv(RAW / "customers.csv", index=False)
    left_out = owner[owner.isin([unparsed, twice, contradicted])].index
    return set(left_out), set(owner[owner == copied].index)


def test_customers_with_a_quarantined_row_are_left_out_of_night_and_chain_and_counted(call, run_stage, caplog):
    before = set(pd.read_parquet("features/candidates.parquet")["order_id"])
    left_out, copied = spoil_customers(sorted(before))
    assert before & left_out
    assert before & copied
    with caplog.at_level(logging.WARNING):
        code, printed, _ = call("nightly", "--as-of", "2026-03-02")
    assert code == 0
    scored = set(pd.read_parquet(EXPORT / "scores.parquet")["order_id"])
    assert scored == before - left_out
    assert "3 with a quarantined or missing row" in printed
    assert "customers: 3 count as opted out, since a row of theirs is in the quarantine" in caplog.text
    assert json.loads((EXPORT / "manifest.json").read_text())["customers_left_out"]["quarantined"] == 3
    assert run_stage("validate")[0] == 0
    assert run_stage("featurize")[0] == 0
    assert set(pd.read_parquet("features/candidates.parquet")["order_id"]) == scored


def test_who_had_opted_out_and_has_no_row_any_more_is_left_out(call):
    customers, headers = read("customers.csv"), read("orders.csv")
    before = set(pd.read_parquet("features/candidates.parquet")["order_id"])
    waiting = set(headers.loc[headers["order_no"].isin(before), "customer_no"])
    agreed = customers["customer_no"].isin(waiting) & (customers["profiling_opt_out"] == "N")
    refused = customers.loc[agreed, "customer_no"].iloc[0]
    customers.loc[customers["customer_no"] == refused, "profiling_opt_out"] = "Y"
    customers.to_csv(RAW / "customers.csv", index=False)
    assert call("nightly", "--as-of", "2026-03-01")[0] == 0
    customers[customers["customer_no"] != refused].to_csv(RAW / "customers.csv", index=False)
    code, printed, _ = call("nightly", "--as-of", "2026-03-02")
    assert code == 0
    assert "1 with a quarantined or missing row" in printed
    scored = set(pd.read_parquet(EXPORT / "scores.parquet")["order_id"])
    assert scored == before - set(headers.loc[headers["customer_no"] == refused, "order_no"])


@pytest.mark.parametrize("rerun", [False, True])
def test_who_opts_out_after_a_night_is_not_contacted_by_its_pending_events(call, monkeypatch, rerun):
    monkeypatch.setenv("RETURNS_RISK_WEBHOOK_SECRET", "a secret that both sides know")
    assert call("nightly", "--as-of", "2026-03-01")[0] == 0
    assert call("outbox", "deliver", "--url", "http://127.0.0.1:9/", "--patience", "0")[0] == 15
    order = json.loads(Path("exports/as_of=2026-03-01/handoff.jsonl").read_text().splitlines()[0])["order_id"]
    customers, headers = read("customers.csv"), read("orders.csv")
    refused = headers.set_index("order_no").loc[order, "customer_no"]
    customers.loc[customers["customer_no"] == refused, "profiling_opt_out"] = "Y"
    customers.to_csv(RAW / "customers.csv", index=False)
    with sqlite3.connect("data/outbox.db") as database:
        database.execute("UPDATE outbox SET due_at = 0")
    database.close()
    with listening() as receiver:
        monkeypatch.setenv("RETURNS_RISK_WEBHOOK_URL", receiver.url)
        assert call("nightly", "--as-of", "2026-03-01" if rerun else "2026-03-02")[0] == 0
        sent = [json.loads(body).get("order_id") for _, body in receiver.requests]
    assert order not in sent
    assert len(sent) > 1


def test_an_opt_out_that_cannot_be_read_ends_the_run_however_few_there_are(call, run_stage):
    customers = read("customers.csv")
    customers.loc[7, "profiling_opt_out"] = "Ja"
    customers.to_csv(RAW / "customers.csv", index=False)
    error = r"customers.opted_out: 1 of "
    shape = "texts of the shape 'AA'. Correct the raw file, or in customers.sql select true or false"
    code, _, line = call("nightly", "--as-of", "2026-03-02")
    assert code == 5
    assert error in line
    assert shape in line
    assert "Ja" not in line
    code, line = run_stage("validate")
    assert (code, error in line, shape in line) == (5, True, True)


def test_opt_outs_that_match_no_customer_of_the_order_lines_warn(call, run_stage, caplog):
    customers = read("customers.csv")
    refused = customers["profiling_opt_out"] == "Y"
    assert refused.any()
    customers.loc[refused, "customer_no"] = "0" + customers.loc[refused, "customer_no"]
    customers.to_csv(RAW / "customers.csv", index=False)
    with caplog.at_level(logging.WARNING):
        assert run_stage("validate")[0] == 0
    finding = (
        f"customers.customer_id: {refused.sum()} of {refused.sum()} opt-outs (100.00%, tolerated 0.00%) break rule"
    )
    assert f"{finding} customers.opt_out_matched: the opt-out matches no customer" in caplog.text
    code, printed, _ = call("nightly", "--as-of", "2026-03-02")
    assert (code, finding in printed) == (0, True)


def test_an_opt_out_without_a_customer_ends_the_run(call):
    customers = read("customers.csv")
    customers.loc[7, ["customer_no", "profiling_opt_out"]] = ["", "Y"]
    customers.to_csv(RAW / "customers.csv", index=False)
    code, _, line = call("nightly", "--as-of", "2026-03-02")
    assert code == 5
    assert "rule customers.opt_out_named: the opt-out has no customer_id" in line
