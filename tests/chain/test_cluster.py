"""The stages themselves on a cluster, on a shop that the chain has run on in one process."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.local_cluster import local_cluster

EXPORT = Path("exports/chain/as_of=2026-03-02")


@pytest.mark.usefixtures("finished_shop")
def test_features_model_and_export_of_one_worker_are_those_of_one_process(run_stage, set_params):
    kept = {file: Path(file).read_bytes() for file in ("features/training.parquet", "features/candidates.parquet")}
    booster = Path("models/bundles/risk/booster.txt").read_bytes()
    flagged = pd.read_parquet(EXPORT / "scores.parquet")
    for file in kept:
        Path(file).unlink()
    shutil.rmtree("models/bundles")
    shutil.rmtree(EXPORT)
    with local_cluster() as address:
        set_params(cluster__address=address, cluster__workers=1, cluster__partitions=2)
        for stage in ("featurize", "train", "evaluate", "score"):
            assert run_stage(stage) == (0, "")
    assert {file: Path(file).read_bytes() for file in kept} == kept
    assert Path("models/bundles/risk/booster.txt").read_bytes() == booster
    pd.testing.assert_frame_equal(pd.read_parquet(EXPORT / "scores.parquet"), flagged, check_exact=True)


@pytest.mark.usefixtures("finished_shop")
def test_a_cluster_that_is_not_there_leaves_all_as_it_was(run_stage, set_params, monkeypatch):
    monkeypatch.setattr("returns_risk.cluster.client._CONNECT_SECONDS", 1)
    set_params(cluster__address="tcp://127.0.0.1:1")
    kept = Path("features/training.parquet").read_bytes()
    for stage in ("featurize", "train", "score"):
        code, line = run_stage(stage)
        assert code == 12
        assert "cluster.address: no Dask scheduler answers at tcp://127.0.0.1:1" in line
    assert Path("features/training.parquet").read_bytes() == kept
