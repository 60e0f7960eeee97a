"""Orders that an earlier night planned and nobody reported on are in the workbook, as they are on the page."""

import json
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest

from returns_risk.config.messages import LanguagesPolicy
from returns_risk.export.columns import to_export
from returns_risk.export.export import write_export
from returns_risk.export.page import describe_page
from returns_risk.export.recent_nights import RecentNights
from returns_risk.export.tables import flagged_orders
from returns_risk.export.workbook import write_workbook
from tests.export.small_pages import MANIFEST, make_flagged, make_recent
from tests.export.small_pages import make_run as make_page_run
from tests.small_exports import make_night, make_run

PLAN = {
    "night": "2026-02-27", "intervention": "quality_check", "decision": "act", "value": 2.5, "value_low": 1.0,
    "value_high": 4.0, "reasons": ["Carried reason"], "message_to": "warehouse", "message_language": "de",
    "message_subject": "Bitte prüfen", "message": "Bitte prüfen Sie die Naht.", "reply_by": None,
}  # fmt: skip
SHIP_BY = pd.to_datetime(["2026-03-03 19:00"] * 5 + ["2026-03-02 17:00"], utc=True).tolist()


def carry(*lines):
    nights = [{"as_of": "2026-02-27", "orders": 4, "value": 9.0, "reported": 2}]
    return RecentNights.of(nights, [PLAN | line for line in lines])


O4 = {"order_id": "O4", "line_id": "O4-1"}


def make(folder, recent, run=None):
    """Write the export of a night whose last line, of which nothing is planned tonight, has to ship first."""
    write_export(folder, run or make_run(make_night(ship_by=SHIP_BY)), None, None, recent)
    return openpyxl.load_workbook(folder / "flagged_orders.xlsx")


def cells(sheet):
    return list(sheet.iter_rows(values_only=True))


def read(sheet):
    header, *rows = cells(sheet)
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_a_carried_order_is_to_be_done_with_the_plan_and_the_date_of_its_night(tmp_path):
    rows = read(make(tmp_path / "night", carry(O4))["To do"])
    assert [(row["order id"], str(row["carried over"])) for row in rows] == [
        ("O4", "2026-02-27 00:00:00"), ("O2", "None"), ("O1", "None"),
    ]  # fmt: skip
    assert list(rows[0])[:3] == ["ship by", "order id", "carried over"]
    assert rows[0] | {"ship by": str(rows[0]["ship by"]), "carried over": None} == {
        "ship by": "2026-03-02 17:00:00", "order id": "O4", "carried over": None, "market": "DE", "warehouse": "LEJ1",
        "item": "acme shoes red", "size": "M", "suggested size": None, "action": "Check the item",
        "reason": "Carried reason", "expected saving (EUR)": 2.5, "owner": None, "disposition": None, "comment": None,
    }  # fmt: skip


def test_the_drop_downs_stand_under_their_headers_beside_the_new_column(tmp_path):
    sheet = make(tmp_path / "night", carry(O4))["To do"]
    assert [cell.value for cell in sheet[1]].index("disposition") == 12
    lists = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert lists["M2:M4"] == '"Done,Not possible,Wrong flag,Customer keeps it"'
    (area,) = sheet.conditional_formatting
    assert (str(area.sqref), area.rules[0].formula) == ("A2:N4", ['$M2<>""'])
    assert sheet["C2"].number_format == "yyyy-mm-dd"


def test_its_message_is_among_the_messages(tmp_path):
    message = {**O4, "message_to": "customer", "reply_by": pd.Timestamp("2026-03-02 10:00", tz="UTC")}
    rows = read(make(tmp_path / "night", carry(message))["Messages"])
    (row,) = [row for row in rows if row["order id"] == "O4"]
    assert (row["line id"], row["recipient"], row["language"]) == ("O4-1", "customer", "de")
    assert (row["subject"], row["body"]) == ("Bitte prüfen", "Bitte prüfen Sie die Naht.")
    assert str(row["reply by"]) == "2026-03-02 10:00:00"


def test_the_summary_counts_carried_orders_and_all_other_figures_stay_those_of_tonight(tmp_path):
    alone, both = (make(tmp_path / name, recent) for name, recent in (("alone", carry()), ("both", carry(O4))))
    figures = [row for row in cells(both["Summary"]) if row not in cells(alone["Summary"])]
    assert figures == [("orders carried over from earlier nights; the other figures are of tonight alone", 1)]
    assert both["Summary"].max_row == alone["Summary"].max_row + 1


