"""What people bring back is stored to the row, or refused with the row they see; no file ends in a traceback."""

import json
import re
import shutil
import time
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from returns_risk.cli.app import app
from returns_risk.cli.ledger_tables import print_order
from returns_risk.errors import FeedbackError, SourceError
from returns_risk.io.logging import reporting_errors
from returns_risk.ledger import Ledger
from returns_risk.nightly.feedback import initials
from tests.small_exports import write_night

ROOT = Path(__file__).parents[2]
AT = "2026-03-02T04:00:00+00:00"
URL = "sqlite:///ledger/ledger.db"
NOTES = Path("data/state")


def score(as_of, *lines, exported=True, backfill=False):
    """Append a run of lines, each ``order line decision``."""
    frame = pd.DataFrame([line.split() for line in lines], columns=["order_id", "line_id", "decision"], dtype="str")
    content = {"backfill": backfill, "summary": {"export": {"files": {}}}}
    entry = Ledger(URL, NOTES).append_run("demo", as_of, AT, content, frame)
    if exported:
        Ledger(URL, NOTES).append_export(entry, AT)


@pytest.fixture(autouse=True)
def shop(tmp_path, monkeypatch):
    """A working folder with a night in its ledger."""
    shutil.copy(ROOT / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RETURNS_RISK_LEDGER", raising=False)
    score(
        "2026-03-01",
        "O1 O1-1 act",
        "O1 O1-2 none",
        "O2 O2-1 review",
        "00123 0071 act",
        "H1 H1-1 holdout",
        "H1 H1-2 none",
    )


def bring_back(file, content=None):
    """Import a file; return exit code, the first line on stdout, and those on stderr."""
    if content is not None:
        Path(file).write_bytes(content if isinstance(content, bytes) else content.encode())
    result = CliRunner().invoke(app, ["feedback", "import", str(file)])
    code = result.exit_code
    if isinstance(result.exception, FeedbackError):
        code = result.exception.exit_code
    elif isinstance(result.exception, Exception):
        raise result.exception
    return code, result.stdout.splitlines()[0], [line.strip() for line in result.stderr.splitlines()]


def stored():
    return [entry.content for entry in Ledger(URL).entries("feedback", "demo")]


def write_sheet(file, *rows):
    book = openpyxl.Workbook()
    for number, row in enumerate(rows, start=1):
        for place, value in enumerate(row, start=1):
            book.active.cell(number, place, value)
    book.save(file)
    book.close()


def refused(file, content):
    Path(file).write_bytes(content)
    with pytest.raises(SourceError, match=r"CSV.* XLSX") as found:
        bring_back(file)
    told = str(found.value)
    assert told.startswith(f"{file}: ")
    assert "\n" not in told
    assert len(told) < 3000
    assert stored() == []
    return told


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_header_says_what_parts_the_cells_whatever_comments_hold(delimiter):
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


def test_a_row_with_more_cells_than_the_header_is_refused_and_the_others_go_on():
    text = "order_id,disposition,comment\nO1,done,late, and torn\nO2,done,fine\nH1,not possible\n"
    code, printed, told = bring_back("back.csv", text)
    assert (code, printed) == (20, "back.csv: 2 stored, 0 unchanged, 1 rejected")
    assert told == ["row 2: it has 4 cells and the header 3; put texts that contain the delimiter in double quotes"]
    assert [one["order_id"] for one in stored()] == ["O2", "H1"]


def test_a_cell_too_many_is_refused_also_where_it_is_empty_since_the_others_have_moved():
    code, _, told = bring_back("back.csv", "order_id,comment,disposition\nO1,well, done,\n")
    assert (code, stored()) == (20, [])
    assert told[0].startswith("row 2: it has 4 cells and the header 3")


def test_rows_are_numbered_as_a_spreadsheet_shows_them():
    text = 'order_id,comment,disposition\r\nO1,"two\r\nlines",done\r\n\r\nO2,,maybe\r\n,,done\r\nO9,,done\r\n'
    code, _, told = bring_back("back.csv", text)
    assert code == 20
    assert [one.split(";")[0] for one in told] == [
        "row 4: order O2, disposition 'maybe'",
        "row 5: disposition 'done' without an order",
        "row 6: order O9: no run scored it",
    ]
    assert stored()[0]["comment"] == "two\r\nlines"


def test_a_sheets_rows_are_numbered_as_they_are_seen_and_notes_beside_it_are_no_matter():
    rows = [["order id", "Disposition"], ["O1", "done", "a note", 3], [None, None], ["O2", "maybe"]]
    write_sheet("back.xlsx", *rows)
    code, printed, told = bring_back("back.xlsx")
    assert (code, printed) == (20, "back.xlsx: 1 stored, 0 unchanged, 1 rejected")
    assert told[0].startswith("row 4: order O2, disposition 'maybe'; it must be one of Done, Not possible")
    assert stored() == [{"order_id": "O1", "disposition": "done"}]


def test_a_list_to_choose_from_and_a_wrong_size_do_not_hinder_reading_a_sheet(recwarn):
    write_sheet("plain.xlsx", ["order_id", "disposition"], ["O1", "done"])
    with zipfile.ZipFile("plain.xlsx") as plain, zipfile.ZipFile("back.xlsx", "w") as back:
        for name in plain.namelist():
            text = plain.read(name)
            if name.endswith("sheet1.xml"):
                choices = b'<extLst><ext uri="{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}"/></extLst></worksheet>'
                text = text.replace(b"</worksheet>", choices).replace(b'ref="A1:B2"', b'ref="A1"')
            back.writestr(name, text)
    assert bring_back("back.xlsx")[:2] == (0, "back.xlsx: 1 stored, 0 unchanged, 0 rejected")
    assert [str(one.message) for one in recwarn] == []


def test_a_file_of_one_column_is_told_by_its_true_name():
    assert "the column disposition is missing; it has ['order_id']" in refused("back.csv", b"order_id\nO1\nO2\n")
    told = refused("back.csv", b"orders of the day\nO1,done\nO2,done\n")
    assert "the column order_id is missing; it has ['orders of the day']" in told


def test_a_column_that_is_there_twice_is_refused():
    with pytest.raises(SourceError, match="the column disposition appears more than once"):
        bring_back("back.csv", "order_id,disposition,Disposition\nO1,,done\n")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b" ,, \n"])
