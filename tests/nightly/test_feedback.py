"""Each row of feedback is stored, unchanged, or rejected with the number and the reason that people can act on."""

from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from returns_risk.cli.app import app
from returns_risk.cli.ledger_tables import print_order
from returns_risk.ledger import Ledger
from returns_risk.nightly.feedback import initials, read_feedback, store_feedback
from tests.nightly.small_feedback import NOTES, URL, bring_back, score, stored, write_sheet
from tests.small_exports import write_night

pytestmark = pytest.mark.usefixtures("feedback_shop")


def test_a_row_with_more_cells_than_the_header_is_rejected_and_the_others_are_stored():
    text = "order_id,disposition,comment\nO1,done,late, and torn\nO2,done,fine\nH1,not possible\n"
    code, printed, errors = bring_back("back.csv", text)
    assert (code, printed) == (20, "back.csv: 2 stored, 0 unchanged, 1 rejected")
    assert errors == ["row 2: it has 4 cells and the header 3; put texts that contain the delimiter in double quotes"]
    assert [row["order_id"] for row in stored()] == ["O2", "H1"]


def test_a_row_with_an_extra_empty_cell_is_rejected_since_its_other_cells_may_have_shifted():
    code, _, errors = bring_back("back.csv", "order_id,comment,disposition\nO1,well, done,\n")
    assert (code, stored()) == (20, [])
    assert errors[0].startswith("row 2: it has 4 cells and the header 3")


def test_rows_are_numbered_as_a_spreadsheet_shows_them():
    text = 'order_id,comment,disposition\r\nO1,"two\r\nlines",done\r\n\r\nO2,,maybe\r\n,,done\r\nO9,,done\r\n'
    code, _, errors = bring_back("back.csv", text)
    assert code == 20
    assert [error.split(";")[0] for error in errors] == [
        "row 4: order O2, disposition 'maybe'",
        "row 5: disposition 'done' without an order",
        "row 6: order O9: no run scored it",
    ]
    assert stored()[0]["comment"] == "two\r\nlines"


def test_rows_of_a_sheet_are_numbered_as_it_shows_them_and_notes_beside_the_table_are_ignored():
    rows = [["order id", "Disposition"], ["O1", "done", "a note", 3], [None, None], ["O2", "maybe"]]
    write_sheet("back.xlsx", *rows)
    code, printed, errors = bring_back("back.xlsx")
    assert (code, printed) == (20, "back.xlsx: 1 stored, 0 unchanged, 1 rejected")
    assert errors[0].startswith("row 4: order O2, disposition 'maybe'; it must be one of Done, Not possible")
    assert stored() == [{"order_id": "O1", "disposition": "done"}]


def test_a_row_with_a_comment_that_is_too_long_is_rejected_and_the_others_are_stored():
    header, long = "order_id,disposition,comment", "A" * 2_001
    code, printed, errors = bring_back("back.csv", f"{header}\nO1,done,{long}\nO2,done,{long[1:]}\n{long},done,\n")
    assert (code, printed) == (20, "back.csv: 1 stored, 0 unchanged, 2 rejected")
    assert errors[0] == "row 2: the comment has 2,001 characters; shorten it to 2,000"
    assert len(errors[1]) < 200


def test_an_order_that_no_run_scored_is_rejected_with_its_row_and_a_hint_at_lost_zeros():
    write_sheet(
        "back.xlsx",
        ["Bestellnummer", "Line ID", "disposition"],
        ["O1", "O1-1", "done"],
        [123, None, "done"],
        ["'00123", 71.0, "done"],
        ["O1", "O1-7", "done"],
        [9999999999, None, "done"],
        ["00123", 72, "done"],
    )
    code, printed, errors = bring_back("back.xlsx")
    assert (code, printed) == (20, "back.xlsx: 1 stored, 0 unchanged, 5 rejected")
    zeros = ". The ledger has {}: a spreadsheet has dropped its leading zeros, so format the column {} as text"
    assert errors == [
        "row 3: order 123: no run scored it; correct the id" + zeros.format("00123", "Bestellnummer"),
        "row 4: order 00123, line 71: no run scored it; correct the id" + zeros.format("0071", "Line ID"),
        "row 5: order O1, line O1-7: no run scored it; correct the id",
        "row 6: order 9999999999: no run scored it; correct the id",
        "row 7: order 00123, line 72: no run scored it; correct the id",
    ]


def test_treating_a_control_line_is_stored_with_a_warning():
    text = "order_id,line_id,disposition\nH1,,done\nH1,H1-1,done\nH1,H1-2,done\nH1,H1-1,not possible\nO1,,done\n"
    code, printed, errors = bring_back("back.csv", text)
    assert (code, printed) == (0, "back.csv: 5 stored, 0 unchanged, 0 rejected")
    warning = (
        "stored, but it belongs to the control group, and treating it spoils the comparison; "
        "treat only lines decided as act or review"
    )
    assert errors == [f"row 2: order H1: {warning}", f"row 3: order H1, line H1-1: {warning}"]
    assert bring_back("back.csv") == (0, "back.csv: 0 stored, 5 unchanged, 0 rejected", [])


