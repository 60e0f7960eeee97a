"""Tables are read as they were written."""

import re

import pandas as pd
import pytest

from returns_risk.contract.parquet import read_frame, read_tables, write_tables
from returns_risk.errors import SourceError


@pytest.fixture
def tables():
    return {
        "order_lines": pd.DataFrame(
            {
                "line_id": pd.Series(["0001", "0002"], dtype="str"),
                "ordered_at": pd.Series(["2026-03-01 23:59:59.000001", None], dtype="datetime64[us, UTC]"),
                "quantity": pd.Series([2, None], dtype="Int64"),
            }
        ),
        "returns": pd.DataFrame({"line_id": pd.Series([], dtype="str")}),
    }


def test_tables_come_back_with_their_values_and_types(tmp_path, tables):
    write_tables(tmp_path, tables)
    back = read_tables(tmp_path)
    assert list(back) == ["order_lines", "returns"]
    pd.testing.assert_frame_equal(back["order_lines"], tables["order_lines"])


def test_a_table_that_the_source_lacks_leaves_a_file_and_does_not_come_back(tmp_path, tables):
    write_tables(tmp_path, tables)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "customers.parquet",
        "order_lines.parquet",
        "products.parquet",
        "returns.parquet",
    ]
    assert "customers" not in read_tables(tmp_path)


def test_a_table_without_rows_comes_back_with_its_columns(tmp_path, tables):
    write_tables(tmp_path, tables)
    assert read_tables(tmp_path)["returns"].columns.tolist() == ["line_id"]


def test_a_missing_file_names_the_stage_to_run(tmp_path):
    with pytest.raises(SourceError, match=r"order_lines\.parquet: cannot be read as Parquet\. Run the validate stage"):
        read_tables(tmp_path)


def test_a_damaged_file_names_the_stage_to_run(tmp_path):
    (tmp_path / "rows.parquet").write_text("sku,quantity\n")
    with pytest.raises(
        SourceError, match=rf"^{re.escape(str(tmp_path))}/rows\.parquet: .* Run the featurize stage again"
    ):
        read_frame(tmp_path / "rows.parquet", "featurize")


def test_a_file_that_was_cut_short_names_the_stage_to_run(tmp_path, tables):
    write_tables(tmp_path, tables)
    content = (tmp_path / "order_lines.parquet").read_bytes()
    (tmp_path / "order_lines.parquet").write_bytes(content[: len(content) // 2])
    with pytest.raises(SourceError, match="Run the validate stage again"):
        read_tables(tmp_path)