def test_an_empty_file_is_told(content):
    assert "is empty" in refused("back.csv", content)


def test_an_empty_sheet_is_told():
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
def test_what_is_no_table_is_told_by_what_can_be_given(name, content):
    refused(name, content)


def test_an_open_document_sheet_is_told_by_what_can_be_given():
    with zipfile.ZipFile("made.ods", "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        made.writestr("content.xml", "<office:document-content/>" * 20)
    content = Path("made.ods").read_bytes()
    assert "cannot be read" in refused("back.ods", content)
    assert "cannot be read" in refused("back.xlsx", content)


def test_a_quote_that_is_never_closed_is_told_with_its_row_and_swallows_no_others():
    assert "row 3: unexpected end" in refused(
        "back.csv", b'order_id,comment,disposition\nO1,,done\nO2,"torn,done\nH1,,done\n'
    )


def test_a_workbook_cut_off_or_damaged_anywhere_is_told():
    write_sheet("whole.xlsx", ["order_id", "disposition"], ["O9", "done"])
    whole = Path("whole.xlsx").read_bytes()
    for end in range(0, len(whole), 211):
        refused("back.xlsx", whole[:end])
    for place in range(0, len(whole), 53):
        Path("back.xlsx").write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
        assert reporting_errors(lambda: bring_back("back.xlsx")) in (0, 4, 20)


def test_a_workbook_whose_parts_are_missing_or_broken_is_told():
    write_sheet("whole.xlsx", ["order_id", "disposition"], ["O9", "done"])
    with zipfile.ZipFile("whole.xlsx") as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
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
    with zipfile.ZipFile("plain.xlsx") as plain, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name in plain.namelist():
            text = plain.read(name).decode()
            assert name != part or old in text
            made.writestr(name, text.replace(old, new, 1) if name == part else text)
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
def test_a_small_workbook_that_unfolds_without_end_is_refused_at_once(part, old, new, finding):
    content = rewrite("bomb.xlsx", part, old, new)
    assert len(content) < 200_000
    begun = time.process_time()
    assert re.search(finding, refused("bomb.xlsx", content))
    assert time.process_time() - begun < 5


def test_what_stands_in_the_last_column_of_each_row_makes_no_row_as_wide():
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


def test_a_comment_that_is_too_long_is_refused_and_the_others_go_on():
    header, long = "order_id,disposition,comment", "A" * 2_001
    code, printed, told = bring_back("back.csv", f"{header}\nO1,done,{long}\nO2,done,{long[1:]}\n{long},done,\n")
    assert (code, printed) == (20, "back.csv: 1 stored, 0 unchanged, 2 rejected")
    assert told[0] == "row 2: the comment has 2,001 characters; shorten it to 2,000"
    assert len(told[1]) < 200


def test_what_no_run_scored_is_told_with_its_row_and_with_zeros_that_may_be_lost():
    write_sheet(
        "back.xlsx",
        ["order_id", "line_id", "disposition"],
        ["O1", "O1-1", "done"],
        [123, None, "done"],
        ["'00123", 71.0, "done"],
        ["O1", "O1-7", "done"],
    )
    code, printed, told = bring_back("back.xlsx")
    assert (code, printed) == (20, "back.xlsx: 1 stored, 0 unchanged, 3 rejected")
    zeros = ". A spreadsheet may have dropped its leading zeros: format the column {} as text before filling it in"
    assert told == [
        "row 3: order 123: no run scored it; correct the id" + zeros.format("order_id"),
        "row 4: order 00123, line 71: no run scored it; correct the id" + zeros.format("line_id"),
        "row 5: order O1, line O1-7: no run scored it; correct the id",
    ]


def test_treating_what_was_left_alone_to_compare_is_stored_and_told():
    text = "order_id,line_id,disposition\nH1,,done\nH1,H1-1,done\nH1,H1-2,done\nH1,H1-1,not possible\nO1,,done\n"
    code, printed, told = bring_back("back.csv", text)
    assert (code, printed) == (0, "back.csv: 5 stored, 0 unchanged, 0 rejected")
    spoilt = (
        "stored, but it belongs to the control group, and treating it spoils the comparison; "
        "treat only what is decided as act or review"
    )
    assert told == [f"row 2: order H1: {spoilt}", f"row 3: order H1, line H1-1: {spoilt}"]
    assert bring_back("back.csv") == (0, "back.csv: 0 stored, 5 unchanged, 0 rejected", [])


def test_only_what_people_were_told_of_counts_as_left_alone():
    score("2026-02-20", "B1 B1-1 holdout", backfill=True)
    score("2026-02-21", "L1 L1-1 holdout", exported=False)
    # Left alone on the first night, and something else to be done on the order's new line on the next.
    score("2026-02-22", "M1 M1-1 holdout")
    score("2026-02-23", "M1 M1-1 none", "M1 M1-2 act")
    text = "order_id,line_id,disposition\nB1,,done\nL1,,done\nM1,,done\nM1,M1-2,done\nM1,M1-1,done\n"
    code, printed, told = bring_back("back.csv", text)
    assert (code, printed) == (0, "back.csv: 5 stored, 0 unchanged, 0 rejected")
    assert [one.split(":")[0] for one in told] == ["row 6"]


def test_all_that_is_said_of_an_order_is_kept_the_latest_last():
    for disposition in ("done", "not possible", "done"):
        bring_back("back.csv", f"order_id,disposition\nO1,{disposition}\n")
    assert [one["disposition"] for one in stored()] == ["done", "not_possible"]
    bring_back("back.csv", "order_id,disposition,comment\nO1,done,after all\n")
    assert [one["disposition"] for one in stored()] == ["done", "not_possible", "done"]


def test_the_ledger_shows_which_line_feedback_is_about(capsys):
    bring_back("back.csv", "order_id,line_id,disposition,comment\nO1,O1-1,done,in time\nO1,,customer kept,\n")
    print_order([], Ledger(URL).entries("feedback"))
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("+00:00, line O1-1: done: in time")
    assert second.endswith("+00:00: customer kept")


def test_comments_are_redacted_before_they_are_stored():
    bring_back("back.csv", "order_id,disposition,comment\nO1,done,Frau Muster will answer\n")
    assert stored()[0]["comment"] == "[name] will answer"


def page_file(*rows, **changes):
    content = {"type": "returns-risk feedback", "version": 1, "as_of": "2026-03-01", "source": "demo", "rows": rows}
    return json.dumps(content | changes)


def page_row(order="O1", disposition="done", **changes):
    at = "2026-03-01T08:15:00Z"
    empty = {"line_id": None, "owner": "", "comment": "", "at": at}
    return {"order_id": order, "disposition": disposition, **empty, **changes}


def test_the_file_of_the_page_is_read_and_counts_once():
    rows = [
        page_row(line_id="O1-1", owner="Anna Meer", comment="Frau Muster agreed"),
        page_row("O2", "not possible"),
        page_row("O9"),
        page_row("H1", "wrong flag", at="yesterday"),
    ]
    code, printed, told = bring_back("back.json", page_file(*rows))
    assert (code, printed) == (20, "back.json: 2 stored, 0 unchanged, 2 rejected")
    assert told == [
        "row 4: order H1: at 'yesterday' is no time; write ISO 8601, in UTC",
        "row 3: order O9: no run scored it; correct the id",
    ]
    at = "2026-03-01T08:15:00Z"
    assert stored() == [
        {
            "order_id": "O1",
            "line_id": "O1-1",
            "disposition": "done",
            "owner": "AM",
            "comment": "[name] agreed",
            "at": at,
        },
        {"order_id": "O2", "disposition": "not_possible", "at": at},
    ]
    assert bring_back("back.json", page_file(*rows[:2]))[:2] == (0, "back.json: 0 stored, 2 unchanged, 0 rejected")
    # Set back and done again later: a new report.
    later = page_row("O2", "not possible", at="2026-03-01T09:00:00Z")
    assert bring_back("back.json", page_file(*rows[:2], later))[1] == "back.json: 1 stored, 2 unchanged, 0 rejected"


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        ("{", "the file: Invalid JSON"),
        ("[]", "the file: Input should be an object"),
        (page_file(version=2), "version: Input should be 1"),
        (page_file(type="digest"), "type: Input should be 'returns-risk feedback'"),
        (page_file({"order_id": 7, "disposition": "done"}), r"rows\.1\.order_id: Input should be a valid string"),
        (page_file(page_row("x" * 20_001)), r"rows\.1\.order_id: String should have at most 20000 characters"),
        (page_file(source="other"), "is about the source 'other', and this ledger is kept for 'demo'"),
        (b"\xff\xfe", "the file: Invalid JSON"),
    ],
)
def test_a_file_that_is_no_feedback_of_the_page_is_refused(content, finding):
    with pytest.raises(SourceError, match=finding) as caught:
        bring_back("back.json", content)
    assert "\n" not in str(caught.value)
    assert stored() == []


