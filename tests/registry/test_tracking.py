"""A training is one MLflow run with one registered version and its evaluation."""

import shutil
import sys
from pathlib import Path

import mlflow
import numpy as np
import pytest

from returns_risk.errors import RegistryError
from returns_risk.model import bundle_version
from returns_risk.registry.runs import log_evaluation, log_training
from returns_risk.registry.store import connect, tracking_uri
from returns_risk.registry.versions import list_versions


def test_runs_are_stored_in_the_database_of_the_environment(logged, folder):
    assert logged.uri == f"sqlite:///{folder}/store.db"
    assert (folder / "store.db").exists()
    assert not (folder / "mlflow.db").exists()


def test_without_an_address_runs_are_stored_in_the_working_folder(monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    assert tracking_uri() == "sqlite:///mlflow.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")
    assert tracking_uri() == "sqlite:///mlflow.db"


def test_postgresql_uses_the_driver_of_the_extra(monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "postgresql://risk@db/mlflow")
    assert tracking_uri() == "postgresql+psycopg://risk@db/mlflow"
    monkeypatch.setitem(sys.modules, "psycopg", None)
    message = r'^MLFLOW_TRACKING_URI: psycopg is not installed\. Run: pip install "returns-risk\[postgres\]"\.$'
    with pytest.raises(RegistryError, match=message):
        connect()


