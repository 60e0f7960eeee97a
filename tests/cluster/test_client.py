"""Faults of a cluster are reported in one line."""

import subprocess
import sys

import pandas as pd
import pytest

from returns_risk.cluster.client import connected, explain_failures
from returns_risk.cluster.parts import read_row_groups
from returns_risk.config.params import ClusterParams
from returns_risk.errors import ClusterError, SourceError


def test_without_an_address_dask_is_not_even_imported():
    code = (
        "import sys\n"
        "from returns_risk.cluster.client import connected\n"
        "import returns_risk.cluster.features, returns_risk.cluster.training, returns_risk.cluster.scoring\n"
        "from returns_risk.config.params import ClusterParams\n"
        "with connected(ClusterParams(address=None, workers=2, partitions=4)) as client:\n"
        "    print(client, sorted({'dask', 'distributed', 'lightgbm'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "None []\n"


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "tcp://127.0.0.1", "nonsense://x:1"])
def test_an_address_without_an_answer_is_reported(address, monkeypatch):
    monkeypatch.setattr("returns_risk.cluster.client._CONNECT_SECONDS", 1)
    message = rf"cluster.address: no Dask scheduler answers at {address} \(.*Start it, correct the address"
    params = ClusterParams(address=address, workers=2, partitions=4)
    with pytest.raises(ClusterError, match=message), connected(params):
        pass


def test_without_dask_the_extra_is_named(monkeypatch):
    monkeypatch.setattr("returns_risk.cluster.client.find_spec", lambda _: None)
    params = ClusterParams(address="tcp://127.0.0.1:1", workers=2, partitions=4)
    missing = r"dask and distributed not installed\. Install the extra with pip install returns-risk\[cluster\]"
    with pytest.raises(ClusterError, match=missing), connected(params):
        pass


def test_too_few_workers_are_reported(address, monkeypatch):
    monkeypatch.setattr("returns_risk.cluster.client._WAIT_SECONDS", 1)
    params = ClusterParams(address=address, workers=3, partitions=4)
    message = r"has 2 workers after 1 seconds, 3 are required\. Start more, or lower it\."
    with pytest.raises(ClusterError, match=message), connected(params):
        pass


def test_another_version_on_a_worker_is_reported(address, monkeypatch):
    ours = {"lightgbm": "0.1"}
    monkeypatch.setattr("returns_risk.cluster.client._PACKAGES", ("lightgbm",))
    requested = []

    def versions():
        # Called here first of all; the workers are asked with the same function, and answer for themselves.
        requested.append(True)
        return ours

    monkeypatch.setattr("returns_risk.cluster.client._local_versions", versions)
    params = ClusterParams(address=address, workers=2, partitions=4)
    with (
        pytest.raises(ClusterError, match=r"worker .* has lightgbm [^ ]+, here it is 0\.1\. Install"),
        connected(params),
    ):
        pass
    assert requested


def test_a_file_that_workers_do_not_see_is_reported(address, tmp_path):
    file, params = tmp_path / "rows.parquet", ClusterParams(address=address, workers=2, partitions=4)
    pd.DataFrame({"number": range(10)}).to_parquet(file)
    message = r"reading broke off \(FileNotFoundError: .*rows\.parquet.*The workers need this folder in the same place"
    with connected(params):
        rows = read_row_groups(file)
        file.unlink()
        with pytest.raises(ClusterError, match=message), explain_failures(params, "reading"):
            rows.compute()


def test_a_worker_that_dies_is_reported(address):
    params = ClusterParams(address=address, workers=2, partitions=4)
    with connected(params) as client:
        assert client is not None
        dying = client.submit(_die, pure=False, retries=0)
        with pytest.raises(ClusterError, match=r"dying broke off \(KilledWorker: "), explain_failures(params, "dying"):
            dying.result()
    with connected(params) as client:  # its nanny has started another
        assert client is not None
        assert len(client.scheduler_info(n_workers=-1)["workers"]) == 2


def _die():
    import os

    os._exit(1)


def test_rows_keep_their_position_over_row_groups(address, tmp_path):
    rows = pd.DataFrame({"number": range(100, 110)})
    rows.to_parquet(tmp_path / "rows.parquet", row_group_size=3)
    with connected(ClusterParams(address=address, workers=2, partitions=4)):
        read = read_row_groups(tmp_path / "rows.parquet")
        assert read.npartitions == 4
        pd.testing.assert_frame_equal(read.compute().reset_index(drop=True), rows.assign(position=range(10)))


def test_no_rows_are_one_empty_partition(address, tmp_path):
    pd.DataFrame({"number": pd.Series([], dtype="float32")}).to_parquet(tmp_path / "none.parquet")
    with connected(ClusterParams(address=address, workers=2, partitions=4)):
        read = read_row_groups(tmp_path / "none.parquet").compute()
    assert list(read.columns) == ["number", "position"]
    assert len(read) == 0
    with pytest.raises(SourceError, match=r"none\.txt: cannot be read as Parquet"):
        read_row_groups(tmp_path / "none.txt")
