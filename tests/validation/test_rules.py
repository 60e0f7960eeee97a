"""Each rule catches its fault, and only that."""

import pytest

from returns_risk.errors import DataError
from returns_risk.validation import raise_for_broken
from returns_risk.validation.rules import ROW_RULES

NEVER = {"order_lines.line_id_not_repeated", "products.sku_not_repeated", "customers.customer_id_not_repeated"}


def severities():
    return {rule.name: rule.severity for rules in ROW_RULES.values() for rule in rules}


def test_each_row_rule_has_a_fault_in_these_tests(faults):
    assert set(severities()) - NEVER - {"returns.row_not_repeated"} == set(faults)


def test_a_row_with_an_error_is_rejected_under_its_rule(dirty_run, faults, tag, error):
    table = error.partition(".")[0]
    result = dirty_run[0].quarantine[table]
    assert result.loc[result[tag[table]] == error, "rule"].tolist() == [error] * len(faults[error])


def test_a_row_that_only_warns_stays(dirty_run, faults, tag, warning):
    table = warning.partition(".")[0]
    accepted = dirty_run[0].tables[table]
    assert accepted[tag[table].removeprefix("return_")].eq(warning).sum() == len(faults[warning])


def test_nothing_but_the_faulty_rows_and_the_copies_is_rejected(dirty_run, tag):
    untagged = {name: frame[frame[tag[name]] == "none"] for name, frame in dirty_run[0].quarantine.items()}
    assert {name: frame["rule"].tolist() for name, frame in untagged.items()} == {
        "order_lines": ["order_lines.line_id_not_repeated"],
        "returns": [],
        "products": ["products.sku_not_repeated"],
        "customers": ["customers.customer_id_not_repeated"],
    }


def test_each_check_counts_the_rows_that_break_its_rule(dirty_run, faults, fault):
    counts = {check.rule: check.broken for check in dirty_run[0].checks}
    # The three lines with another fault at the same row, and the sku and customer that are missing, add none.
    assert counts[fault] == len(faults[fault])


def test_repeated_rows_are_counted_apart_from_conflicting_ones(dirty_run):
    counts = {check.rule: check.broken for check in dirty_run[0].checks}
    assert counts["order_lines.line_id_not_repeated"] == 1
    assert counts["order_lines.line_id_unique"] == 2


def test_two_alike_returns_stay_and_warn(dirty_run):
    validation = dirty_run[0]
    check = next(check for check in validation.checks if check.rule == "returns.row_not_repeated")
    assert (check.severity, check.broken) == ("warn", 1)
    assert validation.known["returns"]["line_id"].tolist() == ["L1", "L3", "L3"]


def test_the_first_of_repeated_rows_stays_where_it_stood(dirty_run):
    lines = dirty_run[0].tables["order_lines"]
    assert lines["line_id"].tolist()[-2:] == ["L2", "L3"]
    assert lines.index.tolist() == list(range(len(lines)))


def test_a_rule_is_skipped_where_its_column_or_table_is_absent(run, make):
    lines = make("order_lines", {}).drop(columns=["currency", "shipped_at", "list_price", "recorded_at"])
    checks = {check.rule for check in run(order_lines=lines, products=None, customers=None).checks}
    assert "order_lines.quantity_at_least_1" in checks
    assert not checks & {
        "order_lines.currency_iso_4217",
        "order_lines.shipped_at_not_before_ordered_at",
        "order_lines.delivered_at_not_before_shipped_at",
        "order_lines.list_price_not_negative",
        "order_lines.recorded_at_not_before_ordered_at",
        "order_lines.sku_known",
        "order_lines.customer_known",
        "products.sku_present",
    }


def test_keys_that_match_nothing_are_set_against_those_of_the_other_table(run, make):
    lines = make("order_lines", {"line_id": "7", "sku": "123"})
    returns = make("returns", {"line_id": "0007-1"})
    products = make("products", {"sku": "S9"}, {"sku": "00123"})
    validation = run(order_lines=lines, returns=returns, products=products)
    examples = {check.rule: check.example for check in validation.checks}
    assert examples["order_lines.sku_known"] == "sku '123', where the other table has '00123'"
    assert examples["returns.line_known"] == "line_id '0007-1', where the other table has '7'"
    with pytest.raises(DataError, match=r"Write line_id in returns\.sql as in order_lines\.sql"):
        raise_for_broken(validation)


def test_a_table_whose_rows_are_all_later_than_the_as_of_says_so(run, make):
    lines = make("order_lines", {"ordered_at": "2026-03-02 07:00", "promised_at": None})
    returns = make("returns", {"returned_at": "2026-03-02 07:30"})
    checks = {check.rule: check for check in run(order_lines=lines, returns=returns).checks}
    assert checks["order_lines.not_empty"].example == "found 0, since 1 rows are later than the as-of"
    assert checks["returns.not_empty"].example == "found 0, since 1 rows are later than the as-of"
    with pytest.raises(DataError, match=r"since 1 rows are later than the as-of.* choose a later as-of"):
        raise_for_broken(run(order_lines=lines, returns=returns))


def test_a_table_without_rows_is_first_to_be_delivered_again(run, make):
    remedy = r"nothing can be learnt.*\. Deliver the raw file again if it has its header alone; where"
    with pytest.raises(DataError, match=remedy):
        raise_for_broken(run(order_lines=make("order_lines", {}), returns=make("returns")))


def test_units_beyond_the_ordered_ones_are_rejected_in_time_order(run, make):
    lines = make("order_lines", {"quantity": 3})
    returns = make(
        "returns",
        {"returned_at": "2026-03-01 15:00", "quantity": 1, "reason": "third"},
        {"returned_at": "2026-03-01 14:00", "quantity": 2, "reason": "second"},
        {"returned_at": "2026-03-01 13:00", "quantity": 1, "reason": "first"},
        {"returned_at": "2026-03-01 12:00", "quantity": 9, "reason": "impossible"},
        {"returned_at": "2026-02-01 12:00", "quantity": 1, "reason": "too early"},
    )
    validation = run(order_lines=lines, returns=returns)
    assert validation.tables["returns"]["reason"].tolist() == ["second", "first"]
    away = validation.quarantine["returns"].set_index("return_reason")["rule"].to_dict()
    assert away == {
        "third": "returns.quantity_within_ordered",
        "impossible": "returns.quantity_within_ordered",
        "too early": "returns.returned_at_not_before_ordered_at",
    }


def test_rows_from_the_as_of_until_the_reading_stay_are_counted_and_make_nothing_fresh_or_complete(run, make):
    early = [{"line_id": f"L{place}", "ordered_at": "2026-02-20"} for place in range(3)]
    later = [{"line_id": f"N{place}", "ordered_at": "2026-03-02 03:00"} for place in range(4)]
    lines = make("order_lines", *early, *later)
    returns = make(
        "returns", {"line_id": "L0", "returned_at": "2026-02-25"}, {"line_id": "L1", "returned_at": "2026-03-02 01:00"}
    )
    validation = run(order_lines=lines, returns=returns, previous={"order_lines": 7, "returns": 1})
    assert validation.quarantine["order_lines"].empty
    assert validation.later == {"order_lines": 4, "returns": 1, "products": 0, "customers": 0}
    assert validation.known["order_lines"]["line_id"].tolist() == ["L0", "L1", "L2"]
    failed = {check.rule for check in validation.checks if check.severity == "error" and not check.passed}
    assert failed == {"order_lines.fresh", "order_lines.volume"}
