"""A shop for each test, with an empty MLflow store whose tables exist."""

import shutil
from pathlib import Path

import pytest

from returns_risk.ledger import Ledger
from returns_risk.model import load_classifier
from returns_risk.registry.promotion import promote
from returns_risk.registry.versions import fetch_bundle, find_version
from tests.small_models import Shop, make_shop, training_table

ROOT = Path(__file__).parents[3]
AT = "2026-03-02T06:00:00+00:00"


@pytest.fixture
def shop(tmp_path, empty_store, monkeypatch) -> Shop:
    shutil.copyfile(empty_store, tmp_path / "mlflow.db")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    return make_shop(tmp_path, ROOT)


@pytest.fixture
def ledger(tmp_path) -> Ledger:
    return Ledger(f"sqlite:///{tmp_path}/ledger/ledger.db")


@pytest.fixture
def promoted(shop, ledger):
    """Version 1 is champion, version 2, a better one, is challenger."""
    shop.train(seed=1, trees=10, noise=0.5)
    assert promote(shop.params, ledger, AT).action == "promote"
    shop.train(seed=2)
    return shop


def champion_scores(shop, folder="fetched"):
    """Return the bytes of the champion's bundle and of its scores, as the nightly run would have them."""
    fetch_bundle("demo", find_version("demo", "champion"), shop.folder / folder)
    scores = load_classifier(shop.folder / folder).predict_risk(training_table())
    files = [(shop.folder / folder / name).read_bytes() for name in ("booster.txt", "bundle.json")]
    return [*files, scores.tobytes()]