def test_runs_can_be_stored_in_postgresql(logged, postgresql, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", postgresql.replace("postgresql+psycopg://", "postgresql://"))
    try:
        log_evaluation(logged.bundle, logged.params, {"model": {"auc": 0.6}}, [])
        (run,) = mlflow.search_runs(experiment_names=["returns-risk-tests"], output_format="list")
        assert run.data.metrics == {"model_auc": 0.6}
        assert list_versions("tests") == []
    finally:
        mlflow.set_tracking_uri(logged.uri)


def test_training_and_evaluation_share_a_completed_run(logged):
    runs = mlflow.search_runs(experiment_names=["returns-risk-tests"], output_format="list")
    assert len(runs) == 1
    assert logged.run.info.status == "FINISHED"
    assert mlflow.active_run() is None


def test_the_run_is_named_and_tagged_with_the_version_of_the_bundle(logged):
    version = bundle_version(logged.bundle)
    assert logged.run.info.run_name == version
    assert logged.run.data.tags["bundle_version"] == version


def test_the_parameters_of_training_are_logged_under_their_names_in_params_yaml(logged):
    params = logged.run.data.params
    assert params["source.name"] == "tests"
    assert params["as_of"] == "2026-03-02"
    assert params["seed"] == "7"
    assert params["train.num_boost_round"] == "10"
    assert params["validate.tolerated_share"] == "0.01"
    assert not [name for name in params if name.startswith(("nightly", "score", "cluster.address"))]


def test_hashes_of_the_data_are_tags(logged):
    tags = logged.run.data.tags
    assert tags["sha256.training.parquet"] == "a" * 64
    assert tags["sha256.definitions.json"] == "b" * 64


def test_metrics_of_training_and_evaluation_are_logged(logged):
    metrics = logged.run.data.metrics
    assert metrics["rounds"] == logged.classifier.provenance.rounds
    assert metrics["train_return_rate"] == 0.45
    assert (metrics["rows.train"], metrics["rows.calibrate"], metrics["rows.test"]) == (400, 200, 100)
    assert (metrics["model_auc"], metrics["base_rate_auc"]) == (0.7125, 0.5)


def test_pictures_and_curves_are_artifacts(logged):
    def names(folder: str) -> list[str]:
        return [file.path for file in logged.client.list_artifacts(logged.run.info.run_id, folder)]

    assert names("plots") == ["plots/shap_bar.png"]
    assert names("evaluation") == ["evaluation/roc.csv"]


def test_the_version_is_registered_and_the_challenger(logged):
    version = logged.client.get_model_version_by_alias("returns-risk-tests", "challenger")
    assert (str(version.version), version.run_id) == ("1", logged.run.info.run_id)


@pytest.mark.usefixtures("logged")
def test_the_signature_has_names_and_types():
    signature = mlflow.models.get_model_info("models:/returns-risk-tests@challenger").signature
    assert [(column.name, column.type.name) for column in signature.inputs] == [
        ("discount", "double"),
        ("brand", "string"),
    ]
    assert signature.outputs is not None


def test_the_registered_bundle_is_the_one_on_disk(logged):
    fetched = Path(mlflow.artifacts.download_artifacts("models:/returns-risk-tests@challenger"))
    for name in ("booster.txt", "bundle.json"):
        assert next(fetched.rglob(name)).read_bytes() == (logged.bundle / name).read_bytes()


def test_the_served_model_gives_the_same_risks_as_the_bundle(logged):
    served = mlflow.pyfunc.load_model("models:/returns-risk-tests@challenger")
    rows = logged.rows[["discount", "brand"]].astype({"brand": object})
    assert np.array_equal(served.predict(rows), logged.classifier.predict_risk(logged.rows))


@pytest.mark.usefixtures("logged")
def test_no_row_of_a_customer_is_in_the_store(folder):
    for path in folder.rglob("*"):
        if path.is_file():
            assert b"c0ffee" not in path.read_bytes(), path


def test_the_next_training_is_the_challenger_and_each_evaluation_joins_its_run(logged, refit):
    params, bundles = refit
    for version, seed in [("1", 7), ("2", 8)]:
        log_training(bundles[seed][0], bundles[seed][1], params, [], logged.rows[["discount", "brand"]].head())
        challenger = logged.client.get_model_version_by_alias("returns-risk-second", "challenger")
        assert str(challenger.version) == version
    for seed, auc in [(7, 0.6), (8, 0.7)]:
        log_evaluation(bundles[seed][1], params, {"model": {"auc": auc}}, [])
    runs = mlflow.search_runs(experiment_names=["returns-risk-second"], output_format="list")
    metrics = {run.data.tags["bundle_version"]: run.data.metrics["model_auc"] for run in runs}
    assert metrics == {bundle_version(bundles[7][1]): 0.6, bundle_version(bundles[8][1]): 0.7}


def test_an_evaluation_without_its_training_is_a_separate_run(logged, folder, monkeypatch, tmp_path):
    # The default store, of a working folder that saw another training.
    shutil.copyfile(folder / "store.db", tmp_path / "mlflow.db")
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "booster.txt").write_text("tree")
    (tmp_path / "bundle.json").write_text("{}")
    try:
        log_evaluation(tmp_path, logged.params, {"model": {"auc": 0.6}}, [])
        runs = mlflow.search_runs(experiment_names=["returns-risk-tests"], output_format="list")
    finally:
        mlflow.set_tracking_uri(logged.uri)
    assert [run.info.run_name for run in runs] == ["58987e111ff3", bundle_version(logged.bundle)]
    assert runs[0].data.metrics == {"model_auc": 0.6}
    assert len(mlflow.search_runs(experiment_names=["returns-risk-tests"], output_format="list")) == 1


def test_two_working_folders_of_one_process_keep_their_runs_apart(logged, monkeypatch, tmp_path):
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    names = []
    try:
        for name in ("first", "second"):
            (tmp_path / name).mkdir()
            monkeypatch.chdir(tmp_path / name)
            (tmp_path / name / "booster.txt").write_text(name)
            (tmp_path / name / "bundle.json").write_text("{}")
            log_evaluation(tmp_path / name, logged.params, {"model": {"auc": 0.6}}, [])
            runs = mlflow.search_runs(experiment_names=["returns-risk-tests"], output_format="list")
            names.append([run.info.run_name for run in runs])
    finally:
        mlflow.set_tracking_uri(logged.uri)
    assert names == [[bundle_version(tmp_path / name)] for name in ("first", "second")]
