"""What the doctor finds in a shop, and that no shop is too odd for it."""

import re
from dataclasses import replace

import pandas as pd
import pytest

from returns_risk.cli.source_tables import print_findings
from returns_risk.config.policy import load_policy
from returns_risk.doctor import examine, first_as_of, render_page
from returns_risk.validation import Check
from tests.doctor.conftest import READ_AT, ROOT, source_of


def test_a_good_shop_is_ready(diagnose, shop):
    findings = diagnose(shop)
    assert findings.error is None
    assert findings.verdict.startswith("Ready, with 1 warning: 300 lines, 89 returns, ")
    assert findings.verdict.endswith(" features, 8 open lines.")
    assert findings.tables[0].rejected == 0
    assert str(findings.tables[0].first) == "2025-10-03"
    assert findings.top_customer_share == pytest.approx(5 / 300)
    assert findings.free_share == 0.0


def test_orders_and_returns_are_counted_by_month_and_market(diagnose, shop):
    findings = diagnose(shop)
    assert findings.months["orders"].tolist() == [58, 60, 62, 62, 56, 2]
    assert findings.months["month"].tolist()[:2] == ["2025-10", "2025-11"]
    assert findings.markets["lines"].tolist() == [150, 150]
    october = findings.months.iloc[0]
    assert (october["matured"], october["returned"]) == (58, 18)
    assert findings.markets.set_index("market")["late"].to_dict() == {"DE": 0, "FR": 7}


def test_days_to_the_return_are_set_against_the_window(diagnose, shop):
    delays = diagnose(shop).delays
    assert delays.since == "delivery"
    assert delays.windows.to_dict() == {"DE": 30, "FR": 14}
    counts = delays.days.set_index(["market", "day"])
    assert counts.loc[("FR", 50), ["in_time", "late"]].tolist() == [0, 7]
    assert counts.loc[("DE", 10), "late"] == 0


def test_each_missing_column_says_what_it_would_add(diagnose, shop):
    findings = diagnose({name: shop[name] for name in ("order_lines", "returns")})
    missing = {column.name: column for column in findings.missing}
    with_products = diagnose(shop)
    assert "products" not in {column.name for column in with_products.missing}
    assert missing["products"].features > with_products.features - findings.features
    assert missing["order_lines.promised_at"].examples == ("promised_days",)
    assert "order_lines.cancelled_at" in missing
    assert "returns.condition" in findings.useless


def test_a_shop_that_validation_stops_is_shown_with_the_error_of_the_chain(diagnose, shop):
    shop["order_lines"].loc[::2, "customer_id"] = None
    findings = diagnose(shop)
    assert findings.error.exit_code == 5
    assert findings.verdict.startswith("Not ready: validation ends the run (exit code 5): ")
    assert findings.broken[0].rule == "order_lines.customer_id_present"
    assert findings.months["lines"].sum() == 150


def test_the_terminal_says_what_it_leaves_out_and_which_rows_are_later(diagnose, shop, capsys):
    findings = diagnose(shop)
    for number, more in ((7, "and 1 more column: --html"), (8, "and 2 more columns: --html")):
        print_findings(replace(findings, missing=findings.missing[:number], warnings=("late",) * 6))
        printed = capsys.readouterr().out
        assert more in printed
        assert "and 1 more warning: --html shows all" in printed
        assert "after as-of" in printed


