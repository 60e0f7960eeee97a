"""The row counts of the latest run that passed validation."""

from datetime import date

import pandas as pd

from returns_risk.validation.row_counts import read_volumes, write_volumes

TABLES = {"order_lines": pd.DataFrame({"sku": ["a", "b"]}), "returns": pd.DataFrame({"sku": []})}


def test_before_the_first_run_there_are_no_counts(tmp_path):
    assert read_volumes(tmp_path / "volumes.json", date(2026, 3, 2)) is None


def test_the_rows_of_an_earlier_run_are_remembered(tmp_path):
    write_volumes(tmp_path / "volumes.json", date(2026, 3, 1), TABLES)
    assert read_volumes(tmp_path / "volumes.json", date(2026, 3, 2)) == {"order_lines": 2, "returns": 0}


def test_the_rows_of_a_run_at_the_same_as_of_are_remembered(tmp_path):
    write_volumes(tmp_path / "volumes.json", date(2026, 3, 2), TABLES)
    assert read_volumes(tmp_path / "volumes.json", date(2026, 3, 2)) == {"order_lines": 2, "returns": 0}


def test_a_run_of_a_later_as_of_is_not_used(tmp_path):
    write_volumes(tmp_path / "volumes.json", date(2026, 3, 3), TABLES)
    assert read_volumes(tmp_path / "volumes.json", date(2026, 3, 2)) is None


def test_a_later_run_replaces_what_was_remembered(tmp_path):
    write_volumes(tmp_path / "volumes.json", date(2026, 3, 1), TABLES)
    write_volumes(tmp_path / "volumes.json", date(2026, 3, 2), {"order_lines": pd.DataFrame({"sku": ["a"]})})
    assert read_volumes(tmp_path / "volumes.json", date(2026, 3, 2)) == {"order_lines": 1}
