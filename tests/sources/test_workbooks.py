"""Sheets of workbooks as tables of texts."""

import re

import openpyxl
import pytest

from returns_risk.errors import SourceError
from tests.sources.conftest import LINES_SELECT, RETURNS_SELECT

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


@pytest.mark.parametrize("renamed", ["1", "2"])
def test_workbooks_of_one_pattern_with_different_headers_are_refused_unless_asked_for(read, params, renamed):
    params.raw.mkdir()
    for number in ("1", "2"):
        book = openpyxl.Workbook()
        name = "amount" if number == renamed else "qty"
        # Columns may be in another order.
        rows = [("line", "received", name), (f"007-{number}", "2026-03-09", 1)]
        for row in rows:
            book.active.append(row if number == "1" else row[::-1])
        book.save(params.raw / f"returns-{number}.xlsx")
    select = RETURNS_SELECT.replace("read_csv('returns.csv', all_varchar = true)", "read_xlsx('returns-*.xlsx')")
    lacking = f"raw/returns-{renamed}.xlsx: column 'qty' of returns-{3 - int(renamed)}.xlsx is missing. Correct"
    with pytest.raises(SourceError, match=re.escape(lacking)):
        read(returns_csv=None, returns_sql=select)
    union = select.replace("qty AS", "coalesce(qty, amount) AS").replace("xlsx')", "xlsx', union_by_name = true)")
    assert read(returns_csv=None, returns_sql=union).tables["returns"]["quantity"].tolist() == [1, 1]