def test_only_lines_of_published_nights_count_as_control_lines():
    score("2026-02-20", "B1 B1-1 holdout", backfill=True)
    score("2026-02-21", "L1 L1-1 holdout", exported=False)
    # In the control group on the first night; on the next, the order has a new line to act on.
    score("2026-02-22", "M1 M1-1 holdout")
    score("2026-02-23", "M1 M1-1 none", "M1 M1-2 act")
    text = "order_id,line_id,disposition\nB1,,done\nL1,,done\nM1,,done\nM1,M1-2,done\nM1,M1-1,done\n"
    code, printed, errors = bring_back("back.csv", text)
    assert (code, printed) == (0, "back.csv: 5 stored, 0 unchanged, 0 rejected")
    assert [error.split(":")[0] for error in errors] == ["row 6"]


def test_every_change_of_a_disposition_is_stored_the_latest_last():
    for disposition in ("done", "not possible", "done"):
        bring_back("back.csv", f"order_id,disposition\nO1,{disposition}\n")
    assert [row["disposition"] for row in stored()] == ["done", "not_possible", "done"]
    assert bring_back("back.csv")[1] == "back.csv: 0 stored, 1 unchanged, 0 rejected"
    bring_back("back.csv", "order_id,disposition,comment\nO1,done,after all\n")
    assert [row.get("comment") for row in stored()] == [None, None, None, "after all"]


def test_a_file_with_several_rows_of_a_line_counts_once():
    text = "order_id,line_id,disposition\nO1,O1-1,done\nO1,O1-1,wrong flag\nO1,O1-2,done\nO1,O1-1,done\n"
    assert bring_back("back.csv", text)[1] == "back.csv: 4 stored, 0 unchanged, 0 rejected"
    assert bring_back("back.csv")[1] == "back.csv: 0 stored, 4 unchanged, 0 rejected"
    bring_back("more.csv", text + "O1,O1-1,not possible\n")
    assert [row["disposition"] for row in stored()] == ["done", "wrong_flag", "done", "done", "not_possible"]


def test_an_import_that_another_one_overtakes_stores_no_row_twice(monkeypatch):
    Path("back.csv").write_text("order_id,disposition\nO1,done\nO1,wrong flag\n")
    rows, _ = read_feedback(Path("back.csv"), "demo")
    behind, at = Ledger(URL, NOTES), "2026-03-02T09:00:00+00:00"
    append_new = Ledger.append_new

    def overtaken(ledger, *arguments):
        monkeypatch.setattr(Ledger, "append_new", append_new)
        assert store_feedback(Ledger(URL, NOTES), "demo", rows, at).stored == (2, 3)
        return append_new(ledger, *arguments)

    monkeypatch.setattr(Ledger, "append_new", overtaken)
    result = store_feedback(behind, "demo", rows, at)
    assert (result.stored, result.unchanged) == ((), (2, 3))
    assert [row["disposition"] for row in stored()] == ["done", "wrong_flag"]


def test_an_id_that_begins_with_an_apostrophe_is_found_as_it_is_given():
    score("2026-03-02", "'0123 '7 act")
    text = "order_id,line_id,disposition\n'0123,'7,done\n''0123,,wrong flag\n'O1,'O1-1,done\n',,done\n"
    code, printed, errors = bring_back("back.csv", text)
    assert (code, printed) == (20, "back.csv: 3 stored, 0 unchanged, 1 rejected")
    assert errors == ["row 5: disposition 'done' without an order; fill in order_id"]
    assert [(row["order_id"], row.get("line_id")) for row in stored()] == [
        ("'0123", "'7"),
        ("'0123", None),
        ("O1", "O1-1"),
    ]


def test_the_ledger_shows_which_line_feedback_is_about(capsys):
    bring_back("back.csv", "order_id,line_id,disposition,comment\nO1,O1-1,done,in time\nO1,,customer kept,\n")
    print_order([], Ledger(URL).entries("feedback"))
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("+00:00, line O1-1: done: in time")
    assert second.endswith("+00:00: customer kept")


def test_comments_are_redacted_before_they_are_stored():
    bring_back("back.csv", "order_id,disposition,comment\nO1,done,Frau Muster will answer\n")
    assert stored()[0]["comment"] == "[name] will answer"


def test_dispositions_are_read_in_the_languages_of_the_teams():
    text = "order_id,disposition\nO1,erledigt\nO2,Niet mogelijk\n00123,BŁĘDNE WSKAZANIE\nH1,Klient zatrzymuje\n"
    assert bring_back("back.csv", text)[:2] == (0, "back.csv: 4 stored, 0 unchanged, 0 rejected")
    assert [row["disposition"] for row in stored()] == ["done", "not_possible", "wrong_flag", "customer_kept"]


def test_of_an_owner_only_the_initials_are_kept():
    rows = ["O1,done,Anna van Meer", "O2,done,a.meer@shop.example", "00123,done,AM", "H1,not possible,7"]
    text = "\n".join(["order_id,disposition,owner", *rows])
    bring_back("back.csv", text)
    assert [row.get("owner") for row in stored()] == ["AVM", "AM", "AM", None]
    text = "order_id,disposition,owner\nO1,done,AM\nO2,done,Anna Meer\nO2,not possible,Anna Meer\n"
    Path("back.csv").write_text(text)
    result = CliRunner().invoke(app, ["feedback", "import", "back.csv"])
    assert result.stdout.splitlines() == [
        "back.csv: 2 stored, 1 unchanged, 0 rejected", "  stored: rows 2, 4", "  unchanged: row 3",
        "  owners are stored as initials, and were shortened: row 4",
    ]  # fmt: skip


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
