"""A source that cannot be read ends in one line that names the place, without a value of the data."""

import codecs
import gzip
import re
import zipfile

import pytest

from returns_risk.config.params import SourceParams
from returns_risk.errors import SourceError
from returns_risk.sources import read_source
from tests.sources.conftest import RETURNS, RETURNS_SELECT

HEADER = "order_no,position,ordered,customer,article,qty,price\n"
SELECT = """
SELECT
    order_no AS order_id, position AS line_id, ordered AS ordered_at, customer AS customer_id,
    article AS sku, qty AS quantity, price AS unit_price
FROM read_csv('lines.csv', all_varchar = true)
"""


def test_a_missing_source_names_the_existing_ones(read, tmp_path):
    read()
    params = SourceParams(name="shopp", raw=tmp_path / "raw", time_zone="UTC")
    with pytest.raises(
        SourceError, match=r"sources/shopp: there is no such source; .* has \['shop'\]\. Correct source\.name"
    ):
        read_source(params, b"k" * 32, tmp_path / "sources")


def test_missing_raw_files_are_named(write, tmp_path):
    write()
    params = SourceParams(name="shop", raw=tmp_path / "nowhere", time_zone="UTC")
    with pytest.raises(
        SourceError, match=rf"^{re.escape(str(tmp_path))}/nowhere: the raw files of source shop are not there"
    ):
        read_source(params, b"k" * 32, tmp_path / "sources")


def test_a_file_of_0_bytes_is_named(read):
    with pytest.raises(SourceError, match=r"raw/returns\.csv: the file is empty \(0 bytes\)\. Deliver it again\."):
        read(returns_csv="")


@pytest.mark.parametrize("reader", ["read_csv('returns-*.csv', all_varchar = true)", "'returns-*.csv'"])
@pytest.mark.parametrize(
    ("content", "finding"),
    [
        (b"", r"is empty \(0 bytes\)"),
        (b"\n", "holds nothing but blanks"),
        (codecs.BOM_UTF8, "holds nothing but blanks"),
    ],
)
def test_an_empty_file_among_those_of_a_pattern_is_named(read, params, reader, content, finding):
    params.raw.mkdir()
    (params.raw / "returns-1.csv").write_text(RETURNS)
    (params.raw / "returns-2.csv").write_bytes(content)
    select = RETURNS_SELECT.replace("read_csv('returns.csv', all_varchar = true)", reader)
    with pytest.raises(SourceError, match=rf"raw/returns-2\.csv: the file {finding}\. Deliver it again\."):
        read(returns_csv=None, returns_sql=select)
    (params.raw / "returns-2.csv").write_text(RETURNS.splitlines()[0] + "\n")
    assert len(read(returns_csv=None, returns_sql=select).tables["returns"]) == 1


@pytest.mark.parametrize(
    ("name", "packed"), [("2.csv", b""), ("2.csv.gz", gzip.compress(b"", mtime=0)), ("2.dat", b"")]
)
def test_an_empty_file_in_an_archive_or_packed_is_named(read, params, name, packed):
    params.raw.mkdir()
    with zipfile.ZipFile(params.raw / "returns.zip", "w") as archive:
        archive.writestr("1.csv", RETURNS)
        archive.writestr(name, packed)
    select = RETURNS_SELECT.replace("returns.csv", "returns.zip")
    finding = rf"raw/returns\.zip/{re.escape(name)}: the file is empty \(0 bytes\)\. Deliver it again\."
    with pytest.raises(SourceError, match=finding):
        read(returns_csv=None, returns_sql=select)


def test_an_empty_marker_among_the_files_of_a_pattern_does_no_harm(read, params):
    (params.raw / "returns").mkdir(parents=True)
    (params.raw / "returns/_SUCCESS").touch()
    (params.raw / "returns/1.csv").write_text(RETURNS)
    select = RETURNS_SELECT.replace("returns.csv", "returns/*")
    assert len(read(returns_csv=None, returns_sql=select).tables["returns"]) == 1


def test_an_empty_file_that_no_select_reads_does_no_harm(read):
    assert len(read(notes_csv="").tables["order_lines"]) == 3


def test_a_file_with_only_a_header_selects_no_rows(read):
    with pytest.raises(SourceError, match=r"order_lines\.sql selects no rows from .*/raw\. Check the raw files"):
        read(lines_csv=HEADER)


def test_a_returns_file_with_only_a_header_is_no_error(read):
    assert read(returns_csv="line,received,qty\n").tables["returns"].empty


@pytest.mark.parametrize("table", ["order_lines", "returns"])
def test_a_required_table_without_a_select_is_named(read, table):
    with pytest.raises(SourceError, match=rf"sources/shop/{table}\.sql: the SELECT for {table} is missing"):
        read(**{f"{table}_sql": None})


def test_required_columns_that_are_not_selected_are_named_with_those_that_are(read):
    select = "SELECT line AS line_id, qty AS amount FROM read_csv('returns.csv', all_varchar = true)"
    with pytest.raises(SourceError) as caught:
        read(returns_sql=select)
    message = str(caught.value)
    assert message.startswith("returns: columns ['returned_at', 'quantity'] are missing from ")
    assert message.endswith("/returns.sql; it selects ['line_id', 'amount']. Add them to the SELECT.")


