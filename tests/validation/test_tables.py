"""Rules about a table as a whole: rows at all, volume, freshness."""

import pytest

from returns_risk.errors import DataError
from returns_risk.validation import raise_for_broken


def broken(validation):
    return [check.rule for check in validation.checks if check.severity == "error" and not check.passed]


def test_no_order_line_at_all_fails(run, make):
    validation = run(order_lines=make("order_lines", {}).iloc[:0], returns=make("returns", {}).iloc[:0])
    assert broken(validation) == ["order_lines.not_empty", "returns.not_empty"]
    assert validation.tables["order_lines"].empty
    assert validation.tables["order_lines"].dtypes.equals(make("order_lines", {}).dtypes)
    with pytest.raises(DataError, match=r"^order_lines: rule order_lines.not_empty is broken: no order line is left"):
        raise_for_broken(validation)


def test_no_order_line_that_is_accepted_fails_even_where_all_is_tolerated(run, make):
    validation = run(order_lines=make("order_lines", {"quantity": 0}), tolerated_share=1.0)
    assert broken(validation)[0] == "order_lines.not_empty"


@pytest.mark.parametrize(("previous", "names"), [(10, []), (11, ["order_lines.volume"])])
def test_a_table_a_fifth_smaller_than_before_passes_and_a_smaller_one_fails(run, make, previous, names):
    lines = make("order_lines", *({"line_id": f"L{i}"} for i in range(1, 9)))
    validation = run(order_lines=lines, previous={"order_lines": previous, "returns": 1, "products": 1})
    assert broken(validation) == names


def test_the_volume_of_a_new_table_is_not_checked(run):
    rules = [check.rule for check in run(previous={"order_lines": 1}).checks if check.rule.endswith(".volume")]
    assert rules == ["order_lines.volume"]


@pytest.mark.parametrize(("latest", "names"), [("2026-02-27", []), ("2026-02-26 23:59:59", ["order_lines.fresh"])])
def test_the_latest_order_may_be_three_days_old(run, make, latest, names):
    assert broken(run(order_lines=make("order_lines", {"ordered_at": latest}))) == names


def test_an_order_after_the_as_of_does_not_hide_that_the_others_are_stale(run, make):
    lines = make("order_lines", {"ordered_at": "2026-02-01"}, {"line_id": "L2", "ordered_at": "2026-03-05"})
    validation = run(order_lines=lines, tolerated_share=1.0)
    assert broken(validation) == ["order_lines.fresh"]
    with pytest.raises(DataError, match=r"^order_lines.ordered_at: .*; found 2026-02-01 00:00:00"):
        raise_for_broken(validation)
