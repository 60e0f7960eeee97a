"""The workbook as a person opens it: orders with their lines folded, nothing run, ids as they are."""

import openpyxl
import pandas as pd
import pytest

from returns_risk.export.about import COLUMNS
from returns_risk.export.workbook import fold_orders, write_workbook
from tests.small_exports import write_night

MANIFEST = {
    "format": 1,
    "source": "tests",
    "as_of": "2026-03-02",
    "model_version": "0123456789ab",
    "reason_model_version": None,
    "made_from": {"candidates.parquet": "5" * 64, "policy.yaml": "7" * 64},
    "plan": {
        "policy": "f" * 64,
        "currency": "EUR",
        "value": 15.5,
        "act": 1,
        "review": 1,
        "holdout": 1,
        "none": 1200,
        "notices": ["reasons of policy.yaml that are misspelt or too rare have no effect: gift"],
    },
}


@pytest.fixture
def flagged(candidates):
    frame = candidates()
    decided = pd.DataFrame(
        {
            "decision": ["act", "review", "none", "holdout"],
            "intervention": ["sizing_guidance", "quality_check", None, "quality_check"],
            "value": [2.5, 4.0, None, 9.0],
            "value_low": [1.0, -1.0, None, 2.0],
            "value_high": [3.0, 6.0, None, 12.0],
            "arm": ["treatment", "treatment", "", "control"],
            "no_action_reason": ["", "", "not worth it", ""],
            "reason_1": ["size: 62%", "=brand is brill", None, "too late"],
        }
    )
    return frame.drop(columns=["customer_id", "as_of", "flagged"]).assign(**decided)


def read(path, sheet):
    rows = list(openpyxl.load_workbook(path)[sheet].iter_rows())
    return [str(cell.value) for cell in rows[0]], [{cell.column: cell for cell in row} for row in rows[1:]]


def test_orders_are_folded_and_the_highest_saving_comes_first(flagged):
    orders = fold_orders(flagged)
    assert orders["order_id"].tolist() == ["O1", "O2", "O3"]
    assert orders["lines"].tolist() == [2, 1, 1]
    assert orders["order_value"].tolist() == pytest.approx([49.9, 9.9, 5.0])
    # A control line saves nothing, and its risk is never shown without that.
    assert orders["expected_saving"].tolist() == [4.0, 2.5, 0.0]
    assert orders["what_to_do"].tolist() == [
        "needs review: quality check (O1-2)",
        "sizing guidance (O2-1)",
        "control group: quality check (O3-1)",
    ]
    assert orders["highest_risk"].tolist() == [0.9, 0.71239, 0.2]


def test_an_order_without_a_plan_says_why_and_no_other_does(flagged):
    orders = fold_orders(flagged[flagged["order_id"] == "O1"])
    assert orders["what_to_do"].tolist() == ["needs review: quality check (O1-2)"]
    orders = fold_orders(flagged[flagged["line_id"] == "O1-1"])
    assert orders["what_to_do"].tolist() == ["no action: not worth it"]


def test_a_person_finds_headers_filters_and_widths(flagged, tmp_path):
    write_workbook(tmp_path / "flagged.xlsx", flagged, MANIFEST)
    book = openpyxl.load_workbook(tmp_path / "flagged.xlsx")
    assert book.sheetnames == ["Orders", "Lines", "About"]
    for sheet in (book["Orders"], book["Lines"]):
        assert sheet.freeze_panes == "B2"
        assert sheet.auto_filter.ref.startswith("A1:")
        assert all(8 < column.width < 62 for column in sheet.column_dimensions.values())