def test_what_a_select_rejects_on_purpose_is_counted_by_its_reason(params, shop, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    source = source_of(shop)
    rejected = shop["order_lines"].head(3).assign(rule="order_lines.source", reason=["gift", "gift", "postage"])
    source.rejected["order_lines"] = rejected.astype("str")
    findings = examine(source, params, load_policy(), read_at=READ_AT, previous=None)
    assert findings.rejected_on_purpose == {"order_lines": {"gift": 2, "postage": 1}}
    assert "order_lines.source" not in [check.rule for check in findings.broken]
    print_findings(findings)
    assert "Rejected by order_lines.sql: 2 gift; 1 postage." in capsys.readouterr().out
    assert "2 gift; 1 postage." in render_page(findings)


def test_a_history_too_short_for_train_calibrate_and_test_is_not_ready(params, shop, monkeypatch):
    monkeypatch.chdir(ROOT)
    longer = params.model_copy(update={"split": params.split.model_copy(update={"test_days": 90})})
    findings = examine(source_of(shop), longer, load_policy(), read_at=READ_AT, previous=None)
    assert findings.verdict.startswith("Not ready: the chain ends with exit code 6: labels: the train period from")


def test_without_an_as_of_it_is_the_day_after_the_latest_order_that_can_be_right(shop):
    source = source_of(shop)
    assert str(first_as_of(source, READ_AT, "Europe/Berlin")) == "2026-03-02"
    shop["order_lines"].loc[0, "ordered_at"] = READ_AT.replace(year=2099)
    assert str(first_as_of(source, READ_AT, "Europe/Berlin")) == "2026-03-02"


def test_the_day_after_the_latest_order_counts_rejected_rows(shop):
    ordered = shop["order_lines"]["ordered_at"]
    newest = ordered == ordered.max()
    source = source_of(shop | {"order_lines": shop["order_lines"][~newest]})
    late = shop["order_lines"][newest].astype("str").assign(quantity="2.5")
    source.rejected["order_lines"] = pd.concat([late, late.assign(ordered_at="soon"), late.assign(ordered_at=None)])
    assert str(first_as_of(source, READ_AT, "Europe/Berlin")) == "2026-03-02"


def without(*names):
    return lambda shop: {name: frame for name, frame in shop.items() if name not in names}


def lines(**columns):
    return lambda shop: shop | {"order_lines": shop["order_lines"].assign(**columns)}


def returns(**columns):
    return lambda shop: shop | {"returns": shop["returns"].assign(**columns)}


def first(table, number):
    return lambda shop: shop | {table: shop[table].head(number)}


def dropped(table, *columns):
    return lambda shop: shop | {table: shop[table].drop(columns=list(columns))}


def late_returns(shop):
    back = shop["returns"].assign(returned_at=shop["returns"]["returned_at"] + pd.Timedelta(days=60))
    return shop | {"returns": back[back["returned_at"] < READ_AT].reset_index(drop=True)}


LATER = {"shipped_at": READ_AT, "delivered_at": READ_AT}
ODD = {
    "no returns": (first("returns", 0), 5),
    "all returned late": (late_returns, 6),
    "no market": (dropped("order_lines", "market"), 0),
    "an empty market": (lines(market=""), 0),
    "no products": (without("products"), 0),
    "no shipping times": (dropped("order_lines", "shipped_at", "delivered_at"), 0),
    "one line": (lambda shop: first("order_lines", 1)(first("returns", 0)(shop)), 5),
    "no line": (lambda shop: first("order_lines", 0)(first("returns", 0)(shop)), 5),
    "no candidates": (lines(shipped_at=lambda frame: frame["ordered_at"]), 7),
    "all rejected": (lines(quantity=0), 5),
    "all in the future": (lines(ordered_at=READ_AT.replace(year=2030), shipped_at=None, delivered_at=None), 5),
    "one month": (lambda shop: shop | {"order_lines": shop["order_lines"].tail(40)}, 5),
    "53 reasons": (returns(reason=lambda frame: [f"reason {n % 53}" for n in range(len(frame))]), 0),
    "one customer": (lines(customer_id="c"), 0),
    "all free": (lines(unit_price=0.0), 0),
    "markup in names": (lines(market="[red]<b>x", warehouse="[/]<i>"), 0),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_shop_is_shown_and_ends_as_the_chain_would(diagnose, shop, capsys, name):
    change, exit_code = ODD[name]
    shop = change(shop)
    shop["order_lines"] = shop["order_lines"].astype(
        {column: "datetime64[us, UTC]" for column in shop["order_lines"] if column.endswith("_at")}
        | {column: "str" for column in ("market", "customer_id", "warehouse") if column in shop["order_lines"]}
    )
    findings = diagnose(shop)
    assert (0 if findings.error is None else findings.error.exit_code) == exit_code, findings.verdict
    print_findings(findings)
    printed = capsys.readouterr().out
    assert findings.verdict.split(":")[0] in printed
    assert "customer-" not in printed
    page = render_page(findings)
    assert "customer-" not in page
    assert "<b>x" not in page
    assert len(printed.splitlines()) < 80


def test_a_broken_rule_that_rejects_no_row_is_said_to_be_tolerated(diagnose, shop, capsys):
    findings = diagnose(shop)
    names = ("shipping_times", "quantity_at_least_1", "quantity_type")
    broken = (
        *(Check("order_lines", f"order_lines.{name}", "error", 100, 3, 0.5, None) for name in names),
        Check("order_lines", "order_lines.customer_id_present", "error", 100, 60, 0.5, None),
    )
    findings = replace(findings, broken=broken)
    print_findings(findings)
    results = re.findall(r"order_lines\.(\w+) .*(tolerated|rejected|ends the run)", capsys.readouterr().out)
    assert results == [
        ("shipping_times", "tolerated"),
        ("quantity_at_least_1", "rejected"),
        ("quantity_type", "rejected"),
        ("customer_id_present", "ends the run"),
    ]
    cells = re.findall(r'result">([^<]*)</td>', render_page(findings))
    assert cells == ["tolerated", "rows rejected", "rows rejected", "ends the run"]
