"""Feature tables are written piece by piece, and hold what would have been computed in one go."""

import pandas as pd
import pytest
from hypothesis import given, settings

from returns_risk.errors import ExportError
from returns_risk.features import storage, write_features
from tests.random_shops import LAST, available, own_rows, random_shops


def everything(shop):
    """Ids, definitions, snapshot and rows of all lines, each at its first as-of."""
    snapshot = shop.snapshot(LAST)
    return snapshot.lines[["line_id"]], available(snapshot), snapshot, own_rows(snapshot)


@given(random_shops())
@settings(deadline=None, max_examples=20)
def test_blocks_of_columns_are_joined(tmp_path_factory, shop):
    folder = tmp_path_factory.mktemp("features")
    ids, feature_set, snapshot, rows = everything(shop)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage, "ROW_GROUP", 2)
        write_features(folder / "rows.parquet", ids, feature_set, snapshot, rows)
    expected = pd.concat([ids, snapshot.features(rows, feature_set)], axis=1)
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "rows.parquet"), expected, check_exact=True)
    assert [file.name for file in folder.iterdir()] == ["rows.parquet"]


@given(random_shops())
@settings(deadline=None, max_examples=5)
def test_no_rows_are_a_table_with_all_columns(tmp_path_factory, shop):
    file = tmp_path_factory.mktemp("features") / "rows.parquet"
    ids, feature_set, snapshot, rows = everything(shop)
    write_features(file, ids.iloc[:0], feature_set, snapshot, rows[:0])
    expected = pd.concat([ids.iloc[:0], snapshot.features(rows[:0], feature_set)], axis=1)
    pd.testing.assert_frame_equal(pd.read_parquet(file), expected)


@given(random_shops())
@settings(deadline=None, max_examples=1)
def test_a_table_that_cannot_be_written_is_said(tmp_path_factory, shop):
    folder = tmp_path_factory.mktemp("features")
    (folder / "rows.parquet").mkdir()
    with pytest.raises(ExportError, match=r"rows\.parquet: cannot be written"):
        write_features(folder / "rows.parquet", *everything(shop))
