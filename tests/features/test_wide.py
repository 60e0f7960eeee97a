"""The wide features load, alone and over the default ones, and every one of them is computed."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from returns_risk.config.params import SourceParams
from returns_risk.config.policy import load_policy
from returns_risk.features import FeatureSet
from returns_risk.snapshot import Shop
from returns_risk.sources import read_source
from shop_simulator import Definition, simulate, write_raw

ROOT = Path(__file__).parents[2]
WIDE = ROOT / "features/wide"
AS_OF = date(2026, 3, 2)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    raw = tmp_path_factory.mktemp("raw")
    write_raw(raw, simulate(Definition(seed=3, start=date(2025, 10, 1), lines_per_day=5), AS_OF))
    source = SourceParams(name="demo", raw=raw, time_zone="Europe/Berlin")
    tables = read_source(source, b"tests", ROOT / "sources").tables
    return Shop(tables, load_policy(ROOT / "policy.yaml"), "Europe/Berlin").snapshot(AS_OF)


def test_all_250_columns_are_computed(snapshot):
    wide = FeatureSet.load(WIDE)
    assert len(wide.names) == 250
    assert wide.drop_unavailable(snapshot.columns) == wide
    rows = snapshot.training_rows(warm_up_days=30)
    columns = snapshot.features(rows, wide)
    assert list(columns) == wide.names
    assert len(columns) == len(rows) > 200
    assert columns.notna().any().all()


def test_they_can_be_copied_over_the_default_ones(tmp_path):
    for file in [*(ROOT / "features/definitions").glob("*.yaml"), *WIDE.glob("*.yaml")]:
        shutil.copy(file, tmp_path / file.name)
    both, wide = FeatureSet.load(tmp_path), FeatureSet.load(WIDE)
    assert set(both.names) > set(wide.names)
    assert {item.entity for item in both.definitions} - {item.entity for item in wide.definitions} == {"beliefs", "fit"}
