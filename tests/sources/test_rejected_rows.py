"""A row that cannot be used is rejected with its rule and reason."""

import pandas as pd
import pytest

from returns_risk.contract.pseudonyms import pseudonymise

KEY = b"k" * 32

TIME = "ordered_at is not a timestamp of the years 1 to 9999"
TEXT = "sku is not a text of at most 200 characters without control characters"


@pytest.mark.parametrize(
    ("column", "text", "rule", "reason"),
    [
        ("ordered", "01.03.2026", "order_lines.ordered_at_type", TIME),
        ("ordered", "2026-02-30", "order_lines.ordered_at_type", TIME),
        ("ordered", "26-03-01 10:00", "order_lines.ordered_at_type", TIME),
        ("ordered", "2026-03-01 10:00 BST", "order_lines.ordered_at_type", TIME),
        ("ordered", "2026-03-01 10:00 (no zone)", "order_lines.ordered_at_type", TIME),
        ("ordered", "epoch", "order_lines.ordered_at_type", TIME),
        ("ordered", "infinity", "order_lines.ordered_at_type", TIME),
        ("ordered", "10000-01-01", "order_lines.ordered_at_type", TIME),
        ("article", "A\x85B", "order_lines.sku_type", TEXT),
        ("article", "A" * 201, "order_lines.sku_type", TEXT),
        ("order_no", "7\x007", "order_lines.order_id_type", TEXT.replace("sku", "order_id")),
        ("qty", "many", "order_lines.quantity_type", "quantity is not a whole number"),
        ("qty", "1.5", "order_lines.quantity_type", "quantity is not a whole number"),
        ("qty", "inf", "order_lines.quantity_type", "quantity is not a whole number"),
        ("qty", "nan", "order_lines.quantity_type", "quantity is not a whole number"),
        ("qty", "1e30", "order_lines.quantity_type", "quantity is not a whole number"),
        ("price", "9 EUR", "order_lines.unit_price_type", "unit_price is not a number"),
        ("price", "nan", "order_lines.unit_price_type", "unit_price is not a number"),
        ("price", "-inf", "order_lines.unit_price_type", "unit_price is not a number"),
        ("price", "1e999", "order_lines.unit_price_type", "unit_price is not a number"),
    ],
)
def test_a_value_that_does_not_parse_turns_its_row_away(read, lines, column, text, rule, reason):
    source = read(lines_csv=lines(**{column: text}))
    assert source.tables["order_lines"].empty
    rejected = source.rejected["order_lines"]
    assert rejected[["rule", "reason"]].to_numpy().tolist() == [[rule, reason]]


def test_texts_of_200_characters_and_customer_ids_of_any_length_are_kept(read, lines):
    source = read(lines_csv=lines(article="ä" * 200, customer="c" * 400))
    assert source.tables["order_lines"]["sku"].tolist() == ["ä" * 200]


@pytest.mark.parametrize("customer", ["C 001\t", "\ufeffC 001", "C 001\x85\u200b", "\xa0 C 001\x00", '"C 001\r"'])
def test_what_cannot_be_seen_around_a_customer_id_makes_no_other_customer(read, lines, customer):
    source = read(
        lines_csv=lines(customer=customer), customers_sql="SELECT E'C 001\r\n' AS customer_id, true AS opted_out"
    )
    expected = pseudonymise(pd.Series(["C 001"]), KEY).tolist()
    assert source.tables["order_lines"]["customer_id"].tolist() == expected
    assert source.tables["customers"]["customer_id"].tolist() == expected


def test_a_customer_id_with_a_control_character_is_rejected_and_not_quoted(read, lines):
    source = read(
        lines_csv=lines(customer="C\x01001"), customers_sql="SELECT E'C\\t001' AS customer_id, true AS opted_out"
    )
    for name, rejected in source.rejected.items():
        if name in ("order_lines", "customers"):
            assert rejected[["rule", "reason"]].to_numpy().tolist() == [
                [f"{name}.customer_id_type", "customer_id is not a text without control characters"]
            ]
            assert rejected["customer_id"].isna().all()


def test_a_flag_that_does_not_parse_turns_its_row_away(read):
    source = read(customers_sql="SELECT 'anna' AS customer_id, 'maybe' AS opted_out")
    assert source.rejected["customers"][["opted_out", "rule", "reason"]].to_numpy().tolist() == [
        ["maybe", "customers.opted_out_type", "opted_out is not true or false"]
    ]


def test_only_the_bad_row_goes_and_it_keeps_the_texts_it_came_with(read):
    source = read(
        lines_csv="order_no,position,ordered,customer,article,qty,price\n"
        "007,1,2026-03-01 10:00,anna,00012,2,9.90\n"
        "007,2,2026-03-01 10:00,anna,00034,1.5,5\n"
        "008,1,2026-03-02 11:30,ben,00012,1,9.90\n"
    )
    assert source.tables["order_lines"]["line_id"].tolist() == ["007-1", "008-1"]
    rejected = source.rejected["order_lines"]
    assert rejected[["order_id", "line_id", "sku", "quantity", "unit_price"]].to_numpy().tolist() == [
        ["007", "007-2", "00034", "1.5", "5.0"]
    ]
    assert (rejected.dtypes == "str").all()


def test_a_row_with_two_bad_values_goes_once_under_the_first_rule_with_both_texts(read, lines):
    rejected = read(lines_csv=lines(qty="many", price="free")).rejected["order_lines"]
    assert rejected[["rule", "quantity", "unit_price"]].to_numpy().tolist() == [
        ["order_lines.quantity_type", "many", "free"]
    ]


def test_a_select_turns_rows_away_by_its_reject_reason(read):
    source = read(
        order_lines_sql="SELECT order_no AS order_id, order_no || position AS line_id, ordered AS ordered_at, "
        "customer AS customer_id, article AS sku, qty AS quantity, price AS unit_price, "
        "CASE WHEN article = '00034' THEN 'a gift' END AS reject_reason FROM read_csv('lines.csv', all_varchar = true)"
    )
    assert source.tables["order_lines"]["line_id"].tolist() == ["0071", "0081"]
    assert source.rejected["order_lines"][["line_id", "rule", "reason"]].to_numpy().tolist() == [
        ["0072", "order_lines.source", "a gift"]
    ]
    assert "reject_reason" not in source.tables["order_lines"]


def test_the_reason_of_the_select_comes_before_a_value_that_does_not_parse(read, lines):
    source = read(
        lines_csv=lines(qty="many"),
        order_lines_sql="SELECT order_no AS order_id, position AS line_id, ordered AS ordered_at, "
        "customer AS customer_id, article AS sku, qty AS quantity, price AS unit_price, "
        "'a gift' AS reject_reason FROM read_csv('lines.csv', all_varchar = true)",
    )
    assert source.rejected["order_lines"][["quantity", "rule", "reason"]].to_numpy().tolist() == [
        ["many", "order_lines.source", "a gift"]
    ]


def test_lines_that_are_all_rejected_are_no_empty_source(read, lines):
    source = read(lines_csv=lines(qty="many"))
    assert (len(source.tables["order_lines"]), len(source.rejected["order_lines"])) == (0, 1)