def test_without_carried_lines_there_is_no_such_column(tmp_path):
    book = make(tmp_path / "night", carry())
    assert "carried over" not in [cell.value for cell in book["To do"][1]]


def test_an_order_with_a_line_of_tonight_and_a_carried_one_is_one_row(tmp_path):
    frame = make_night(ship_by=SHIP_BY, order_id=["O1", "O1", "O3", "O2", "O2", "O1"])
    recent = carry({"order_id": "O1", "line_id": "O4-1", "decision": "review"})
    rows = read(make(tmp_path / "night", recent, make_run(frame))["To do"])
    (row,) = [row for row in rows if row["order id"] == "O1"]
    assert row["action"] == "Suggest L\nReview: Check the item"
    assert (str(row["ship by"]), row["expected saving (EUR)"]) == ("2026-03-02 17:00:00", 5.0)
    assert str(row["carried over"]) == "2026-02-27 00:00:00"


def test_a_line_that_is_planned_tonight_is_not_carried_over(tmp_path):
    rows = read(make(tmp_path / "night", carry({"order_id": "O1", "line_id": "O1-1"}))["To do"])
    assert [row["order id"] for row in rows] == ["O2", "O1"]
    assert "carried over" not in rows[0]


def test_all_other_files_stay_those_of_tonight(tmp_path):
    alone, both = (make(tmp_path / name, recent) for name, recent in (("alone", carry()), ("both", carry(O4))))
    assert cells(both["All lines"]) == cells(alone["All lines"])
    assert cells(both["Control group"]) == cells(alone["Control group"])
    files = [json.loads((tmp_path / name / "manifest.json").read_text())["files"] for name in ("alone", "both")]
    changed = [name for name in files[0] if files[0][name] != files[1][name]]
    assert changed == ["flagged_orders.xlsx", "report.html"]


def test_the_workbook_carries_the_same_orders_as_the_page(tmp_path):
    flagged = make_flagged(60)
    recent = make_recent(flagged, carried=5)
    plan = {"policy": "f" * 64, "currency": "EUR", "holdout": 0, "none": 0, "shadow": {"lines": 0, "value": 0.0}}
    manifest = MANIFEST | {"plan": plan, "reason_model_version": None}
    run = make_page_run(flagged.assign(arm="", return_reason_share=0.5), manifest=manifest)
    pages = {order["id"]: order for order in describe_page(run, recent=recent)["orders"] if order["planned"]}
    lines = flagged_orders(to_export(run.candidates), run.reason_columns)
    write_workbook(tmp_path / "book.xlsx", lines, run, manifest, recent)
    rows = read(openpyxl.load_workbook(tmp_path / "book.xlsx")["To do"])
    days = {row["order id"]: f"{row['carried over']:%Y-%m-%d}" if row["carried over"] else "" for row in rows}
    assert days == {name: order["since"] for name, order in pages.items()}
    assert {row["order id"]: row["expected saving (EUR)"] for row in rows} == pytest.approx(
        {name: order["value"] for name, order in pages.items()}
    )
    assert [row["ship by"] for row in rows] == sorted(row["ship by"] for row in rows)


@pytest.mark.parametrize(("team", "column"), [("de", "Übernommen vom"), ("pl", "Przeniesione z")])
def test_the_column_is_in_the_language_of_the_team(tmp_path, team, column):
    run = make_run(make_night(ship_by=SHIP_BY))
    run = replace(run, policy=run.policy.model_copy(update={"languages": LanguagesPolicy(team=team)}))
    rows = read(make(tmp_path / "night", carry(O4), run).worksheets[0])
    assert str(rows[0][column]) == "2026-02-27 00:00:00"


def test_a_line_of_an_older_ledger_without_reasons_and_message_is_carried_all_the_same(tmp_path):
    bare = {name: None for name in PLAN if name.startswith("message") or name == "reasons"}
    book = make(tmp_path / "night", carry(O4 | bare))
    row = read(book["To do"])[0]
    assert (row["order id"], row["action"], row["reason"]) == ("O4", "Check the item", None)
    assert "O4" not in [row["order id"] for row in read(book["Messages"])]


def test_the_same_carried_lines_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        make(tmp_path / name, carry(O4))
    files = [(tmp_path / name / "flagged_orders.xlsx").read_bytes() for name in ("one", "two")]
    assert files[0] == files[1]
