"""Files and options that end a run in one line with file, cause and remedy."""

import gzip
import io
import json
import re
import zipfile

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl.chart import BarChart

from returns_risk.errors import ReturnsRiskError
from tests.sources.conftest import LINES, LINES_SELECT


@pytest.fixture
def failure(read, params):
    """Return the message of reading order lines from one file of these bytes."""

    def failure(name, content, call):
        params.raw.mkdir(exist_ok=True)
        (params.raw / name).write_bytes(content)
        select = LINES_SELECT.replace("read_csv('lines.csv', all_varchar = true)", call)
        with pytest.raises(ReturnsRiskError) as caught:
            read(order_lines_sql=select)
        assert "\n" not in str(caught.value)
        assert "anna" not in str(caught.value)
        return str(caught.value)

    return failure


@pytest.mark.parametrize("encoding", ["hex", "zlib", "bz2", "rot13", "uu"])
def test_a_codec_that_is_no_encoding_of_texts_is_refused(failure, encoding):
    call = f"read_csv('x.csv', all_varchar = true, encoding = '{encoding}')"
    assert f"order_lines.sql: there is no encoding '{encoding}'." in failure("x.csv", LINES.encode(), call)


@pytest.mark.parametrize(
    ("encoding", "content", "line"),
    [
        ("punycode", LINES.encode(), 1),
        ("undefined", LINES.encode(), 1),
        ("unicode_escape", b"a,b\n" + rb"\ud800" + b"\n", 2),
        ("utf-16-le", "a\nb\n".encode("utf-16-le") + b"x", 3),
    ],
)
def test_a_text_that_is_not_in_its_encoding_names_the_line(failure, encoding, content, line):
    message = failure("x.csv", content, f"read_csv('x.csv', all_varchar = true, encoding = '{encoding}')")
    assert re.search(rf"x\.csv: a character in line {line} is not {encoding[:5]}.*\. Name the encoding", message)


SHEET = "xl/worksheets/sheet1.xml"


def rows(xml):
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{xml}</sheetData></worksheet>'


def book(parts=None):
    """Bytes of a workbook of one sheet and one chart, with parts replaced or, where None, left out."""
    plain, changed = io.BytesIO(), io.BytesIO()
    workbook = openpyxl.Workbook()
    workbook.active.append(["x"])
    workbook.create_chartsheet("Chart", 0).add_chart(BarChart())
    workbook.save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            content = (parts or {}).get(name, source.read(name))
            if content is not None:
                target.writestr(name, content)
    return changed.getvalue()


def test_a_chart_is_no_sheet(failure):
    message = failure("x.xlsx", book(), "read_xlsx('x.xlsx', sheet = 'Chart')")
    assert "x.xlsx: there is no sheet 'Chart' with cells; it has ['Sheet']. Correct the SELECT." in message


@pytest.mark.parametrize(
    "parts",
    [
        {SHEET: b"<worksheet"},
        {SHEET: b"<worksheet/>"},
        {SHEET: rows('<row r="1"><c r="A1" t="s"><v>9</v></c></row>')},
        {SHEET: rows('<row r="1"><c r="A1"><v>x.y</v></c></row>')},
        {SHEET: rows('<row r="x"><c><v>1</v></c></row>')},
        {SHEET: None},
        {"xl/workbook.xml": None},
    ],
)
def test_a_damaged_workbook_is_named(failure, parts):
    message = failure("x.xlsx", book(parts), "read_xlsx('x.xlsx', sheet = 'Sheet')")
    findings = r"is not an \.xlsx workbook, or is damaged\. Save|there is no sheet|the sheet or range is empty"
    assert re.search(rf"/x\.xlsx: ({findings})", message)


