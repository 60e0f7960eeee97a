"""Raw files are read as shops deliver them: other encodings, packed, workbooks, databases, many files."""

import gzip
import io
import json
import sqlite3
import zipfile
from datetime import datetime

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from returns_risk.errors import DataError, SourceError
from returns_risk.sources import read_source
from returns_risk.sources.raw_files import list_raw_files
from tests.sources.conftest import LINES, LINES_SELECT

NAMES = LINES.replace("00012", "Größe\N{EN DASH}12 €")
SEMICOLONS = NAMES.replace(",", ";")
SKUS = ["Größe\N{EN DASH}12 €", "00034", "Größe\N{EN DASH}12 €"]


@pytest.fixture
def read_lines(write, params, tmp_path):
    """Read order lines from one file of these bytes."""

    def read_lines(name, content, options="", *, reader="read_csv", named=None, setup=None):
        table = f"{reader}('{named or name}', all_varchar = true{options})"
        select = LINES_SELECT.replace("read_csv('lines.csv', all_varchar = true)", table)
        write(lines_csv=None, order_lines_sql=select, setup_sql=setup)
        params.raw.mkdir(exist_ok=True)
        if content is not None:
            (params.raw / name).write_bytes(content)
        return read_source(params, b"k" * 32, tmp_path / "sources").tables["order_lines"]

    return read_lines


def packed(**files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "options"),
    [
        ("lines.csv", NAMES.encode("utf-8-sig"), ""),
        ("lines.csv", SEMICOLONS.encode(), ""),
        ("lines.csv", NAMES.encode("cp1252"), ", encoding = 'cp1252'"),
        ("lines.csv", SEMICOLONS.encode("cp1252"), ", encoding := 'Windows-1252', delim = ';'"),
        ("lines.csv", NAMES.encode("utf-16"), ", encoding = 'utf-16'"),
        ("lines.csv", NAMES.encode("utf-16"), ""),
        ("lines.csv", b"\xfe\xff" + NAMES.encode("utf-16-be"), ", encoding = 'UTF-16'"),
        ("lines.csv", NAMES.encode("mac_roman"), ", encoding = 'mac_roman'"),
        ("lines.csv.gz", gzip.compress(NAMES.encode(), mtime=0), ""),
        ("lines.csv.gz", gzip.compress(NAMES.encode("cp1252"), mtime=0), ", encoding = 'cp1252', compression = 'gzip'"),
        ("lines.zip", packed(lines_csv=NAMES.encode()), ""),
        ("lines.zip", packed(lines_csv=NAMES.encode("cp1252")), ", encoding = 'cp1252'"),
    ],
)
def test_texts_are_read_in_their_encoding_packed_or_not(read_lines, name, content, options):
    assert read_lines(name, content, options)["sku"].tolist() == SKUS


@given(
    st.text(st.characters(codec="cp1252", exclude_categories=["Cc"]), min_size=1).filter(
        lambda sku: sku.strip(' "\xa0')
    )
)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_each_character_of_an_encoding_arrives(read_lines, sku):
    content = LINES.replace("00012", '"' + sku.replace('"', '""') + '"').encode("cp1252")
    lines = read_lines("lines.csv", content, ", encoding = 'cp1252', quote = '\"', escape = '\"'")
    assert lines["sku"][0] == sku.strip(" \xa0")


def test_latin_1_is_read_and_cp1252_in_its_place_is_named_with_the_line(read_lines):
    latin1 = LINES.replace("00034", "Größe")
    assert read_lines("lines.csv", latin1.encode("latin-1"), ", encoding = 'latin-1'")["sku"][1] == "Größe"
    with pytest.raises(SourceError, match=r"lines\.csv: line 2 has a character that is not latin-1\. .*'cp1252'"):
        read_lines("lines.csv", NAMES.encode("cp1252"), ", encoding = 'latin-1'")


@pytest.mark.parametrize(
    ("encoding", "stated", "finding"),
    [
        ("cp1252", "", "lines.csv, line 2: the text is not UTF-8. .* encoding = 'cp1252'"),
        ("utf-16-be", "", "lines.csv, line .: the text is not UTF-8"),
        ("mac_roman", ", encoding = 'ascii'", "lines.csv: a character in line 2 is not ascii"),
        ("cp1252", ", encoding = 'cp99'", r"order_lines\.sql: there is no encoding 'cp99'"),
    ],
)
def test_another_encoding_than_stated_is_named_with_file_and_line(read_lines, encoding, stated, finding):
    with pytest.raises(SourceError, match=finding) as caught:
        read_lines("lines.csv", NAMES.encode(encoding), stated)
    assert "all_varchar" not in str(caught.value)


