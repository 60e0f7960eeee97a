"""A shop of its own for each test, with an empty MLflow store that has its tables already."""

import shutil
from pathlib import Path

import pytest

from returns_risk.ledger import Ledger
from returns_risk.registry.store import connect
from tests.small_models import Shop, make_shop

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory) -> Path:
    """MLflow's database before any run: making its tables takes seconds."""
    folder: Path = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        connect(create=True).search_experiments()
    return folder / "mlflow.db"


@pytest.fixture
def shop(tmp_path, empty_store, monkeypatch) -> Shop:
    shutil.copyfile(empty_store, tmp_path / "mlflow.db")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    return make_shop(tmp_path, ROOT)


@pytest.fixture
def ledger(tmp_path) -> Ledger:
    return Ledger(f"sqlite:///{tmp_path}/ledger/ledger.db")