def archive(*names, method=None, flags=None):
    """Bytes of a ZIP archive with these members, whose headers state another packing method or flags."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name in names:
            target.writestr(name, LINES)
    content = bytearray(buffer.getvalue())
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.find(signature)
        if flags is not None:
            content[start + place] = flags
        if method is not None:
            content[start + place + 2] = method
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        (archive("x" * 300 + ".csv"), "a name in the ZIP archive is too long or is also a folder. Unpack it"),
        (archive("lines", "lines/lines.csv"), "a name in the ZIP archive is too long or is also a folder. Unpack it"),
        (archive("lines.csv", method=9), "the ZIP archive is packed by another method than Deflate. Pack it again"),
        (archive("lines.csv", method=8), "the ZIP archive is cut off or damaged. Deliver it again"),
        (archive("lines.csv", flags=1), "the ZIP archive is encrypted. Unpack it"),
        (archive(), "the ZIP archive holds no file. Deliver it again"),
    ],
)
def test_an_archive_that_cannot_be_unpacked_is_named_with_the_cause(failure, content, finding):
    assert f"x.zip: {finding}" in failure("x.zip", content, "read_csv('x.zip', all_varchar = true)")


@pytest.mark.parametrize("content", [b"no gzip", gzip.compress(LINES.encode(), mtime=0)[:-30]])
@pytest.mark.parametrize("options", ["", ", encoding = 'cp1252'", ", encoding = 'latin-1'"])
def test_a_damaged_gzip_file_in_an_archive_is_named(failure, content, options):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        target.writestr("x.csv.gz", content)
    message = failure("x.zip", buffer.getvalue(), f"read_csv('x.zip', all_varchar = true{options})")
    assert re.search(r"x\.csv\.gz: the gzip stream ends too early or is damaged|Unexpected end of GZIP stream", message)


def json_lines(*last):
    keys, *rows = [line.split(",") for line in LINES.splitlines()]
    good = [dict(zip(keys, row, strict=True), position=1) for row in rows] * 8_000
    return "\n".join([*map(json.dumps, good), *last]).encode()


@pytest.mark.parametrize(
    ("last", "finding"),
    [
        ('{"position": "anna", "order_no": "1"}', r"a value or key does not fit .* add sample_size = -1 to the SELECT"),
        ('{"position": 1, "position": 2}', r"the key 'position' is there twice\. Correct the file\."),
        ('{"position": 1, "anna": 2}', "a value or key does not fit the columns that the first rows have"),
        ("[1]", "a value or key does not fit the columns that the first rows have"),
    ],
)
def test_a_json_line_that_does_not_fit_is_named(failure, last, finding):
    message = failure("x.jsonl", json_lines(last), "read_json('x.jsonl')")
    assert re.search(rf"order_lines\.sql: .*/x\.jsonl, line 24001: {finding}", message)


@pytest.mark.parametrize(
    ("header", "finding"),
    [
        (LINES.splitlines()[0].replace("qty", "amount"), "column 'qty' of x-1.csv is missing."),
        ("anna,1,2026-03-01,anna,12,1,5", "column 'order_no' of x-1.csv and 6 more are missing."),
    ],
)
@pytest.mark.parametrize("encoding", ["", ", encoding = 'cp1252'"])
def test_a_csv_file_with_another_header_is_named(failure, params, header, finding, encoding):
    params.raw.mkdir()
    (params.raw / "x-1.csv").write_text(LINES)
    content = "\n".join([header, *LINES.splitlines()[1:]]).encode()
    message = failure("x-2.csv", content, f"read_csv('x-*.csv', all_varchar = true{encoding})")
    assert (
        f"order_lines.sql: {params.raw}/x-2.csv: {finding} Correct the header of the file, or add union_by_name = true"
        in message
    )


def parquet(**columns):
    stream = io.BytesIO()
    table = pa.table({name: ["1"] * 1_000 for name in LINES.splitlines()[0].split(",")} | columns)
    pq.write_table(table, stream, use_dictionary=False)
    return stream.getvalue()


def test_parquet_files_with_different_columns_or_types_are_named(failure, params):
    params.raw.mkdir()
    (params.raw / "x-1.parquet").write_bytes(parquet(more=["1"] * 1_000, number=[1] * 1_000))
    call = "read_parquet('x-*.parquet')"
    message = failure("x-2.parquet", parquet(number=[1] * 1_000), f"(SELECT * FROM {call} WHERE more > '')")
    assert "/raw/x-2.parquet: column 'more' of x-1.parquet is missing. Correct the header" in message
    changed = parquet(more=["1"] * 1_000, number=["anna"] * 1_000)
    message = failure("x-2.parquet", changed, f"(SELECT * REPLACE (number + 1 AS price) FROM {call})")
    assert "/raw/x-2.parquet: column 'number' has the type VARCHAR, and BIGINT in the first file. Add union" in message


def test_a_parquet_file_with_a_damaged_page_is_named(failure):
    content = bytearray(parquet(qty=[str(number) for number in range(1_000)]))
    content[60:-1_500] = b"\xff" * (len(content) - 1_560)
    assert re.search(r"/raw/x\.parquet: is damaged\. Deliver it again\.", failure("x.parquet", content, "'x.parquet'"))
