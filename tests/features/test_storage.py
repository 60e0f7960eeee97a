"""Feature tables are written piece by piece, and hold what would have been computed in one go."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from returns_risk.errors import ExportError
from returns_risk.features import FeatureRequest, build_features, storage, write_features
from tests.features.nasty_shops import nasty_shops, recall
from tests.random_shops import LAST, ZONE


def everything(tables):
    """All lines, each at its first as-of."""
    lines, outcomes, definitions = recall(tables, LAST)
    asked = FeatureRequest(lines, outcomes, np.arange(len(lines)), outcomes.ordered_on + np.int32(1), ZONE)
    return lines[["line_id"]], definitions, asked


@given(nasty_shops())
@settings(deadline=None, max_examples=20)
def test_pieces_make_the_whole(tmp_path_factory, tables):
    folder = tmp_path_factory.mktemp("features")
    ids, definitions, asked = everything(tables)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(storage, "ROW_GROUP", 2)
        write_features(folder / "rows.parquet", ids, definitions, asked)
    expected = pd.concat([ids, build_features(definitions, asked)], axis=1)
    pd.testing.assert_frame_equal(pd.read_parquet(folder / "rows.parquet"), expected, check_exact=True)
    assert [file.name for file in folder.iterdir()] == ["rows.parquet"]


@given(nasty_shops())
@settings(deadline=None, max_examples=5)
def test_no_rows_are_a_table_with_all_columns(tmp_path_factory, tables):
    file = tmp_path_factory.mktemp("features") / "rows.parquet"
    ids, definitions, asked = everything(tables)
    nothing = FeatureRequest(asked.lines, asked.outcomes, asked.position[:0], asked.as_of[:0], ZONE)
    write_features(file, ids.iloc[:0], definitions, nothing)
    expected = pd.concat([ids.iloc[:0], build_features(definitions, nothing)], axis=1)
    pd.testing.assert_frame_equal(pd.read_parquet(file), expected)


@given(nasty_shops())
@settings(deadline=None, max_examples=1)
def test_a_table_that_cannot_be_written_is_said(tmp_path_factory, tables):
    folder = tmp_path_factory.mktemp("features")
    (folder / "rows.parquet").mkdir()
    with pytest.raises(ExportError, match=r"rows\.parquet: cannot be written"):
        write_features(folder / "rows.parquet", *everything(tables))