@pytest.mark.parametrize(
    ("wrong", "finding"),
    [
        (SELECT.replace("SELECT", "SELEC"), r"Parser Error: syntax error"),
        (SELECT.replace("qty AS", "amount AS"), r'Binder Error: Referenced column "amount" not found'),
        (SELECT.replace("read_csv", "read_cvs"), r"Catalog Error: .*read_cvs"),
        (SELECT.replace("lines.csv", "linien.csv"), r"no file in .*/raw is called linien\.csv\."),
    ],
)
def test_a_wrong_statement_is_one_line_with_its_file_and_the_finding_of_duckdb(read, wrong, finding):
    with pytest.raises(SourceError, match=rf"/sources/shop/order_lines\.sql: {finding}.* Correct the SELECT") as caught:
        read(order_lines_sql=wrong)
    assert "\n" not in str(caught.value)


def test_a_wrong_setup_is_named(read):
    with pytest.raises(SourceError, match=r"/sources/shop/setup\.sql: Parser Error"):
        read(setup_sql="CREATE VEIW x AS SELECT 1")


def test_two_statements_in_one_file_are_refused(read):
    with pytest.raises(SourceError, match=r"/sources/shop/order_lines\.sql: "):
        read(order_lines_sql=f"{SELECT}; {SELECT}")


@pytest.mark.parametrize(
    "expression",
    [
        "customer::INTEGER",  # conversion error
        "strptime(customer, '%Y')",  # invalid input
        "regexp_matches('a', customer)",  # invalid input
        "TIMESTAMP '2026-03-01' AT TIME ZONE customer",  # not implemented
        "json_extract(customer, '$.x')",  # invalid input
        "9223372036854775807 * phone::BIGINT",  # out of range
    ],
)
def test_a_value_that_a_select_fails_on_is_not_in_the_message(read, expression):
    lines = (
        "order_no,position,ordered,customer,article,qty,price,phone\n007,1,2026-03-01,anna(meier,00012,2,9.90,4917655\n"
    )
    with pytest.raises(SourceError, match=r"/sources/shop/order_lines\.sql: ") as caught:
        read(lines_csv=lines, order_lines_sql=SELECT.replace("article AS", f"({expression})::VARCHAR AS"))
    assert "anna" not in str(caught.value)
    assert "4917655" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("select", "finding"),
    [
        (
            SELECT.replace("ordered AS", "ordered::TIMESTAMP AS"),
            "ordered::TIMESTAMP fails .* of the form 'aaaaaaa'",
        ),
        (SELECT.replace("ordered AS", "CAST(ordered AS TIMESTAMP) AS"), r"CAST\(ordered AS TIMESTAMP\) fails"),
        (SELECT.replace("ordered AS", "(ordered || ' ')::DATE AS"), "the cast of a cell to DATE fails"),
        (
            SELECT.replace("ordered AS", "strptime(ordered, '%Y') AS"),
            "strptime fails on a value of the form '9999-99-99'",
        ),
        (SELECT.replace("qty AS", "customer::INT AS"), "customer::INT fails on a value of the form 'aaaa@aaaaaaa.aaa'"),
        (
            SELECT.replace("all_varchar = true", "types = {'ordered': 'TIMESTAMP'}"),
            "lines.csv, line 3: column ordered cannot be converted to TIMESTAMP, .* all_varchar = true",
        ),
        (
            SELECT.replace("ordered AS", "local_time(ordered, 'Europe/Berln') AS"),
            "the time zone 'Europe/Berln' is unknown",
        ),
        (SELECT.replace("ordered AS", "local_time('2026-01-01', customer) AS"), "the time zone of a row is unknown"),
    ],
)
def test_the_cause_is_named_and_no_remedy_that_is_there_already(read, select, finding):
    rows = "7,1,2026-03-01,anna@example.com,12,2,9.90\n8,1,unknown,ben@example.com,12,2,9.90\n"
    with pytest.raises(SourceError, match=rf"order_lines\.sql: .*{finding}") as caught:
        read(lines_csv=HEADER + rows, order_lines_sql=select)
    message = str(caught.value)
    assert "unknown" not in message.replace("is unknown", "")
    assert "example.com" not in message
    assert ("all_varchar" in message) == ("all_varchar" not in select)


def test_a_line_with_too_many_cells_is_refused_without_its_content(read):
    select = SELECT.replace(
        "all_varchar = true",
        "all_varchar = true, header = true, delim = ',', columns = {"
        "'order_no': 'VARCHAR', 'position': 'VARCHAR', 'ordered': 'VARCHAR', 'customer': 'VARCHAR', "
        "'article': 'VARCHAR', 'qty': 'VARCHAR', 'price': 'VARCHAR'}",
    )
    with pytest.raises(SourceError, match=r"lines\.csv: lines have 9 cells and the SELECT names 7 columns\.") as caught:
        read(
            lines_csv=HEADER + "7,1,2026-03-01,anna,12,2,9.90\n7,2,2026-03-01,anna,12,2,9.90,meier,x\n",
            order_lines_sql=select,
        )
    assert "meier" not in str(caught.value)
    assert "\n" not in str(caught.value)
