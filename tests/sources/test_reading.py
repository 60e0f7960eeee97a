"""Raw files become typed contract tables."""

import logging

import pandas as pd
import pytest

from returns_risk.config.params import SourceParams
from returns_risk.contract.pseudonyms import pseudonymise
from returns_risk.sources import read_order_customers, read_source
from tests.sources.conftest import LINES, LINES_SELECT


def test_columns_have_the_types_of_the_contract_and_their_values(read):
    frame = read().tables["order_lines"]
    assert frame.dtypes.astype(str).to_dict() == {
        "order_id": "str",
        "line_id": "str",
        "ordered_at": "datetime64[us, UTC]",
        "customer_id": "str",
        "sku": "str",
        "quantity": "Int64",
        "unit_price": "float64",
    }
    assert frame["line_id"].tolist() == ["007-1", "007-2", "008-1"]
    assert frame["quantity"].tolist() == [2, 1, 1]
    assert frame["unit_price"].tolist() == [9.9, 5.0, 9.9]
    assert read().rejected["order_lines"].empty


def test_ids_keep_their_leading_zeros(read):
    frame = read().tables["order_lines"]
    assert frame["order_id"].tolist() == ["007", "007", "008"]
    assert frame["sku"].tolist() == ["00012", "00034", "00012"]


def test_the_order_is_that_of_the_raw_file(read, lines):
    first, second = lines(order_no="2"), lines(order_no="1").splitlines()[1]
    assert read(lines_csv=f"{first}{second}\n").tables["order_lines"]["order_id"].tolist() == ["2", "1"]


def test_two_reads_give_the_same(read):
    pd.testing.assert_frame_equal(read().tables["order_lines"], read().tables["order_lines"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01 10:00", "2026-03-01 10:00:00+00:00"),
        ("2026-03-01", "2026-03-01 00:00:00+00:00"),
        ("2026-03-01T10:00:00Z", "2026-03-01 10:00:00+00:00"),
        ("2026-03-01 10:00:00+02:00", "2026-03-01 08:00:00+00:00"),
        ("2025-10-07 09:50:26 +0200", "2025-10-07 07:50:26+00:00"),
        ("2025-10-07T09:50:26 Z", "2025-10-07 09:50:26+00:00"),
        ("2025-10-07 09:50:26 UTC", "2025-10-07 09:50:26+00:00"),
        ("2026-03-01T23:30:00.123456-05:00", "2026-03-02 04:30:00.123456+00:00"),
    ],
)
def test_a_time_without_an_offset_is_utc_and_one_with_an_offset_is_converted(read, lines, text, expected):
    assert str(read(lines_csv=lines(ordered=text)).tables["order_lines"]["ordered_at"][0]) == expected


@pytest.mark.parametrize(("text", "expected"), [("2.0", 2), ("1e3", 1000), (" 2 ", 2), ("-1", -1)])
def test_an_integer_may_be_written_in_several_ways(read, lines, text, expected):
    assert read(lines_csv=lines(qty=text)).tables["order_lines"]["quantity"].tolist() == [expected]


def test_an_empty_value_is_missing_and_no_reason_to_turn_a_row_away(read, lines):
    source = read(lines_csv=lines(ordered="", article=" ", qty="", price=""))
    row = source.tables["order_lines"].loc[0]
    assert row[["ordered_at", "sku", "quantity", "unit_price"]].isna().all()
    assert source.rejected["order_lines"].empty


def test_flags_are_read_in_their_usual_spellings(read):
    customers = (
        "SELECT column0 AS customer_id, column1 AS opted_out FROM (VALUES ('a', 'true'), ('b', 'F'), ('c', '1'), "
    )
    source = read(customers_sql=customers + "('d', NULL)) AS t(column0, column1)")
    assert source.tables["customers"]["opted_out"].tolist() == [True, False, True, pd.NA]
    assert source.tables["customers"]["opted_out"].dtype == "boolean"


