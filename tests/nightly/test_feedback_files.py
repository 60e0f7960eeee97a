"""A table of feedback is read whatever program wrote it, or refused in a sentence; no file ends in a traceback."""

import re
import time
import zipfile
from pathlib import Path

import pytest

from returns_risk.errors import SourceError
from returns_risk.io.logging import reporting_errors
from tests.nightly.small_feedback import bring_back, refused, stored, write_sheet

pytestmark = pytest.mark.usefixtures("feedback_shop")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_header_decides_on_the_delimiter_whatever_comments_contain(delimiter):
    header = delimiter.join(["order_id", "disposition", "comment"])
    rows = [delimiter.join(["O1", "done", '"one, two; three, four;\tfive"']), delimiter.join(["O2", "wrong flag", ""])]
    assert bring_back("back.csv", "\n".join([header, *rows])) == (
        0,
        "back.csv: 2 stored, 0 unchanged, 0 rejected",
        [],
    )
    assert stored() == [
        {"order_id": "O1", "disposition": "done", "comment": "one, two; three, four;\tfive"},
        {"order_id": "O2", "disposition": "wrong_flag"},
    ]


def test_a_sheet_with_drop_downs_and_a_wrong_size_is_read(recwarn):
    write_sheet("plain.xlsx", ["order_id", "disposition"], ["O1", "done"])
    with zipfile.ZipFile("plain.xlsx") as plain, zipfile.ZipFile("back.xlsx", "w") as back:
        for name in plain.namelist():
            text = plain.read(name)
            if name.endswith("sheet1.xml"):
                extension = b'<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"/></extLst></worksheet>'
                text = text.replace(b"</worksheet>", extension).replace(b'ref="A1:B2"', b'ref="A1"')
            back.writestr(name, text)
    assert bring_back("back.xlsx")[:2] == (0, "back.xlsx: 1 stored, 0 unchanged, 0 rejected")
    assert [str(warning.message) for warning in recwarn] == []


def test_a_file_of_one_column_is_refused_with_the_name_of_its_column():
    assert "the column disposition is missing; it has ['order_id']" in refused("back.csv", b"order_id\nO1\nO2\n")
    errors = refused("back.csv", b"orders of the day\nO1,done\nO2,done\n")
    assert "the column order_id is missing; it has ['orders of the day']" in errors


def test_a_repeated_column_is_refused():
    with pytest.raises(SourceError, match="the column disposition appears more than once"):
        bring_back("back.csv", "order_id,disposition,Disposition\nO1,,done\n")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b" ,, \n"])
def test_an_empty_file_is_refused(content):
    assert "is empty" in refused("back.csv", content)


def test_an_empty_sheet_is_refused():
    write_sheet("empty.xlsx")
    assert "is empty" in refused("back.xlsx", Path("empty.xlsx").read_bytes())


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\xff\xfe\x00\x01" * 99,
        b"\x00\x01\x02\x7f" * 99,
        b"\x01" * 200_000,
        b"\xd0\xcf\x11\xe0" * 9,
        b"PK\x03\x04" * 9,
    ],
    ids=["bytes", "letters", "long", "xls", "zip"],
)
@pytest.mark.parametrize("name", ["back.csv", "back.xlsx", "back.ods", "back"])
def test_a_file_that_is_no_table_is_refused_with_the_formats_that_are_read(name, content):
    refused(name, content)


