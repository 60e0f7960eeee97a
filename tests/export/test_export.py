"""An export is complete, true, ordered and the same on every run."""

import json
import resource
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from returns_risk.config.params import load_params
from returns_risk.errors import ExportError
from returns_risk.io.files import hash_file
from returns_risk.scoring.lines import add_context, add_return_reason, describe_export, flag

FILES = [
    "_SUCCESS", "digest.json", "flagged_orders.csv", "flagged_orders.parquet", "flagged_orders.xlsx", "handoff.jsonl",
    "manifest.json", "scores.parquet",
]  # fmt: skip


def test_an_export_has_its_eight_files(tmp_path, export):
    folder = export(tmp_path / "export")
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert (folder / "_SUCCESS").read_bytes() == b""


def test_the_csv_begins_with_a_byte_order_mark_and_ends_lines_with_line_feeds(tmp_path, export):
    content = (export(tmp_path / "export") / "flagged_orders.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in content
    assert content.endswith(b"\n")


def test_the_csv_says_what_operations_need_in_the_columns_of_the_contract(tmp_path, export, cells):
    assert cells(export(tmp_path / "export")) == [
        ["order_id", "line_id", "sku", "ordered_on", "market", "brand", "size", "quantity", "unit_price", "currency",
         "line_value", "risk", "risk_low", "risk_high", "evidence", "return_reason", "return_reason_share",
         "reason_1", "reason_2"],
        ["O1", "O1-1", "'00012", "2026-03-01", "FR", "", "'10/12", "1", "9.9", "EUR", "9.9", "0.9",
         "0.8", "0.95", "strong", "changed_mind", "0.4", "", ""],
        ["O1", "O1-2", "'00034", "2026-03-01", "FR", "brill", "'38", "2", "20.0", "EUR", "40.0", "0.9",
         "0.8", "0.95", "none", "", "0.2", "item: brand is brill", "discount: 50%"],
        ["O2", "O2-1", "'00012", "2026-02-28", "DE", "acme", "M", "1", "9.9", "EUR", "9.9", "0.7124",
         "0.6", "0.8124", "some", "too_small", "0.6124", "customer: share sent back: 62%", ""],
    ]  # fmt: skip


def test_the_parquet_files_keep_ids_as_they_are_and_risks_in_full(tmp_path, export):
    folder = export(tmp_path / "export")
    flagged = pd.read_parquet(folder / "flagged_orders.parquet")
    assert flagged["sku"].tolist() == ["00012", "00034", "00012"]
    assert flagged["risk"].tolist() == [0.9, 0.9, 0.71239]
    scores = pd.read_parquet(folder / "scores.parquet")
    assert scores.columns.tolist() == [
        "order_id", "line_id", "sku", "ordered_on", "as_of", "risk", "flagged", "risk_low", "risk_high", "evidence",
        "return_reason", "return_reason_share",
    ]  # fmt: skip
    assert scores["line_id"].tolist() == ["O1-1", "O1-2", "O2-1", "O3-1"]
    assert scores["flagged"].tolist() == [True, True, True, False]


def test_the_order_of_the_input_does_not_matter(tmp_path, candidates, export):
    # The reasons of flagged lines O2-1, O1-2, O1-1 go with their lines.
    frame, reasons = candidates(), [["two"], ["one second"], ["one first"]]
    backwards = frame.iloc[::-1].set_axis([9, 8, 7, 6])
    one = export(tmp_path / "one", frame, reasons)
    two = export(tmp_path / "two", backwards, reasons[::-1])
    for name in FILES:
        assert (one / name).read_bytes() == (two / name).read_bytes(), name


def test_two_runs_give_the_same_bytes(tmp_path, export):
    folder = export(tmp_path / "export")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    export(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_the_manifest_tells_true_counts_and_hashes(tmp_path, export):
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
        "scores.parquet",
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
        "order_id", "line_id", "sku", "ordered_on", "brand", "quantity", "unit_price", "line_value", "risk", "risk_low",
        "risk_high", "evidence",
        "return_reason", "return_reason_share", "reason_1", "reason_2",
    ]  # fmt: skip


def test_what_an_earlier_export_had_besides_goes_with_it(tmp_path, export):
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


def test_lines_at_or_above_the_threshold_are_flagged():
    frame = pd.DataFrame({"line_id": ["a", "b", "c"]})
    flagged = flag(frame, np.array([0.49999, 0.5, 0.9]), 0.5)
    assert flagged["flagged"].tolist() == [False, True, True]
    assert flagged["risk"].tolist() == [0.49999, 0.5, 0.9]
    assert frame.columns.tolist() == ["line_id"]


def test_context_stands_beside_the_score_instead_of_the_features():
    scored = pd.DataFrame(
        {
            "order_id": ["O1"], "line_id": ["O1-2"], "sku": ["b"], "customer_id": ["x"],
            "ordered_on": pd.to_datetime(["2026-03-01"]), "as_of": pd.to_datetime(["2026-03-02"]),
            "risk": [0.9], "flagged": [True],
            "risk_low": [0.8], "risk_high": [0.95], "evidence": ["thin"],
            "return_reason": ["too_small"], "return_reason_share": [0.7],
            "sku_return_rate_all": [0.4],
        }
    )  # fmt: skip
    lines = pd.DataFrame(
        {
            "line_id": ["O1-1", "O1-2"], "sku": ["a", "b"], "customer_id": ["x", "x"],
            "quantity": [1, 3], "unit_price": [5.0, 9.9], "market": ["DE", "DE"],
        }
    )  # fmt: skip
    products = pd.DataFrame({"sku": ["a", "b"], "brand": ["acme", "brill"], "style": ["s", "t"]})
    found = add_context(scored, {"order_lines": lines, "products": products})
    assert found.columns.tolist() == [
        "order_id", "line_id", "sku", "ordered_on", "as_of", "risk", "flagged", "risk_low", "risk_high",
        "evidence", "return_reason", "return_reason_share", "customer_id", "line_value", "market", "brand",
        "quantity", "unit_price", "style",
    ]  # fmt: skip
    assert found[["line_value", "market", "brand", "quantity"]].to_numpy().tolist() == [[29.7, "DE", "brill", 3]]


def test_the_description_names_what_the_export_was_made_from(tmp_path):
    (tmp_path / "booster.txt").write_text("tree")
    (tmp_path / "bundle.json").write_text("{}")
    (tmp_path / "candidates.parquet").write_bytes(b"abc")
    params = load_params(Path(__file__).parents[2] / "params.yaml")
    assert describe_export(params, tmp_path, tmp_path, [tmp_path / "candidates.parquet"]) == {
        "format": 1,
        "source": "demo",
        "as_of": "2026-03-02",
        "model_version": "58987e111ff3",
        "reason_model_version": "58987e111ff3",
        "min_risk": 0.5,
        "made_from": {
            "candidates.parquet": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        },
    }


def test_without_a_model_of_reasons_there_is_no_reason():
    told = add_return_reason(pd.DataFrame({"line_id": ["a", "b"]}), pd.DataFrame(index=[0, 1]), 0.3)
    assert told["return_reason"].isna().all()
    assert told["return_reason_share"].isna().all()


def test_the_likeliest_reason_is_told_from_its_share_on():
    shares = pd.DataFrame({"too_small": [0.7, 0.25], "quality": [0.3, 0.28]})
    told = add_return_reason(pd.DataFrame({"line_id": ["a", "b"]}), shares, 0.3)
    assert told["return_reason"].tolist()[0] == "too_small"
    assert told["return_reason"].isna().tolist() == [False, True]
    assert told["return_reason_share"].tolist() == [0.7, 0.28]
