"""The workbook as a shift opens it: what to do first, nothing cut off, nothing run, the control group out of sight."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from returns_risk.config.messages import LanguagesPolicy
from returns_risk.export.about import COLUMNS
from returns_risk.export.columns import to_export
from returns_risk.export.dispositions import DISPOSITIONS, find_disposition, name_dispositions
from returns_risk.export.page_words import PageWords
from returns_risk.export.recent_nights import RecentNights
from returns_risk.export.sheets import list_orders, to_local
from returns_risk.export.tables import flagged_orders
from returns_risk.export.workbook import write_workbook
from tests.small_exports import MANIFEST, make_night, make_run, write_night

NIGHTS = pd.DataFrame({"as_of": ["2026-02-28", "2026-03-01"], "orders": [40, 1_051], "value": [31.5, 1_234.5]})


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return openpyxl.load_workbook(write_night(tmp_path_factory.mktemp("night") / "export") / "flagged_orders.xlsx")


def lines_of(frame=None):
    run = make_run(frame)
    return flagged_orders(to_export(run.candidates), run.reason_columns)


def write(path, run=None, manifest=MANIFEST, recent=None):
    run = run or make_run()
    write_workbook(path, flagged_orders(to_export(run.candidates), run.reason_columns), run, manifest, recent)
    return openpyxl.load_workbook(path)


def read(sheet):
    header, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    return [dict(zip(header, row, strict=True)) for row in rows]


def test_people_see_their_sheets_and_not_the_others(book):
    assert {sheet.title: sheet.sheet_state for sheet in book} == {
        "To do": "visible", "Messages": "visible", "Items": "visible", "Summary": "visible", "Help": "visible",
        "Control group": "hidden", "All lines": "hidden",
    }  # fmt: skip
    assert book.active.title == "To do"


def test_a_row_is_an_order_with_what_to_do(book):
    rows = read(book["To do"])
    assert [row["order id"] for row in rows] == ["O2", "O1"]
    first = rows[0] | {"ship by": str(rows[0]["ship by"])}
    assert first == {
        "ship by": "2026-03-03 19:00:00", "order id": "O2", "market": None, "warehouse": "LEJ1",
        "item": "acme shoes red\nacme shoes red", "size": "M\nM", "suggested size": None,
        "action": "Check the item\nReview: call", "reason": "late\nnew customer",
        "expected saving (EUR)": 4.75, "owner": None, "disposition": None, "comment": None,
    }  # fmt: skip
    assert rows[1]["suggested size"] == "L"


def test_no_line_of_the_control_group_is_in_sight(book):
    seen = [
        str(cell)
        for sheet in book
        if sheet.sheet_state == "visible"
        for row in sheet.iter_rows(values_only=True)
        for cell in row
    ]
    assert not {"O1-2", "O3-1", "O3"} & set(seen)
    assert [row["line id"] for row in read(book["Control group"])] == ["O3-1", "O1-2"]


def test_what_leaves_first_comes_first_by_the_clock_of_the_shop():
    times = ["2026-03-03 19:00", "2026-03-03 19:00", "NaT", "2026-03-03 07:00", "2026-03-04 19:00", "NaT"]
    frame = make_night().assign(ship_by=pd.to_datetime(times, utc=True))
    words, languages = PageWords("en"), LanguagesPolicy()
    orders = list_orders(to_local(lines_of(frame), "Europe/Berlin"), words, languages)
    assert orders["order_id"].tolist() == ["O2", "O1"]
    assert orders["ship_by"].astype("str").tolist() == ["2026-03-03 08:00:00", "2026-03-03 20:00:00"]
    frame = make_night().assign(ship_by=pd.to_datetime(["NaT"] * 6, utc=True))
    assert list_orders(to_local(lines_of(frame), "UTC"), words, languages)["order_id"].tolist() == ["O2", "O1"]


def test_messages_have_recipient_language_subject_and_body(book):
    rows = read(book["Messages"])
    assert [(row["order id"], row["recipient"], row["language"]) for row in rows] == [
        ("O2", "warehouse", "de"), ("O1", "customer", "de"), ("O2", "customer", "en"),
    ]  # fmt: skip
    assert (rows[1]["subject"], rows[1]["body"]) == ("Your order O1", "Is M right?")
    assert str(rows[1]["reply by"]) == "2026-03-02 11:00:00"


def test_a_night_without_items_says_why_the_sheet_is_empty(book):
    (header, first) = book["Items"].iter_rows(values_only=True)
    assert header[0] == "item"
    assert first[0] == "No action on an item pays tonight: on none are enough lines at risk for the same cause."
    assert set(first[1:]) == {None}


def test_the_summary_has_the_figures_of_the_night_and_those_before(tmp_path):
    # What the policy's owner should know is not for those who work the list.
    plan = MANIFEST["plan"] | {"none": 1200, "notices": ["reasons of policy.yaml that are not predicted: gift"]}
    book = write(tmp_path / "book.xlsx", manifest=MANIFEST | {"plan": plan}, recent=RecentNights(NIGHTS))
    assert list(book["Summary"].iter_rows(values_only=True)) == [
        ("night", "2026-03-02"),
        ("source", "tests"),
        ("orders to do", 1),
        ("orders to review", 1),
        ("lines of these orders to act on or review", 3),
        ("expected saving (EUR)", 7.25),
        ("low estimate (EUR)", 1.5),
        ("high estimate (EUR)", 10),
        ("lines in the control group", 2),
        ("open lines without action", 1200),
        ("lines left out: shipped, cancelled or returned since the night began", 0),
        ("model of the risk, version", "0123456789ab"),
        ("model of the reasons, version", "none"),
        ("policy, version", "f" * 12),
        ("nights before", "orders; expected saving (EUR)"),
        ("2026-03-01", "1,051; 1,234.50"),
        ("2026-02-28", "40; 31.50"),
    ]


def test_dispositions_and_owners_are_drop_downs_and_done_rows_turn_grey(book):
    sheet = book["To do"]
    lists = {str(rule.sqref): rule for rule in sheet.data_validations.dataValidation}
    assert lists["L2:L3"].formula1 == '"Done,Not possible,Wrong flag,Customer keeps it"'
    assert lists["K2:K3"].formula1 == "Help!$A$14:$A$33"
    assert not lists["K2:K3"].showErrorMessage
    assert book["Help"].cell(13, 1).value == "owners (initials)"
    (area,) = sheet.conditional_formatting
    assert str(area.sqref) == "A2:M3"
    assert area.rules[0].formula == ['$L2<>""']


def test_orders_link_to_the_shop_and_dispositions_speak_the_teams_language(tmp_path):
    run = make_run()
    languages = LanguagesPolicy(team="de")
    links = SimpleNamespace(to_order=lambda order: f"https://shop.example/orders/{order}")
    policy: Any = SimpleNamespace(links=links, languages=languages)
    book = write(tmp_path / "book.xlsx", replace(run, policy=policy))
    cell = book["Zu erledigen"]["B2"]
    assert (cell.value, cell.hyperlink.target) == ("O2", "https://shop.example/orders/O2")
    lists = [rule.formula1 for rule in book["Zu erledigen"].data_validations.dataValidation]
    assert '"Erledigt,Nicht möglich,Falscher Hinweis,Kunde behält es"' in lists


@pytest.mark.parametrize("language", ["en", "de", "fr", "nl", "pl"])
def test_every_word_of_a_drop_down_is_read_back(language):
    words = name_dispositions(language)
    assert [find_disposition(word) for word in words] == list(DISPOSITIONS)
    assert [find_disposition(word.upper()) for word in words] == list(DISPOSITIONS)
    assert len(",".join(words)) <= 255  # what Excel allows in a list
    assert not any("," in word for word in words)


def test_no_text_is_cut_off(book):
    for sheet in book:
        if sheet.title == "All lines":
            continue
        for row in sheet.iter_rows():
            for cell in row:
                if not isinstance(cell.value, str):
                    continue
                width = sheet.column_dimensions[cell.column_letter].width
                lines = sum(int(np.ceil(max(len(part), 1) / (width - 1))) for part in cell.value.split("\n"))
                assert cell.alignment.wrap_text or lines == 1, cell.coordinate
                height = sheet.row_dimensions[cell.row].height or 15
                assert height >= min(lines * 15, 400), (sheet.title, cell.coordinate)


def test_headers_stay_in_sight_and_name_the_currency(book):
    for name in ("To do", "Messages", "Control group", "All lines"):
        sheet = book[name]
        assert sheet.freeze_panes == "B2"
        assert sheet.auto_filter.ref.startswith("A1:")
        for cell in sheet[1]:
            longest = max(map(len, str(cell.value).split()))
            assert sheet.column_dimensions[cell.column_letter].width > longest
    assert "value low (EUR)" in [cell.value for cell in book["All lines"][1]]


def test_every_column_of_all_lines_is_explained_and_no_other(book):
    sheet = book["All lines"]
    prompts = {str(rule.sqref): rule.prompt for rule in sheet.data_validations.dataValidation}
    names = {cell.value.split(" (")[0].replace(" ", "_"): prompts[cell.coordinate] for cell in sheet[1]}
    assert all(names.values())
    assert set(names) - {"reason_2"} == set(COLUMNS)


def test_ids_stay_text_and_nothing_is_run(tmp_path):
    book = write(tmp_path / "book.xlsx", make_run(reasons=[["=cmd"], ["a"], [], ["b"], ["=HYPERLINK(1)"]]))
    sheet = book["All lines"]
    names = [cell.value for cell in sheet[1]]
    rows = [dict(zip(names, row, strict=True)) for row in sheet.iter_rows(min_row=2)]
    of_line = {row["line id"].value: row for row in rows}
    assert of_line["O1-1"]["sku"].value == "00012"
    assert of_line["O3-1"]["size"].value == "10/12"
    assert of_line["O1-1"]["risk"].number_format == "0%"
    texts = [cell for page in book for row in page.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert {cell.data_type for cell in texts} == {"s"}
    assert {"=cmd", "=HYPERLINK(1)"} <= {cell.value for cell in texts}


def test_the_same_lines_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        write(tmp_path / f"{name}.xlsx", recent=RecentNights(NIGHTS))
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_a_night_without_flagged_lines_has_its_headers(tmp_path):
    book = write(tmp_path / "book.xlsx", make_run(make_night(flagged=[False] * 6), []))
    assert [cell.value for cell in book["To do"][1]][:2] == ["ship by", "order id"]
    assert book["To do"].max_row == 1


def test_a_source_without_sizes_promises_and_messages_has_a_workbook(tmp_path):
    gone = ["ship_by", "size", "suggested_size", "suggested_size_kept", "ordered_size_kept", "size_evidence", "market",
            "warehouse", "brand", "category", "colour", "message_subject", "message_to", "message_language",
            "message_size", "reply_by", "resolution", "resolution_text"]  # fmt: skip
    rows = read(write(tmp_path / "book.xlsx", make_run(make_night().drop(columns=gone)))["To do"])
    assert list(rows[0]) == [
        "order id", "item", "action", "reason", "expected saving (EUR)", "owner", "disposition", "comment",
    ]  # fmt: skip
    assert [row["item"] for row in rows] == ["00012\nA-5", "00012"]