def test_customer_ids_leave_as_pseudonyms_in_all_tables_alike(read):
    source = read(
        customers_sql="SELECT DISTINCT customer AS customer_id "
        "FROM read_csv('lines.csv', all_varchar = true) ORDER BY customer"
    )
    anna, ben = pseudonymise(pd.Series(["anna@example.com", "ben@example.com"]), b"k" * 32)
    assert source.tables["order_lines"]["customer_id"].tolist() == [anna, anna, ben]
    assert source.tables["customers"]["customer_id"].tolist() == [anna, ben]


def test_customer_ids_appear_nowhere_in_the_tables_or_the_rejected_rows(read, lines):
    text = lines() + lines(position="2", qty="many").splitlines()[1] + "\n"
    source = read(lines_csv=text, customers_sql="SELECT 'anna@example.com' AS customer_id, 'x' AS birth_year")
    assert len(source.rejected["order_lines"]) == len(source.rejected["customers"]) == 1
    for frame in [*source.tables.values(), *source.rejected.values()]:
        assert "anna" not in frame.to_csv()


def test_another_key_gives_other_pseudonyms(read):
    item, other = read(), read(key=b"o" * 32)
    assert not set(item.tables["order_lines"]["customer_id"]) & set(other.tables["order_lines"]["customer_id"])


def test_comments_of_customers_are_not_stored(read):
    source = read(
        returns_csv="line,received,qty,comment\n007-1,2026-03-09,1,ring at Meier\n007-2,soon,1,ask for Anna\n",
        returns_sql="SELECT line AS line_id, received AS returned_at, qty AS quantity, comment "
        "FROM read_csv('returns.csv', all_varchar = true)",
    )
    assert source.tables["returns"].columns.tolist() == ["line_id", "returned_at", "quantity"]
    assert "Meier" not in source.tables["returns"].to_csv()
    assert "Anna" not in source.rejected["returns"].to_csv()


def test_optional_tables_may_be_left_out(read):
    assert list(read().tables) == ["order_lines", "returns"]


def test_optional_columns_that_are_not_selected_are_listed_as_absent(read):
    absent = read(order_lines_sql=LINES_WITH_MARKET).absent
    assert "market" not in absent["order_lines"]
    assert absent["order_lines"][:2] == ["list_price", "currency"]
    assert absent["returns"] == ["reason", "comment", "condition", "recorded_at"]


LINES_WITH_MARKET = """
SELECT
    order_no AS order_id, order_no || '-' || position AS line_id, ordered AS ordered_at, customer AS customer_id,
    article AS sku, qty AS quantity, price AS unit_price, 'DE' AS market, 'blue' AS shop_colour
FROM read_csv('lines.csv', all_varchar = true)
"""


def test_columns_outside_the_contract_are_ignored_with_a_warning_that_names_them(read, caplog):
    with caplog.at_level(logging.WARNING):
        frame = read(order_lines_sql=LINES_WITH_MARKET).tables["order_lines"]
    assert "shop_colour" not in frame
    assert [record.args for record in caplog.records if record.args and "shop_colour" in str(record.args)] == [
        ("order_lines", ["shop_colour"])
    ]


def test_setup_runs_first_and_the_selects_can_read_its_views(read):
    source = read(
        setup_sql="CREATE TEMP VIEW good AS SELECT * FROM read_csv('lines.csv', all_varchar = true) WHERE qty = '1';\n"
        "CREATE TEMP MACRO id(order_no, position) AS order_no || '-' || position;",
        order_lines_sql="SELECT order_no AS order_id, id(order_no, position) AS line_id, ordered AS ordered_at, "
        "customer AS customer_id, article AS sku, qty AS quantity, price AS unit_price FROM good",
    )
    assert source.tables["order_lines"]["line_id"].tolist() == ["007-2", "008-1"]


@pytest.mark.parametrize("ending", [";", ";\n", "\n-- the end", ";\n-- the end\n"])
def test_a_select_may_end_as_people_end_them(read, ending):
    select = LINES_WITH_MARKET.strip() + ending
    assert len(read(order_lines_sql=select).tables["order_lines"]) == 3


def test_raw_may_be_one_file_and_names_are_relative_to_its_folder(write, tmp_path):
    write()
    params = SourceParams(name="shop", raw=tmp_path / "raw" / "lines.csv", time_zone="UTC")
    assert len(read_source(params, b"k" * 32, tmp_path / "sources").tables["order_lines"]) == 3


