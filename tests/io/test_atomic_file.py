"""A file is complete or missing."""

import re
from pathlib import Path

import pandas as pd
import pytest

from returns_risk.errors import ExportError
from returns_risk.io.files import atomic_file, write_csv, write_json, write_parquet, write_text


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def break_off(path: Path, error: Exception) -> None:
    with atomic_file(path) as aside:
        aside.write_text("half")
        raise error


def test_a_file_appears_with_its_folders_and_leaves_no_other_name(tmp_path):
    write_text(tmp_path / "new" / "page.txt", "ä\nb\n")
    assert (tmp_path / "new" / "page.txt").read_bytes() == b"\xc3\xa4\nb\n"
    assert names(tmp_path / "new") == ["page.txt"]


def test_an_existing_file_is_replaced(old_file):
    write_text(old_file, "fresh")
    assert old_file.read_text() == "fresh"
    assert names(old_file.parent) == ["page.txt"]


def test_the_file_does_not_exist_before_the_block_ends(tmp_path):
    with atomic_file(tmp_path / "page.txt") as aside:
        aside.write_text("half")
        assert not (tmp_path / "page.txt").exists()
    assert (tmp_path / "page.txt").read_text() == "half"


def test_the_old_file_stays_when_the_block_raises(old_file):
    with pytest.raises(ValueError, match="in the middle"):
        break_off(old_file, ValueError("in the middle"))
    assert old_file.read_text() == "old"
    assert names(old_file.parent) == ["page.txt"]


def test_the_old_file_stays_when_the_disk_is_full(old_file):
    with pytest.raises(ExportError, match="No space left on device"):
        break_off(old_file, OSError(28, "No space left on device"))
    assert old_file.read_text() == "old"
    assert names(old_file.parent) == ["page.txt"]


def test_a_folder_instead_of_the_file_stays(old_folder):
    with pytest.raises(ExportError, match=rf"^{re.escape(str(old_folder))}: cannot be written"):
        write_text(old_folder, "fresh")
    assert names(old_folder) == ["old.txt"]
    assert names(old_folder.parent) == ["export"]


def test_a_file_instead_of_a_parent_folder_is_an_export_error_in_one_line(old_file):
    with pytest.raises(ExportError, match=r"page\.txt/deep\.txt: cannot be written") as caught:
        write_text(old_file / "deep.txt", "fresh")
    assert "\n" not in str(caught.value)
    assert old_file.read_text() == "old"


def test_a_value_that_json_does_not_know_leaves_the_old_file(old_file):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(old_file, {"auc": float("nan")})
    assert old_file.read_text() == "old"


def test_json_keeps_the_order_of_keys_and_letters_as_they_are(tmp_path):
    write_json(tmp_path / "page.json", {"b": "ä", "a": 1})
    assert (tmp_path / "page.json").read_text(encoding="utf-8") == '{\n  "b": "ä",\n  "a": 1\n}\n'


def test_csv_has_a_header_line_feeds_and_no_index(tmp_path):
    path = write_csv(tmp_path / "curve.csv", pd.DataFrame({"a": [1, 2], "b": [0.5, 0.25]}, index=[7, 8]))
    assert path.read_bytes() == b"a,b\n1,0.5\n2,0.25\n"


def test_parquet_is_the_same_bytes_twice_and_has_no_index(tmp_path):
    frame = pd.DataFrame({"sku": ["00012", None]}, index=[7, 8])
    write_parquet(tmp_path / "first.parquet", frame)
    write_parquet(tmp_path / "second.parquet", frame)
    assert (tmp_path / "first.parquet").read_bytes() == (tmp_path / "second.parquet").read_bytes()
    back = pd.read_parquet(tmp_path / "first.parquet")
    assert back.index.tolist() == [0, 1]
    assert back["sku"].fillna("missing").tolist() == ["00012", "missing"]
