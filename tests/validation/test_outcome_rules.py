"""Rules about how lines end warn with counts, and end the run where no window would ever open."""

import re

import pandas as pd
import pytest

from returns_risk.config.params import ValidateParams
from returns_risk.config.policy import MarketPolicy, Policy
from returns_risk.errors import DataError
from returns_risk.sources import Source
from returns_risk.validation import ValidationContext, raise_for_broken, validate, write_docs
from returns_risk.validation.outcome_rules import OUTCOME_RULES
from returns_risk.validation.shop_rule import AcceptedTables

AS_OF = pd.Timestamp("2026-03-02", tz="UTC")
TERMS = MarketPolicy(return_window_days=10, delivery_days=0, grace_days=0)
OLD = "2026-01-05 10:00"


def count(rule, make, lines, returns=(), products=None, policy=None):
    """What a rule counts in tables given by what differs from their good rows."""
    rows = [{"ordered_at": OLD, "promised_at": None} | line for line in lines]
    tables = {
        "order_lines": make("order_lines", *[{"line_id": f"L{n}"} | row for n, row in enumerate(rows)]),
        "returns": make("returns", *returns) if returns else make("returns", {}).iloc[:0],
    }
    if "market" in rows[0]:
        tables["order_lines"]["market"] = pd.Series([row["market"] for row in rows], dtype="str")
    if products:
        tables["products"] = make("products", *products)
    (shop_rule,) = (item for item in OUTCOME_RULES if item.name == rule)
    return shop_rule.count(AcceptedTables(tables, {}, AS_OF, policy=policy or Policy(default=TERMS, markets={})))


def test_lines_that_never_shipped_are_counted(make):
    shipped = [{"shipped_at": "2026-01-06"}] * 18 + [{"cancelled_at": "2026-01-06"}, {"delivered_at": "2026-01-07"}]
    result = count("order_lines.shipped", make, [*shipped, {}, {"ordered_at": "2026-02-28"}])
    assert (result.rows, result.broken, result.example) == (21, 1, "line_id 'L20'")
    assert count("order_lines.shipped", make, [{}] * 19) is None


def test_a_column_of_shipping_times_that_is_empty_ends_the_run(run, make):
    lines = make("order_lines", *[{"line_id": f"L{n}", "ordered_at": OLD} for n in range(20)], {"line_id": "L20"})
    with pytest.raises(DataError, match=r"order_lines\.shipped_at: 20 of 20 rows .* remove shipped_at from") as ended:
        raise_for_broken(run(order_lines=lines, returns=make("returns", {"line_id": "L20"})))
    assert "\n" not in str(ended.value)
    without = run(order_lines=lines.drop(columns="shipped_at"), returns=make("returns", {"line_id": "L20"}))
    raise_for_broken(without)


def test_returns_before_or_without_shipment_are_counted(make):
    lines = [{"shipped_at": "2026-01-08"}, {"shipped_at": "2026-01-06"}, {}]
    returns = [{"line_id": f"L{n}", "returned_at": "2026-01-07 12:00"} for n in range(3)]
    result = count("returns.before_shipment", make, lines, returns)
    assert (result.rows, result.broken, result.example) == (3, 2, "line_id 'L0'")


def test_late_returns_are_judged_in_the_month_with_most_of_them(make):
    months = ["2025-06-05 10:00"] * 400 + ["2025-11-05 10:00"] * 100
    shipped = pd.to_datetime(pd.Series(months)) + pd.Timedelta(days=1)
    lines = [
        {"ordered_at": at, "shipped_at": str(sent), "market": "DE"} for at, sent in zip(months, shipped, strict=True)
    ]
    back = shipped + pd.Timedelta(days=2)
    back.iloc[-15:] += pd.Timedelta(days=60)
    returns = [{"line_id": f"L{n}", "returned_at": str(at)} for n, at in enumerate(back)]
    result = count("returns.after_window", make, lines, returns)
    assert (result.rows, result.broken, result.example) == (100, 15, "orders of 2025-11")


@pytest.mark.parametrize(
    ("markets", "broken", "example"),
    [
        (["DE", "FR", None], 0, None),
        (["DE", "PT", "PT", "de"], 3, "'de' (1 rows, similar is DE)"),
        (["DE", "PT"], 1, "'PT' (1 rows)"),
    ],
)
def test_markets_that_the_policy_does_not_list_are_counted(make, markets, broken, example):
    policy = Policy(default=TERMS, markets={"DE": TERMS, "FR": TERMS})
    lines = [{"market": market} for market in markets]
    result = count("order_lines.market_listed", make, lines, policy=policy)
    assert (result.rows, result.broken, result.example) == (len(markets), broken, example)
    assert count("order_lines.market_listed", make, lines, policy=Policy(default=TERMS, markets={})) is None


def test_free_replacements_of_returned_lines_are_counted(make):
    lines = [
        {"sku": "red-S", "shipped_at": "2026-01-06", "order_id": "O0"},
        {"sku": "red-M", "unit_price": 0.0, "ordered_at": "2026-01-12 10:00"},
        {"sku": "blue-M", "unit_price": 0.0, "ordered_at": "2026-01-12 10:00"},
        {"sku": "red-M", "unit_price": 0.0, "ordered_at": "2026-01-12 10:00", "customer_id": "C2"},
        {"sku": "red-M", "unit_price": 0.0, "ordered_at": "2026-02-28 10:00"},
        {"sku": "red-S", "unit_price": 0.0, "order_id": "O0"},  # the child of a configurable item
    ]
    returns = [{"line_id": "L0", "returned_at": "2026-01-14 12:00"}]
    products = [{"sku": "red-S", "style": "red"}, {"sku": "red-M", "style": "red"}, {"sku": "blue-M", "style": "blue"}]
    result = count("order_lines.free_replacement", make, lines, returns, products)
    assert (result.rows, result.broken, result.example) == (6, 1, "line_id 'L1'")


def test_late_returns_are_a_table_of_the_report_and_a_warning(make, tmp_path):
    lines = make("order_lines", {"ordered_at": OLD, "promised_at": None, "shipped_at": "2026-01-06"}, {"line_id": "L2"})
    returns = make("returns", {"returned_at": "2026-02-20"})
    params = ValidateParams(tolerated_share=0.0, rules={}, volume_drop=0.2, stale_days=3)
    source = Source({"order_lines": lines, "returns": returns}, {}, {})
    policy = Policy(default=TERMS, markets={})
    validation = validate(source, ValidationContext(AS_OF, AS_OF, params, None, policy, "Europe/Berlin"))
    (warning,) = (text for text in validation.warnings if "after_window" in text)
    assert warning.startswith("returns.returned_at: 1 of 1 returned lines (100.00%, tolerated 5.00%) break rule ")
    assert validation.late_returns is not None
    assert validation.late_returns["late"].tolist() == [1]
    write_docs(validation, AS_OF, tmp_path / "docs")
    page = re.sub(r"\s+", " ", (tmp_path / "docs/index.html").read_text())
    assert '<th scope="row">none</th><td>2026-01</td> <td class="number">1</td><td class="number">1</td>' in page