def test_raw_files_are_read_from_any_working_folder_and_with_an_apostrophe_in_the_path(write, tmp_path, monkeypatch):
    write()
    (tmp_path / "raw").rename(tmp_path / "anna's raw")
    monkeypatch.chdir(tmp_path)
    params = SourceParams(name="shop", raw="anna's raw", time_zone="UTC")  # type: ignore[arg-type]
    assert len(read_source(params, b"k" * 32, tmp_path / "sources").tables["order_lines"]) == 3


def test_several_raw_files_are_read_through_one_pattern(read):
    source = read(
        order_lines_sql=LINES_WITH_MARKET.replace("lines.csv", "lines*.csv"),
        lines2_csv="order_no,position,ordered,customer,article,qty,price\n009,1,2026-03-03,ben@example.com,00012,1,9.90\n",
    )
    assert sorted(source.tables["order_lines"]["order_id"]) == ["007", "007", "008", "009"]


def test_the_shops_customer_ids_of_orders_can_be_read(write, params, tmp_path):
    write(lines_csv=LINES + "009,1,2026-03-02 12:00,,00012,1,9.90\n")
    result = read_order_customers(params, pd.Series(["007", "009", "none"], dtype="str"), tmp_path / "sources")
    assert result.to_dict("list") == {"order_id": ["007"], "customer_id": ["anna@example.com"]}
    assert read_order_customers(params, pd.Series([], dtype="str"), tmp_path / "sources").empty


@pytest.mark.parametrize(
    ("cast", "shown"),
    [
        ("ordered::TIMESTAMP AT TIME ZONE 'Europe/Berlin'", "ordered::TIMESTAMP AT TIME ZONE"),
        ("cast(ordered AS timestamp) AT TIME ZONE 'Europe/Berlin'", "cast ( ordered AS timestamp ) AT TIME ZONE"),
    ],
)
def test_a_cast_that_drops_offsets_is_warned_of(read, caplog, cast, shown):
    read(order_lines_sql=LINES_SELECT.replace("ordered AS", f"{cast} AS"))
    assert f"order_lines.sql: {shown} drops the offset" in caplog.text


def test_local_times_in_a_select_are_not_warned_of(read, caplog):
    select = LINES_SELECT.replace("ordered AS", "local_time(ordered, 'Europe/Berlin') /* ordered::TIMESTAMP */ AS")
    assert str(read(order_lines_sql=select).tables["order_lines"]["ordered_at"][0]) == "2026-03-01 09:00:00+00:00"
    assert "offset" not in caplog.text


@pytest.mark.parametrize(
    "text",
    ["0000-00-00 00:00:00", "1900-01-01", "1990-12-31T00:00:00Z", "9999-12-31 23:59:59", "1970-01-01 00:00:00+00"],
)
def test_zero_dates_are_empty_and_counted(read, lines, text):
    source = read(lines_csv=lines(ordered=text))
    assert source.tables["order_lines"]["ordered_at"].isna().all()
    assert source.rejected["order_lines"].empty
    assert source.zero_dates == {"order_lines.ordered_at": 1}


def test_rows_keep_the_order_of_their_select_at_any_length(read):
    select = """
SELECT i AS order_id, i AS line_id, TIMESTAMP '2026-01-01' + INTERVAL (i) SECOND AS ordered_at,
    customer_or_guest('c', i) AS customer_id, 's' AS sku, 1 AS quantity, 1 AS unit_price
FROM range(200000, 0, -1) AS t(i) ORDER BY i
"""
    lines = read(order_lines_sql=select, returns_csv="line,received,qty\n").tables["order_lines"]
    assert lines["ordered_at"].is_monotonic_increasing
    assert len(lines) == 200_000


def test_times_without_a_zone_are_utc_whatever_setup_says(read):
    source = read(setup_sql="SET TimeZone = 'America/New_York'; SET threads = 1;")
    assert str(source.tables["order_lines"]["ordered_at"][0]) == "2026-03-01 10:00:00+00:00"