def test_files_are_chosen_inside_an_archive(read_lines):
    archive = packed(lines1_csv=NAMES, lines2_csv=NAMES, readme_txt="x")
    assert len(read_lines("export.zip", archive, named="export.zip/lines*.csv")) == 6
    with pytest.raises(SourceError, match=r"no file in .*/raw is called export\.zip/orders\.csv"):
        read_lines("export.zip", archive, named="export.zip/orders.csv")


def test_an_archive_is_a_raw_file_of_the_select_that_reads_from_it(read_lines, params):
    read_lines("export.zip", packed(lines_csv=NAMES), named="export.zip/lines.csv")
    assert list_raw_files(params, ["FROM read_csv('export.zip/lines.csv')"]) == [params.raw / "export.zip"]


def test_a_damaged_archive_is_named(read_lines):
    with pytest.raises(DataError, match=r"lines\.zip: the ZIP archive is cut off or damaged\. Deliver it again"):
        read_lines("lines.zip", packed(lines_csv=NAMES)[:-30])


def test_names_in_an_archive_lead_nowhere_else(read_lines, tmp_path):
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr("../../evil.csv", NAMES)
    assert len(read_lines("evil.zip", (tmp_path / "evil.zip").read_bytes(), named="evil.zip")) == 3
    assert not list(tmp_path.parent.rglob("evil.csv"))


def test_many_files_of_one_pattern_are_read_in_the_order_of_their_names(read_lines, params):
    params.raw.mkdir()
    for day in ("02", "01"):
        (params.raw / f"lines-{day}.csv").write_bytes(NAMES.replace("007", day).encode("cp1252"))
    lines = read_lines("x", None, ", encoding = 'cp1252'", named="lines-*.csv")
    assert lines["order_id"].tolist() == ["01", "01", "008", "02", "02", "008"]


def test_json_lines_are_read(write, params, tmp_path):
    header, *rows = [line.split(",") for line in NAMES.splitlines()]
    write(
        lines_csv=None,
        order_lines_sql=LINES_SELECT.replace("read_csv('lines.csv', all_varchar = true)", "'lines.jsonl'"),
    )
    params.raw.mkdir(exist_ok=True)
    records = [json.dumps(dict(zip(header, row, strict=True))) for row in rows]
    (params.raw / "lines.jsonl").write_text("\n".join(records))
    assert read_source(params, b"k" * 32, tmp_path / "sources").tables["order_lines"]["sku"].tolist() == SKUS


def test_texts_among_the_numbers_of_a_json_column_have_no_quotes(read, params):
    rows = [
        {"id": "A1", "day": "2026-03-01", "who": "000100", "sku": 12, "n": 1, "price": 9.9, "on": None},
        {"id": "A2", "day": "2026-03-01", "who": 100, "sku": "0012", "n": "2", "price": "5.5", "on": 20260302},
        {"id": "A3", "day": "2026-03-01", "who": " guest", "sku": 'a "b"', "n": 1, "price": 5, "on": "2026-03-02"},
    ]
    params.raw.mkdir()
    (params.raw / "lines.jsonl").write_text("\n".join(map(json.dumps, rows)))
    select = """SELECT id AS order_id, id AS line_id, local_time(day, 'UTC') AS ordered_at,
        customer_or_guest(who, id) AS customer_id, sku, n AS quantity, price AS unit_price,
        local_time("on", 'UTC') AS shipped_at FROM read_json('lines.jsonl')"""
    source = read(
        lines_csv=None,
        order_lines_sql=select,
        opt_outs_csv="id,out\n000100,true\n",
        customers_sql="SELECT id AS customer_id, out AS opted_out FROM read_csv('opt_outs.csv', all_varchar = true)",
    )
    lines = source.tables["order_lines"].set_index("order_id")
    assert lines["customer_id"]["A1"] == source.tables["customers"]["customer_id"][0]
    assert lines["sku"].to_dict() == {"A1": "12", "A3": 'a "b"'}
    assert lines["unit_price"].tolist() == [9.9, 5.0]
    assert source.rejected["order_lines"]["quantity"].tolist() == ["2"]
    assert source.rejected["order_lines"]["reason"].tolist() == ["shipped_at is not a timestamp of the years 1 to 9999"]


@pytest.fixture
def workbook(tmp_path):
    """Bytes of a workbook whose second sheet has two lines above the header."""
    book = openpyxl.Workbook()
    book.active.append(["nothing"])
    sheet = book.create_sheet("Lines")
    sheet.append(["Export of lines"])
    sheet.append([])
    sheet.append(["order_no", "position", "ordered", "customer", "article", "qty", "price"])
    sheet.append(["007", 1, datetime.fromisoformat("2026-03-01 10:00"), "anna", "00012", 2, 9.9])
    sheet.append(["007", 2.0, datetime.fromisoformat("2026-03-01"), "anna", 34, 1, 5])
    book.save(tmp_path / "lines.xlsx")
    return (tmp_path / "lines.xlsx").read_bytes()