def test_a_missing_file_of_the_page_is_refused():
    with pytest.raises(SourceError, match=r"nothing\.json: cannot be read"):
        bring_back("nothing.json")


def test_dispositions_are_read_in_the_languages_of_the_teams():
    text = "order_id,disposition\nO1,erledigt\nO2,Niet mogelijk\n00123,BŁĘDNE WSKAZANIE\nH1,Klient zatrzymuje\n"
    assert bring_back("back.csv", text)[:2] == (0, "back.csv: 4 stored, 0 unchanged, 0 rejected")
    assert [row["disposition"] for row in stored()] == ["done", "not_possible", "wrong_flag", "customer_kept"]


def test_of_an_owner_only_the_initials_are_kept():
    rows = ["O1,done,Anna van Meer", "O2,done,a.meer@shop.example", "00123,done,AM", "H1,not possible,7"]
    text = "\n".join(["order_id,disposition,owner", *rows])
    bring_back("back.csv", text)
    assert [row.get("owner") for row in stored()] == ["AVM", "AM", "AM", None]


def test_the_workbook_of_a_night_comes_back_filled_in():
    score("2026-03-02", "O2 O2-1 act", "O2 O2-2 review")
    file = write_night(Path("night")) / "flagged_orders.xlsx"
    book = openpyxl.load_workbook(file)
    sheet = book["To do"]
    names = [cell.value for cell in sheet[1]]
    for name, value in {"owner": "Anna Meer", "disposition": "Erledigt", "comment": "M is right"}.items():
        sheet.cell(3, names.index(name) + 1).value = value
    book.move_sheet("To do", offset=3)
    book.save(file)
    assert bring_back(file)[0::2] == (0, [])
    assert stored() == [{"order_id": "O1", "disposition": "done", "owner": "AM", "comment": "M is right"}]


def test_each_row_is_accounted_for():
    Path("back.csv").write_text("order_id,disposition\nO1,done\nO2,done\nO9,done\n00123,done\nO1,done\nH1,\n")
    result = CliRunner().invoke(app, ["feedback", "import", "back.csv"])
    assert result.stdout.splitlines() == [
        "back.csv: 3 stored, 1 unchanged, 1 rejected", "  stored: rows 2 to 3, 5", "  unchanged: row 6",
    ]  # fmt: skip
    assert str(result.exception) == (
        "back.csv: 1 of 5 rows were rejected, 4 are in the ledger. Correct the rows named above and import the file "
        "again; what is stored counts once."
    )


@given(st.text("abcXYZäÖłŁéß0.@- '", max_size=60))
@settings(deadline=None)
def test_initials_are_few_and_stay_as_they_are(owner):
    kept = initials(owner)
    assert len(kept) <= 4
    assert initials(kept) == kept
