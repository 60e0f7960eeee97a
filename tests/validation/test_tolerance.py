"""How many bad rows fail a run, and what the error says."""

import pytest

from returns_risk.errors import DataError, ParamsError
from returns_risk.validation import Check, Validation, raise_for_broken


def lines_with(make, bad, good):
    rows = [{"line_id": f"bad {i}", "quantity": 0} for i in range(bad)] + [
        {"line_id": f"L{i}"} for i in range(1, good + 1)
    ]
    return make("order_lines", *rows)


def test_a_share_that_is_just_tolerated_passes(run, make):
    validation = run(order_lines=lines_with(make, 1, 9), tolerated_share=0.1)
    raise_for_broken(validation)
    assert len(validation.quarantine["order_lines"]) == 1


def test_the_error_names_column_counts_example_and_remedy_in_one_line(run, make):
    validation = run(order_lines=lines_with(make, 2, 8), tolerated_share=0.1)
    with pytest.raises(DataError) as caught:
        raise_for_broken(validation)
    assert str(caught.value) == (
        "order_lines.quantity: 2 of 10 rows (20.00%, tolerated 10.00%) break rule order_lines.quantity_at_least_1: "
        "quantity is below 1, for example line_id 'bad 0'. "
        "Correct the raw file, or leave such rows out in order_lines.sql through reject_reason."
    )
    assert caught.value.exit_code == 5


def test_further_broken_rules_are_counted_and_warnings_are_not(dirty_run):
    broken = [check for check in dirty_run[0].checks if check.severity == "error" and not check.passed]
    with pytest.raises(DataError, match=rf"\(and {len(broken) - 1} more\)"):
        raise_for_broken(dirty_run[0])


def test_one_rule_may_tolerate_more_than_the_others(run, make):
    rules = {"order_lines.quantity_at_least_1": 0.2}
    raise_for_broken(run(order_lines=lines_with(make, 2, 8), rules=rules))


def test_warnings_never_fail_a_run(run, make):
    raise_for_broken(run(order_lines=make("order_lines", {"currency": "EURO", "sku": "S404"})))


@pytest.mark.parametrize("rows", [3, 7, 29, 57, 99])
def test_a_share_is_compared_without_rounding_error(rows):
    assert Check("returns", "returns.line_known", "error", 100, rows, rows / 100, None).passed
    assert not Check("returns", "returns.line_known", "error", 100, rows + 1, rows / 100, None).passed


def test_an_unknown_rule_in_params_names_the_close_ones(run):
    with pytest.raises(ParamsError, match=r"validate.rules: returns.line_kown is no rule .* \['returns.line_known'"):
        run(rules={"returns.line_kown": 0.2})


def test_a_rule_about_a_table_has_no_tolerated_share(run):
    with pytest.raises(ParamsError, match=r"order_lines.volume is no rule with a tolerated share"):
        run(rules={"order_lines.volume": 0.2})


@pytest.fixture
def unread(make):
    """Rows as the reader of sources gives them."""
    rows = make("order_lines", {"line_id": "X1"}, {"line_id": "X2"}, {"line_id": "X3"}).astype("str")
    rules = ["order_lines.ordered_at_type", "order_lines.source", "order_lines.source"]
    return {
        "order_lines": rows.assign(rule=rules, reason=["ordered_at is not a timestamp", "test order", "test order"])
    }


def test_values_that_do_not_parse_count_like_any_broken_row(run, unread):
    validation = run(rejected=unread, tolerated_share=0.4)
    check = next(check for check in validation.checks if check.rule == "order_lines.ordered_at_type")
    assert (check.rows, check.broken, check.passed, check.example) == (
        2, 1, False, "line_id 'X1', texts of the shape '9999-99-99 9'"
    )  # fmt: skip
    with pytest.raises(DataError, match=r"^order_lines.ordered_at: 1 of 2 rows .* the text does not parse"):
        raise_for_broken(validation)
    raise_for_broken(run(rejected=unread, rules={"order_lines.ordered_at_type": 0.5}))


@pytest.mark.parametrize(
    ("table", "column", "text", "shape", "remedy"),
    [
        ("order_lines", "ordered_at", "31.12.2025 9:15", "'99.99.9999 9'", "local_time(text, zone, '%d.%m.%Y %H:%M')"),
        ("order_lines", "unit_price", "1.234,56 EUR", "'9.999,99 AAA'", "comma_number(text), which takes 1.234,56"),
        ("returns", "quantity", "3,00", "'9,99'", "select whole units; comma_number(text) reads 2,00."),
        ("customers", "opted_out", "Ja", "'AA'", "select true or false"),
    ],
)
def test_texts_that_do_not_parse_show_their_shape_and_the_macro(run, make, table, column, text, shape, remedy):
    rows = make(table, {}).astype("str")
    rejected = rows.assign(**{column: text}, rule=f"{table}.{column}_type", reason="")
    given = make(table, {}).assign(**({column: None} if column not in rows else {}))
    with pytest.raises(DataError) as caught:
        raise_for_broken(run(rejected={table: rejected}, **{table: given}))
    assert f"texts of the shape {shape}" in str(caught.value)
    assert f"in {table}.sql" in str(caught.value)
    assert remedy in str(caught.value)
    assert text not in str(caught.value)


def test_a_text_that_a_customer_may_have_written_has_no_shape(run, make):
    rows = make("returns", {"reason": "Herr Schmidt"}).astype("str")
    rejected = rows.assign(rule="returns.reason_type", reason="")
    with pytest.raises(DataError, match=r"for example line_id 'L1'\. Correct the raw file or the SELECT in returns"):
        raise_for_broken(run(rejected={"returns": rejected}))


def test_rows_that_a_select_turns_away_never_fail_a_run(run, unread):
    rejected = {"order_lines": unread["order_lines"].iloc[1:]}
    validation = run(rejected=rejected)
    raise_for_broken(validation)
    check = next(check for check in validation.checks if check.rule == "order_lines.source")
    assert (check.rows, check.broken) == (3, 2)


def test_returns_of_lines_that_were_rejected_never_fail_a_run(run, make, unread):
    returns = make("returns", {}, {"line_id": "X2"}, {"line_id": "X2"})
    validation = run(returns=returns, rejected={"order_lines": unread["order_lines"].iloc[1:]})
    raise_for_broken(validation)
    assert (
        validation.quarantine["returns"]["reason"].tolist()
        == ["return without a line: its order line was rejected"] * 2
    )


def test_nothing_broken_raises_nothing():
    raise_for_broken(Validation({}, {}, {}, (Check("returns", "returns.line_known", "error", 0, 0, 0.0, None),)))
