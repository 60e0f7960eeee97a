"""A file is whole or not there."""

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


def test_a_file_that_is_there_is_replaced(former_file):
    write_text(former_file, "fresh")
    assert former_file.read_text() == "fresh"
    assert names(former_file.parent) == ["page.txt"]


def test_nothing_is_there_before_the_block_has_ended(tmp_path):
    with atomic_file(tmp_path / "page.txt") as aside:
        aside.write_text("half")
        assert not (tmp_path / "page.txt").exists()
    assert (tmp_path / "page.txt").read_text() == "half"


def test_the_former_file_stays_when_the_block_raises(former_file):
    with pytest.raises(ValueError, match="in the middle"):
        break_off(former_file, ValueError("in the middle"))
    assert former_file.read_text() == "former"
    assert names(former_file.parent) == ["page.txt"]


def test_the_former_file_stays_when_the_disk_is_full(former_file):
    with pytest.raises(ExportError, match="No space left on device"):
        break_off(former_file, OSError(28, "No space left on device"))
    assert former_file.read_text() == "former"
    assert names(former_file.parent) == ["page.txt"]


def test_a_folder_in_the_place_of_the_file_stays(former_folder):
    with pytest.raises(ExportError, match=rf"^{re.escape(str(former_folder))}: cannot be written"):
        write_text(former_folder, "fresh")
    assert names(former_folder) == ["former.txt"]
    assert names(former_folder.parent) == ["export"]


def test_a_file_in_the_place_of_a_parent_folder_is_an_export_error_of_one_line(former_file):
    with pytest.raises(ExportError, match=r"page\.txt/deep\.txt: cannot be written") as caught:
        write_text(former_file / "deep.txt", "fresh")
    assert "\n" not in str(caught.value)
    assert former_file.read_text() == "former"


def test_a_value_that_json_does_not_know_leaves_the_former_file(former_file):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(former_file, {"auc": float("nan")})
    assert former_file.read_text() == "former"


def test_json_keeps_the_order_of_keys_and_letters_as_they_are(tmp_path):
    write_json(tmp_path / "page.json", {"b": "ä", "a": 1})
    assert (tmp_path / "page.json").read_text(encoding="utf-8") == '{\n  "b": "ä",\n  "a": 1\n}\n'


def test_csv_has_a_header_line_feeds_and_no_index(tmp_path):
    path = write_csv(tmp_path / "curve.csv", pd.DataFrame({"a": [1, 2], "b": [0.5, 0.25]}, index=[7, 8]))
    assert path.read_bytes() == b"a,b\n1,0.5\n2,0.25\n"


def test_parquet_is_the_same_bytes_twice_and_has_no_index(tmp_path):
    frame = pd.DataFrame({"sku": ["00012", None]}, index=[7, 8])
    write_parquet(tmp_path / "one.parquet", frame)
    write_parquet(tmp_path / "two.parquet", frame)
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "two.parquet").read_bytes()
    back = pd.read_parquet(tmp_path / "one.parquet")
    assert back.index.tolist() == [0, 1]
    assert back["sku"].fillna("missing").tolist() == ["00012", "missing"]
