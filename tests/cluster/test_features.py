"""A cluster computes what one process computes, to the byte."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from returns_risk.cluster.client import connected
from returns_risk.cluster.features import featurize, featurize_on_cluster
from returns_risk.config.params import SourceParams
from returns_risk.config.policy import load_policy
from returns_risk.contract.schema import CONTRACT
from returns_risk.errors import LabelError
from returns_risk.features import FeatureSet
from returns_risk.snapshot import Shop
from returns_risk.sources import read_source
from shop_simulator import Definition, simulate, write_raw
from tests.random_shops import AS_OFS, POLICY, ZONE, available, random_shops

ROOT = Path(__file__).parents[2]
FILES = ("training.parquet", "candidates.parquet")


def write_in_groups(folder: Path, tables: dict[str, pd.DataFrame], rows: int) -> None:
    for name in CONTRACT:
        tables.get(name, pd.DataFrame()).to_parquet(folder / f"{name}.parquet", index=False, row_group_size=rows)


def both_ways(folder: Path, validated: Path, snapshot, definitions, params):
    """The bytes of both files from one process and from the cluster."""
    places = [folder / "here", folder / "remote"]
    for place in places:
        place.mkdir()
    alone = params.model_copy(update={"cluster": params.cluster.model_copy(update={"address": None})})
    featurize(places[0], definitions, snapshot, validated, alone)
    featurize(places[1], definitions, snapshot, validated, params)
    return [{file: (place / file).read_bytes() for file in FILES} for place in places]


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A made-up shop in row groups of 3,000 lines."""
    raw, validated = tmp_path_factory.mktemp("raw"), tmp_path_factory.mktemp("validated")
    write_raw(raw, simulate(Definition(seed=3, start=date(2025, 6, 1), lines_per_day=12), date(2026, 3, 2)))
    source = SourceParams(name="demo", raw=raw, time_zone="Europe/Berlin")
    write_in_groups(validated, read_source(source, b"tests", ROOT / "sources").tables, 3000)
    return validated


def test_all_features_of_the_demo_are_the_same(tmp_path, shop, params):
    params = params.model_copy(update={"cluster": params.cluster.model_copy(update={"partitions": 3})})
    policy = load_policy(ROOT / "policy.yaml")
    snapshot = Shop.read(shop, policy, params.source.time_zone).snapshot(params.as_of)
    definitions = FeatureSet.load(ROOT / "features/definitions").drop_unavailable(snapshot.columns)
    here, remote = both_ways(tmp_path, shop, snapshot, definitions, params)
    assert remote == here
    assert len(pd.read_parquet(tmp_path / "remote/candidates.parquet")) > 10


@given(random_shops(), AS_OFS)
@settings(
    deadline=None,
    max_examples=5,
    # Each example is a run of the cluster: a smaller shop that fails would be looked for over minutes.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
def test_shops_with_gaps_are_the_same(tmp_path_factory, params, shop, as_of):
    folder = tmp_path_factory.mktemp("shop")
    source = params.source.model_copy(update={"time_zone": ZONE})
    chosen = params.featurize.model_copy(update={"warm_up_days": 0})
    spread = params.cluster.model_copy(update={"partitions": 2})
    params = params.model_copy(update={"as_of": as_of, "source": source, "featurize": chosen, "cluster": spread})
    write_in_groups(folder, shop.tables, 3)
    snapshot = shop.snapshot(as_of)
    definitions = available(snapshot)
    try:
        here, remote = both_ways(folder, folder, snapshot, definitions, params)
    except LabelError as error:
        alone = str(error)
        with connected(params.cluster) as client, pytest.raises(LabelError) as spread_out:
            featurize_on_cluster(client, folder, folder / "remote", definitions, POLICY, params)
        assert str(spread_out.value) == alone
    else:
        assert remote == here
