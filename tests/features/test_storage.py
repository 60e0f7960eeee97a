"""Feature tables are written piece by piece, and hold what would have been computed in one go."""

import pandas as pd
import pytest
from hypothesis import given, settings

from returns_risk.errors import ExportError
from returns_risk.features import FeatureSet, storage, write_features
from returns_risk.snapshot import Shop
from tests.random_shops import LAST, POLICY, ZONE, available, own_rows, random_shops


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
def test_an_entity_of_which_no_column_is_available_is_left_out(tmp_path_factory, shop):
    """As customer_category of the default definitions in a shop without sizes."""
    file = tmp_path_factory.mktemp("features") / "rows.parquet"
    tables = {name: table.drop(columns="size", errors="ignore") for name, table in shop.tables.items()}
    ids, _, snapshot, rows = everything(Shop(tables, POLICY, ZONE))
    kept = {
        "kind": "history",
        "entity": "customer_sku",
        "meaning": "x",
        "key": ["customer_id", "sku"],
        "kept_size": True,
    }
    sku = {"kind": "history", "entity": "sku", "meaning": "x", "key": ["sku"], "counts": ["ordered_lines"]}
    definitions = FeatureSet.model_validate({"definitions": [kept, sku | {"windows": ["all"]}]})
    feature_set = definitions.drop_unavailable(snapshot.columns)
    assert len(feature_set.history) > len(feature_set.names) == 1
    write_features(file, ids, feature_set, snapshot, rows)
    assert pd.read_parquet(file).columns.tolist() == ["line_id", "sku_ordered_lines_all"]


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
