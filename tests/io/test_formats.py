"""Files of each format, and their hashes."""

import pandas as pd
import pytest

from returns_risk.io.files import hash_file, hash_files, write_csv, write_json, write_parquet, write_text


def test_text_is_utf_8_with_line_feeds(tmp_path):
    write_text(tmp_path / "page.txt", "ä\nb\n")
    assert (tmp_path / "page.txt").read_bytes() == b"\xc3\xa4\nb\n"


def test_json_keeps_the_order_of_keys_and_letters_as_they_are(tmp_path):
    write_json(tmp_path / "page.json", {"b": "ä", "a": 1})
    assert (tmp_path / "page.json").read_text(encoding="utf-8") == '{\n  "b": "ä",\n  "a": 1\n}\n'


def test_a_value_that_json_does_not_know_leaves_the_old_file(tmp_path):
    write_text(tmp_path / "page.json", "old")
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "page.json", {"auc": float("nan")})
    assert (tmp_path / "page.json").read_text() == "old"


def test_csv_has_a_header_line_feeds_and_no_index(tmp_path):
    path = write_csv(tmp_path / "curve.csv", pd.DataFrame({"a": [1, 2], "b": [0.5, 0.25]}, index=[7, 8]))
    assert path.read_bytes() == b"a,b\n1,0.5\n2,0.25\n"


def test_parquet_is_the_same_bytes_twice_and_has_no_index(tmp_path):
    frame = pd.DataFrame({"sku": ["00012", None]}, index=[7, 8])
    write_parquet(tmp_path / "first.parquet", frame)
    write_parquet(tmp_path / "second.parquet", frame)
    assert (tmp_path / "first.parquet").read_bytes() == (tmp_path / "second.parquet").read_bytes()
    restored = pd.read_parquet(tmp_path / "first.parquet")
    assert restored.index.tolist() == [0, 1]
    assert restored["sku"].fillna("missing").tolist() == ["00012", "missing"]


def test_hashes_are_sha_256_by_name_in_the_given_order(tmp_path):
    (tmp_path / "b").write_bytes(b"abc")
    (tmp_path / "a").write_bytes(b"")
    assert hash_file(tmp_path / "b") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert list(hash_files([tmp_path / "b", tmp_path / "a"]).items()) == [
        ("b", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("a", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ]