def test_an_open_document_sheet_is_refused_with_the_formats_that_are_read():
    with zipfile.ZipFile("sheet.ods", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("content.xml", "<office:document-content/>" * 20)
    content = Path("sheet.ods").read_bytes()
    assert "cannot be read" in refused("back.ods", content)
    assert "cannot be read" in refused("back.xlsx", content)


def test_an_unclosed_quote_is_refused_with_its_row_and_swallows_no_other_row():
    assert "row 3: unexpected end" in refused(
        "back.csv", b'order_id,comment,disposition\nO1,,done\nO2,"torn,done\nH1,,done\n'
    )


def test_a_truncated_or_damaged_workbook_is_refused():
    write_sheet("intact.xlsx", ["order_id", "disposition"], ["O9", "done"])
    intact = Path("intact.xlsx").read_bytes()
    for end in range(0, len(intact), 211):
        refused("back.xlsx", intact[:end])
    for position in range(0, len(intact), 53):
        Path("back.xlsx").write_bytes(intact[:position] + bytes([intact[position] ^ 255]) + intact[position + 1 :])
        assert reporting_errors(lambda: bring_back("back.xlsx")) in (0, 4, 20)


def test_a_workbook_with_missing_or_broken_parts_ends_in_an_error_of_ours():
    write_sheet("intact.xlsx", ["order_id", "disposition"], ["O9", "done"])
    with zipfile.ZipFile("intact.xlsx") as intact:
        parts = {name: intact.read(name) for name in intact.namelist()}
    for broken in parts:
        for instead in (None, b"", b"<a", b"<a/>", parts[broken][: len(parts[broken]) // 2]):
            with zipfile.ZipFile("back.xlsx", "w") as back:
                for name, content in (parts | {broken: instead}).items():
                    if content is not None:
                        back.writestr(name, content)
            assert reporting_errors(lambda: bring_back("back.xlsx")) in (0, 4, 20)


def rewrite(file, part, old, new):
    """Write a small workbook with a text of one of its parts replaced."""
    write_sheet("plain.xlsx", ["order_id", "disposition"], ["O1", "done"])
    with zipfile.ZipFile("plain.xlsx") as plain, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in plain.namelist():
            text = plain.read(name).decode()
            assert name != part or old in text
            archive.writestr(name, text.replace(old, new, 1) if name == part else text)
    return Path(file).read_bytes()


SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
BOMBS = [
    # A row two thousand million rows down: 94 s and 3.7 GB for 4 KB.
    (SHEET, '<row r="2"', '<row r="2000000000"', r"row 100001 goes beyond 100,000 rows of 256 columns"),
    (SHEET, "<sheetData>", "<sheetData>" + " " * 120_000_000, r"unpacked it has 120 MB"),
    (SHEET, "<worksheet ", f'<!DOCTYPE x [<!ENTITY a0 "ha">{LAUGHS}]><worksheet ', "declares a document type"),
]


@pytest.mark.parametrize(("part", "old", "new", "finding"), BOMBS, ids=["rows", "unpacked", "entities"])
def test_a_small_workbook_that_unpacks_to_a_huge_one_is_refused_within_seconds(part, old, new, finding):
    content = rewrite("bomb.xlsx", part, old, new)
    assert len(content) < 200_000
    begun = time.process_time()
    assert re.search(finding, refused("bomb.xlsx", content))
    assert time.process_time() - begun < 5


def test_a_cell_in_the_last_column_of_each_row_does_not_slow_reading_down():
    rows = "".join(f'<row r="{number}"><c r="ZZZ{number}"><v>1</v></c></row>' for number in range(3, 20_000))
    content = rewrite("wide.xlsx", SHEET, "</sheetData>", f"{rows}</sheetData>")
    begun = time.process_time()
    assert bring_back("wide.xlsx", content)[1] == "wide.xlsx: 1 stored, 0 unchanged, 0 rejected"
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        (b"order_id,disposition\nO1,done\0\n", "NUL"),
        (b"order_id,disposition" + b"," * 300 + b"\n", "row 1 goes beyond 100,000 rows of 256 columns"),
        (b"order_id,disposition\n" + b"\n" * 100_000, "row 100001 goes beyond"),
        (b"order_id,disposition\n" + b" " * 20_000_000, "larger than 20 MB"),
    ],
    ids=["nul", "columns", "rows", "bytes"],
)
def test_a_csv_larger_than_any_feedback_is_refused(content, finding):
    assert finding in refused("bomb.csv", content)
