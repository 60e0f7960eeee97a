"""An export is complete, true, ordered and the same on every run."""

import json
import resource
from collections.abc import Iterator

import pandas as pd
import pytest

from returns_risk.errors import ExportError
from returns_risk.io.files import hash_file

FILES = [
    "_SUCCESS", "digest.json", "flagged_orders.csv", "flagged_orders.parquet", "flagged_orders.xlsx", "handoff.jsonl",
    "manifest.json", "report.html", "scores.parquet", "sensitivity.csv", "skus.csv",
]  # fmt: skip
NOTHING = ["none", "", "", "", "", "", "not worth it"]
"""Cells of a line that nothing is planned for."""


def test_an_export_has_its_eleven_files(tmp_path, export):
    folder = export(tmp_path / "export")
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert (folder / "_SUCCESS").read_bytes() == b""


def test_the_csv_begins_with_a_byte_order_mark_and_ends_lines_with_line_feeds(tmp_path, export):
    content = (export(tmp_path / "export") / "flagged_orders.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in content
    assert content.endswith(b"\n")


def test_the_csv_has_the_columns_of_the_contract(tmp_path, export, cells):
    assert cells(export(tmp_path / "export")) == [
        ["order_id", "line_id", "sku", "ordered_on", "market", "brand", "size", "quantity", "unit_price", "currency",
         "line_value", "decision", "intervention", "value", "value_low", "value_high", "arm", "no_action_reason",
         "risk", "risk_low", "risk_high", "evidence", "return_reason", "return_reason_share",
         "reason_1", "reason_2", "message"],
        ["O1", "O1-1", "'00012", "2026-03-01", "FR", "", "'10/12", "1", "9.9", "EUR", "9.9", *NOTHING, "0.9",
         "0.8", "0.95", "strong", "changed_mind", "0.4", "", "", ""],
        ["O1", "O1-2", "'00034", "2026-03-01", "FR", "brill", "'38", "2", "20.0", "EUR", "40.0", *NOTHING, "0.9",
         "0.8", "0.95", "none", "", "0.2", "item: brand is brill", "discount: 50%", ""],
        ["O2", "O2-1", "'00012", "2026-02-28", "DE", "acme", "M", "1", "9.9", "EUR", "9.9", *NOTHING, "0.7124",
         "0.6", "0.8124", "some", "too_small", "0.6124", "customer: share sent back: 62%", "", ""],
    ]  # fmt: skip


def test_the_parquet_files_keep_ids_as_they_are_and_risks_in_full(tmp_path, export):
    folder = export(tmp_path / "export")
    flagged = pd.read_parquet(folder / "flagged_orders.parquet")
    assert flagged["sku"].tolist() == ["00012", "00034", "00012"]
    assert flagged["risk"].tolist() == [0.9, 0.9, 0.71239]
    scores = pd.read_parquet(folder / "scores.parquet")
    assert scores.columns.tolist() == [
        "order_id", "line_id", "sku", "ordered_on", "as_of", "risk", "flagged", "risk_low", "risk_high", "evidence",
        "return_reason", "return_reason_share", "decision", "intervention", "value", "value_low", "value_high", "arm",
        "no_action_reason", "shadow_intervention", "shadow_value",
    ]  # fmt: skip
    assert scores["line_id"].tolist() == ["O1-1", "O1-2", "O2-1", "O3-1"]
    assert scores["flagged"].tolist() == [True, True, True, False]


def test_the_order_of_the_input_does_not_matter(tmp_path, candidates, export):
    # The reasons of flagged lines O2-1, O1-2, O1-1 go with their lines.
    frame, reasons = candidates(), [["two"], ["one second"], ["one first"]]
    backwards = frame.iloc[::-1].set_axis([9, 8, 7, 6])
    first = export(tmp_path / "one", frame, reasons)
    two = export(tmp_path / "two", backwards, reasons[::-1])
    for name in FILES:
        assert (first / name).read_bytes() == (two / name).read_bytes(), name


def test_two_runs_give_the_same_bytes(tmp_path, export):
    folder = export(tmp_path / "export")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    export(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_the_manifest_has_true_counts_and_hashes(tmp_path, export):
    folder = export(tmp_path / "export")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["rows"] == {"candidates": 4, "flagged": 3}
    assert manifest["model_version"] == "0123456789ab"
    assert list(manifest["files"]) == [
        "digest.json",
        "flagged_orders.csv",
        "flagged_orders.parquet",
        "flagged_orders.xlsx",
        "handoff.jsonl",
        "report.html",
        "scores.parquet",
        "sensitivity.csv",
        "skus.csv",
    ]
    assert manifest["files"] == {name: hash_file(folder / name) for name in manifest["files"]}


def test_customers_are_in_no_file_but_the_hand_off(tmp_path, candidates, export):
    folder = export(tmp_path / "export")
    customer = candidates()["customer_id"][0]
    for path in folder.iterdir():
        assert customer.encode() not in path.read_bytes(), path.name
    for name in ("flagged_orders", "scores"):
        frame = pd.read_parquet(folder / f"{name}.parquet")
        assert "customer_id" not in frame
        assert customer not in frame.to_csv()


def test_a_night_without_a_flagged_line_is_an_export_with_headers_only(tmp_path, candidates, export, cells):
    frame = candidates(flagged=[False] * 4)
    folder = export(tmp_path / "export", frame, [])
    assert len(cells(folder)) == 1
    assert json.loads((folder / "manifest.json").read_text())["rows"] == {"candidates": 4, "flagged": 0}
    columns = pd.read_parquet(folder / "flagged_orders.parquet").columns.tolist()
    assert columns == cells(folder)[0]


def test_context_that_the_source_lacks_is_left_out(tmp_path, candidates, export, cells):
    frame = candidates().drop(columns=["market", "size", "currency"])
    header = cells(export(tmp_path / "export", frame))[0]
    assert header == [
        "order_id", "line_id", "sku", "ordered_on", "brand", "quantity", "unit_price", "line_value",
        "decision", "intervention", "value", "value_low", "value_high", "arm", "no_action_reason", "risk", "risk_low",
        "risk_high", "evidence", "return_reason", "return_reason_share", "reason_1", "reason_2", "message",
    ]  # fmt: skip


def test_files_of_an_earlier_export_are_removed_with_it(tmp_path, export):
    folder = export(tmp_path / "export")
    (folder / "notes.txt").write_text("from yesterday")
    export(folder)
    assert sorted(path.name for path in folder.iterdir()) == FILES


@pytest.fixture
def full_disk() -> Iterator[None]:
    """Let no file of this process grow beyond 2,000 bytes; root may not either."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_an_export_that_finds_no_space_is_an_export_error_and_leaves_the_former_one(tmp_path, export, request):
    folder = export(tmp_path / "export")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    request.getfixturevalue("full_disk")
    with pytest.raises(ExportError, match=r"export.*: cannot be written .*the previous content is unchanged") as caught:
        export(folder)
    assert "\n" not in str(caught.value)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["export"]


def test_an_export_without_a_column_it_needs_leaves_the_former_one(tmp_path, candidates, export):
    folder = export(tmp_path / "export")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(KeyError, match="risk"):
        export(folder, candidates().drop(columns="risk"))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["export"]


def test_a_folder_that_cannot_be_made_is_an_export_error(tmp_path, export):
    (tmp_path / "exports").write_text("a file in the place of a folder")
    with pytest.raises(ExportError, match=r"exports/as_of=2026-03-02: cannot be written"):
        export(tmp_path / "exports" / "as_of=2026-03-02")
