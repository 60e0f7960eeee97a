"""Sheets of workbooks as tables of texts."""

import openpyxl
import pytest

from returns_risk.errors import SourceError
from tests.sources.conftest import LINES_SELECT

HEADER = ["order_no", "position", "ordered", "customer", "article", "qty", "price"]
ROW = ["007", 1, "2026-03-01 10:00", "anna", "00012", 2, 9.9]


@pytest.fixture
def read_book(read, params):
    """Read order lines from a sheet with these rows."""

    def read_book(*rows, title="Lines", sheet=None):
        params.raw.mkdir(exist_ok=True)
        book = openpyxl.Workbook()
        book.active.title = title
        for row in (HEADER, *rows):
            book.active.append(row)
        book.save(params.raw / "lines.xlsx")
        table = f"read_xlsx('lines.xlsx', sheet = '{sheet or title}')"
        select = LINES_SELECT.replace("read_csv('lines.csv', all_varchar = true)", table)
        return read(order_lines_sql=select).tables["order_lines"]

    return read_book


def test_the_name_of_a_sheet_is_no_path(read_book, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(SourceError, match="there is no sheet"):
        read_book(ROW, sheet="../../outside")
    assert not list(tmp_path.rglob("outside*"))


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (123456789012345, "123456789012345"),
        (1234567890123450, "1.23456789012345E+15"),
        (1234567890123456, "1.234567890123456E+15"),
        (1.23456789012346e17, "1.23456789012346E+17"),
        (1e15, "1E+15"),
    ],
)
def test_numbers_that_a_spreadsheet_rounds_are_in_scientific_notation(read_book, number, text):
    assert read_book([*ROW[:4], number, *ROW[5:]])["sku"].tolist() == [text]
