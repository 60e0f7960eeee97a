"""One cluster for all tests here."""

from pathlib import Path

import pytest

from returns_risk.config.params import load_params
from tests.local_cluster import local_cluster

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def address():
    with local_cluster() as scheduler:
        yield scheduler


@pytest.fixture(scope="session")
def params(address):
    """The chain's parameters with the address of the cluster."""
    read = load_params(ROOT / "params.yaml")
    train = read.train.model_copy(
        # One thread each: two workers on one machine would wait for each other's cores.
        update={"num_threads": 1, "learning_rate": 0.2, "num_boost_round": 40, "early_stopping_round": 5}
    )
    return read.model_copy(update={"cluster": read.cluster.model_copy(update={"address": address}), "train": train})
