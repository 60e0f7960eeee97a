"""No cell of the CSV runs as a formula or turns an id into a number."""

import csv
import io
import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.export.export import write_export
from returns_risk.export.tables import spreadsheet_safe
from tests.small_exports import make_run

RISKY = st.text(alphabet=st.sampled_from(list("=+-@\t\r\n |%';,\"a1")), max_size=8)
FORMULA = re.compile(r" *[=+\-@\t\r\n]")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+49 151", "'+49 151"),
        ("-1", "'-1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("\nx", "'\nx"),
        ("  =1", "'  =1"),
        ("a=1", "a=1"),
        ("", ""),
        ("Größe", "Größe"),
    ],
)
def test_text_that_would_run_gets_an_apostrophe(text, expected):
    assert spreadsheet_safe(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("00123", "'00123"),
        ("123456789012345678", "'123456789012345678"),
        ("1E5", "'1E5"),
        ("10/12", "'10/12"),
        ("3.5", "'3.5"),
        ("12:30", "'12:30"),
        (" 00123", "' 00123"),
        ("1-Mar", "'1-Mar"),
        ("SEP-12", "'SEP-12"),
        ("AB-1", "AB-1"),
        ("85123A", "85123A"),
        ("MARS1", "MARS1"),
        ("M", "M"),
    ],
)
def test_an_id_that_a_spreadsheet_would_change_gets_an_apostrophe(text, expected):
    assert spreadsheet_safe(text, is_id=True) == expected


@settings(deadline=None)
@given(st.text())
def test_safe_text_never_starts_a_formula_and_says_the_same(text):
    safe = spreadsheet_safe(text)
    assert not FORMULA.match(safe)
    assert safe.removeprefix("'") == text.removeprefix("'") or safe == text


@settings(deadline=None, max_examples=50)
@given(values=st.lists(st.tuples(RISKY, RISKY, RISKY, RISKY), min_size=1, max_size=4))
def test_no_cell_starts_a_formula_however_a_spreadsheet_splits_the_lines(tmp_path_factory, candidates, values):
    frame = candidates().head(1).loc[[0] * len(values)].reset_index(drop=True)
    for position, name in enumerate(["order_id", "sku", "brand", "size"]):
        frame[name] = pd.Series([row[position] for row in values], dtype="str")
    frame["line_id"] = [f"L{i}" for i in range(len(frame))]
    folder = tmp_path_factory.mktemp("export") / "export"
    write_export(folder, make_run(frame, [[row[2]] for row in values], reason_columns=1))
    text = (folder / "flagged_orders.csv").read_bytes().decode("utf-8-sig")
    # Spreadsheets end a row at a bare carriage return too, unless it is quoted.
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len({len(row) for row in rows}) == 1
    assert len(rows) == len(values) + 1
    assert not [cell for row in rows for cell in row if FORMULA.match(cell)]


def test_a_number_below_zero_is_no_text_and_stays(tmp_path, candidates, export, cells):
    frame = candidates(line_value=[-9.9, 40.0, 9.9, 5.0])
    rows = cells(export(tmp_path / "export", frame))
    assert [row[rows[0].index("line_value")] for row in rows[1:]] == ["9.9", "40.0", "-9.9"]