def test_a_sheet_is_read_with_cells_as_texts(read_lines, workbook):
    lines = read_lines("lines.xlsx", workbook, ", sheet = 'Lines', range = 'A3:G99'", reader="read_xlsx")
    assert lines["line_id"].tolist() == ["007-1", "007-2"]
    assert lines["ordered_at"].astype(str).tolist() == ["2026-03-01 10:00:00+00:00", "2026-03-01 00:00:00+00:00"]
    assert lines["sku"].tolist() == ["00012", "34"]
    assert lines["unit_price"].tolist() == [9.9, 5.0]


@pytest.mark.parametrize(
    ("options", "error", "finding"),
    [
        (", sheet = 'Orders'", SourceError, r"there is no sheet 'Orders' with cells; it has \['Sheet', 'Lines'\]"),
        (", range = 'lines'", SourceError, "'lines' is no range of cells"),
        (", skip = 2", SourceError, r"order_lines\.sql: read_xlsx takes .*, not \['skip'\]"),
    ],
)
def test_what_a_workbook_does_not_have_is_named(read_lines, workbook, options, error, finding):
    with pytest.raises(error, match=finding):
        read_lines("lines.xlsx", workbook, options, reader="read_xlsx")


def test_what_is_no_workbook_is_named(read_lines):
    with pytest.raises(DataError, match=r"lines\.xlsx: is not an \.xlsx workbook"):
        read_lines("lines.xlsx", b"PK", reader="read_xlsx")


LINES_TABLE = """CREATE TABLE lines (
    order_no TEXT, position INTEGER, ordered TEXT, customer TEXT, article TEXT, qty INTEGER, price NUMERIC(9, 2))"""
LINES_ROWS = """INSERT INTO lines VALUES
    ('007', 1, '2026-03-01 10:00', 'anna', '00012', 2, 9.9), ('008', 2, '', 'ben', NULL, 1, 5)"""


def select_from_database(table):
    return LINES_SELECT.replace("read_csv('lines.csv', all_varchar = true)", table)


def test_tables_of_an_sqlite_file_are_read_after_attach(read, params):
    params.raw.mkdir()
    with sqlite3.connect(params.raw / "shop.db") as database:
        database.execute(LINES_TABLE)
        database.execute(LINES_ROWS)
        database.execute("CREATE TABLE private AS SELECT 1 AS x")
    database.close()
    setup = "ATTACH 'shop.db' AS shop (TYPE sqlite); CREATE VIEW first AS SELECT * FROM shop.lines WHERE position = 1;"
    source = read(lines_csv=None, setup_sql=setup, order_lines_sql=select_from_database("shop.lines"))
    assert source.tables["order_lines"]["line_id"].tolist() == ["007-1", "008-2"]
    assert source.tables["order_lines"]["unit_price"].tolist() == [9.9, 5.0]
    assert (
        len(read(lines_csv=None, setup_sql=setup, order_lines_sql=select_from_database("first")).tables["order_lines"])
        == 1
    )
    with pytest.raises(SourceError, match=r"Table with name absent does not exist"):
        read(lines_csv=None, setup_sql=setup, order_lines_sql=select_from_database("shop.absent"))


def test_tables_of_postgresql_are_read_after_attach(read, postgresql):
    engine = create_engine(postgresql)
    with engine.begin() as database:
        for statement in (LINES_TABLE.replace("ordered TEXT", "ordered TIMESTAMPTZ"), LINES_ROWS.replace("''", "NULL")):
            database.execute(text(statement))
    engine.dispose()
    setup = f"ATTACH '{postgresql.replace('+psycopg', '')}' AS shop (TYPE postgres)"
    for table in ("shop.lines", "shop.public.lines"):
        lines = read(lines_csv=None, setup_sql=setup, order_lines_sql=select_from_database(table)).tables["order_lines"]
        assert lines["line_id"].tolist() == ["007-1", "008-2"]
        assert lines["unit_price"].tolist() == [9.9, 5.0]


@pytest.mark.parametrize(
    ("setup", "finding"),
    [
        ("ATTACH 'absent.db' AS shop (TYPE sqlite)", r"setup\.sql: no database in .*/raw is called absent\.db"),
        ("ATTACH '/etc/passwd' AS shop (TYPE sqlite)", r"may read source\.raw and source\.directories only"),
        ("ATTACH 'dbname=shop' AS shop (TYPE postgres)", "is written like postgresql://user@host/database"),
        ("ATTACH 'host=x' AS shop (TYPE mysql)", r"INSTALL mysql"),
    ],
)
def test_what_cannot_be_attached_is_named(read, setup, finding):
    with pytest.raises(SourceError, match=finding):
        read(setup_sql=setup)


def test_what_needs_an_extension_says_so(read):
    with pytest.raises(
        SourceError, match=r"order_lines\.sql: this needs DuckDB's extension spatial, and a run loads none"
    ):
        read(order_lines_sql=select_from_database("st_read('lines.csv')"))
