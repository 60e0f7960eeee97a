"""One bad value quarantines its row and the night goes on: ledger and table are in PostgreSQL, which refuses most."""

import json
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy

RAW = Path("data/raw/demo")
EXPORT = Path("exports/as_of=2026-03-02")
NIGHT = ("nightly", "--as-of", "2026-03-02")

pytestmark = pytest.mark.usefixtures("house")

HEADERS = {
    "order_lines.order_id_type": {"order_no": "A\x00B"},
    "order_lines.line_id_type": {"order_no": "A" * 200},
    "order_lines.currency_rated": {"currency": "CHF"},
    "order_lines.market_type": {"country": "D\x00E"},
    "order_lines.warehouse_type": {"warehouse": "W" * 201},
    "order_lines.promised_at_type": {"promised_at": "10000-01-01T00:00:00Z"},
}
"""Rule by rule, the spoilt header of an order."""
LINES = {
    "order_lines.sku_type": {"article_no": "A\x1b[31m"},
    "order_lines.quantity_plausible": {"qty": "2000000"},
    "order_lines.quantity_type": {"qty": "1e300"},
    "order_lines.unit_price_type": {"price": "1e999"},
    "order_lines.line_value_plausible": {"price": "1e300"},
    "order_lines.list_price_plausible": {"list_price": "1e300"},
    "order_lines.shipped_at_type": {"shipped_at": "200000-01-01"},
}
ACCEPTED = [{"promised_at": "9999-12-31"}, {"promised_at": "1900-01-01"}, {"promised_at": "0001-01-04"}]
"""Headers with odd but usable values."""


def read(name):
    return pd.read_csv(RAW / name, dtype=str, keep_default_na=False)


def spoil(orders):
    """Spoil the order of each rule; return the orders by rule, and the first spoilt ids."""
    headers, lines, returns = read("orders.csv"), read("order_lines.csv"), read("returns.csv")
    articles, customers = read("articles.csv"), read("customers.csv")
    spoilt = dict(zip([*HEADERS, *LINES], orders, strict=False))
    accepted = zip(ACCEPTED, orders[len(spoilt) :], strict=False)
    for change, order in [*zip(HEADERS.values(), orders, strict=False), *accepted]:
        headers.loc[headers["order_no"] == order, list(change)] = list(change.values())
        if "order_no" in change:
            lines.loc[lines["order_no"] == order, "order_no"] = change["order_no"]
    for row, change in enumerate(ACCEPTED):
        headers.loc[row, list(change)] = list(change.values())
    for rule, change in LINES.items():
        lines.loc[lines["order_no"] == spoilt[rule], list(change)] = list(change.values())
    returns.loc[3, "reason_code"] = "too\x00small"
    returns.loc[5, "qty"] = "1e18"
    returns.loc[7, "received_at"] = "20000-01-01"
    articles.loc[3, "brand"] = "B\x01rand"
    articles.loc[4, "first_sale_on"] = "0001-01-04"
    articles.loc[5, "list_price"] = "1e300"
    customers.loc[3, ["birth_year", "registered_at"]] = ["1000000000000000000", "9999-12-31"]
    tables = {"orders": headers, "order_lines": lines, "returns": returns, "articles": articles, "customers": customers}
    for name, table in tables.items():
        table.to_csv(RAW / f"{name}.csv", index=False)
    return spoilt


def test_a_night_on_postgresql_goes_on_without_the_rows_that_cannot_be_kept(call, set_params, postgresql):
    candidates = pd.read_parquet("features/candidates.parquet")["order_id"].drop_duplicates().tolist()
    spoilt = spoil(candidates)
    set_params(nightly__ledger=postgresql, nightly__database=postgresql)
    # Most nights would end with so many of tonight's lines in quarantine.
    set_params(validate__rules={"order_lines.recent_accepted": 1.0, "order_lines.latest_accepted": 1.0})
    assert call("ledger", "verify", "--accept")[0] == 0
    code, _, told = call(*NIGHT)
    assert (code, told) == (0, ""), told
    away = pd.read_parquet("data/nightly/demo/as_of=2026-03-02/quarantine/order_lines.parquet")
    assert set(spoilt) <= set(away["rule"])
    scored = pd.read_parquet(EXPORT / "scores.parquet")
    assert set(scored["order_id"]) == set(candidates) - set(spoilt.values())
    assert call("ledger", "verify")[0] == 0
    engine = sqlalchemy.create_engine(postgresql)
    with engine.connect() as connection:
        published = set(connection.scalars(sqlalchemy.text("SELECT line_id FROM flagged_orders")))
    engine.dispose()
    assert published == set(pd.read_parquet(EXPORT / "flagged_orders.parquet")["line_id"])
    assert json.loads((EXPORT / "manifest.json").read_text())["rows"]["candidates"] == len(scored)


def test_a_currency_without_a_rate_ends_the_run_where_more_rows_than_tolerated_are_in_it(call, run_stage):
    headers = read("orders.csv")
    headers.loc[:400, "currency"] = "CHF"
    headers.to_csv(RAW / "orders.csv", index=False)
    for code, told in (call(*NIGHT)[::2], run_stage("validate")):
        assert code == 5
        assert "break rule order_lines.currency_rated: policy.yaml has no rate for the currency" in told
        assert "for example currency 'CHF' (" in told
        assert "Say what one unit of it is worth under money.rates in policy.yaml." in told