def test_the_last_sheet_has_the_run_its_figures_and_hashes(flagged, tmp_path):
    write_workbook(tmp_path / "flagged.xlsx", flagged, MANIFEST)
    header, *rows = openpyxl.load_workbook(tmp_path / "flagged.xlsx")["About"].iter_rows(values_only=True)
    assert header == ("about", "what", "is")
    assert [row for row in rows if not row[0].startswith("columns")] == [
        ("run", "as of", "2026-03-02"),
        ("run", "source", "tests"),
        ("run", "model of the risk, version", "0123456789ab"),
        ("run", "model of the reasons, version", "none"),
        ("run", "policy, version", "f" * 64),
        ("run", "currency of expected savings", "EUR"),
        ("run", "notice", "reasons of policy.yaml that are misspelt or too rare have no effect: gift"),
        ("lines", "open", 1203),
        ("lines", "flagged", 4),
        ("lines", "to act on", 1),
        ("lines", "to review", 1),
        ("lines", "control group", 1),
        ("lines", "no action", 1200),
        # Without the control line, as on the page.
        ("lines", "expected saving (EUR)", 6.5),
        ("lines", "expected saving at worst (EUR)", 0),
        ("lines", "expected saving at best (EUR)", 9),
        ("made from, SHA-256", "candidates.parquet", "5" * 64),
        ("made from, SHA-256", "policy.yaml", "7" * 64),
    ]
    assert rows[-1][1] == "policy.yaml"


def test_every_column_of_both_sheets_is_explained_and_no_other(tmp_path):
    write_night(tmp_path / "night")
    path = tmp_path / "night/flagged_orders.xlsx"
    rows = list(openpyxl.load_workbook(path)["About"].iter_rows(min_row=2, values_only=True))
    explained = [(row[0].removeprefix("columns of "), row[1]) for row in rows if row[0].startswith("columns of ")]
    headers = [(sheet, name) for sheet in ("Orders", "Lines") for name in read(path, sheet)[0]]
    assert explained == headers
    assert all(row[2] for row in rows)
    names = {name.split(" (")[0].replace(" ", "_") for _, name in headers}
    assert names - {"reason_2"} == set(COLUMNS)


def test_headers_fit_and_name_the_currency(flagged, tmp_path):
    write_workbook(tmp_path / "flagged.xlsx", flagged.assign(currency="PLN"), MANIFEST)
    header, rows = read(tmp_path / "flagged.xlsx", "Orders")
    assert {"expected saving (EUR)", "currency", "order value"} <= set(header)
    assert {row[header.index("currency") + 1].value for row in rows} == {"PLN"}
    assert "value low (EUR)" in read(tmp_path / "flagged.xlsx", "Lines")[0]
    sheet = openpyxl.load_workbook(tmp_path / "flagged.xlsx")["Orders"]
    for cell in sheet[1]:
        longest = max(map(len, str(cell.value).split()))
        assert sheet.column_dimensions[cell.column_letter].width > longest + 2


def test_ids_stay_text_and_nothing_is_run(flagged, tmp_path):
    write_workbook(tmp_path / "flagged.xlsx", flagged, MANIFEST)
    header, rows = read(tmp_path / "flagged.xlsx", "Lines")
    sku, size, reason, risk = (header.index(name) + 1 for name in ("sku", "size", "reason 1", "risk"))
    assert [row[sku].value for row in rows] == ["00012", "00034", "00012", "A-5"]
    assert rows[2][size].value == "10/12"
    assert rows[1][reason].value == "=brand is brill"
    assert rows[1][reason].data_type == "s"
    assert {row[sku].data_type for row in rows} == {"s"}
    assert rows[0][risk].number_format == "0%"
    assert rows[0][risk].value == pytest.approx(0.71239)


def test_the_same_lines_give_the_same_bytes(flagged, tmp_path):
    for name in ("one", "two"):
        write_workbook(tmp_path / f"{name}.xlsx", flagged, MANIFEST)
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_a_night_without_flagged_lines_has_its_headers(flagged, tmp_path):
    write_workbook(tmp_path / "flagged.xlsx", flagged.head(0), MANIFEST)
    header, rows = read(tmp_path / "flagged.xlsx", "Orders")
    assert header[:2] == ["order id", "ordered on"]
    assert rows == []
