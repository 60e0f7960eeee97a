"""Versions, aliases and bundles in a real MLflow registry."""

import hashlib
import logging

import mlflow
import pytest

from returns_risk.errors import ExportError, RegistryError
from returns_risk.model import bundle_version
from returns_risk.registry.aliases import aliases_of, remove_alias, set_alias
from returns_risk.registry.runs import log_evaluation, log_training
from returns_risk.registry.versions import fetch_bundle, find_version, list_versions


@pytest.fixture(scope="module")
def registered(logged, refit):
    """Two versions of a source of its own, the second one the challenger."""
    params, bundles = refit
    params = params.model_copy(update={"source": params.source.model_copy(update={"name": "third"})})
    for classifier, bundle in bundles.values():
        log_training(classifier, bundle, params, [], logged.rows[["discount", "brand"]].head())
    log_evaluation(bundles[7][1], params, {"model": {"auc": 0.6}}, [])
    return params, bundles


@pytest.fixture
def first(registered):
    params, _ = registered
    return find_version(params.source.name, "1")


def hashes(folder):
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}


def test_versions_are_listed_with_bundle_aliases_and_metrics(registered):
    params, bundles = registered
    first, second = list_versions("third")
    assert (first.number, second.number) == (1, 2)
    assert (first.bundle, second.bundle) == (bundle_version(bundles[7][1]), bundle_version(bundles[8][1]))
    assert (first.aliases, second.aliases) == ((), ("challenger",))
    assert first.as_of == "2026-03-02"
    assert (first.metrics["model_auc"], first.metrics["rows.test"]) == (0.6, 100)
    assert "model_auc" not in second.metrics
    assert first.promotion == ""
    assert params.source.name == "third"


def test_a_source_without_models_has_no_versions_and_no_aliases(logged):
    assert logged.uri
    assert list_versions("nothing") == []
    assert aliases_of("nothing") == {}


def test_a_version_has_aliases_and_a_number(registered):
    assert registered
    assert find_version("third", "challenger") == find_version("third", "2")
    promote = r"returns-risk models promote makes one of them champion\.$"
    with pytest.raises(RegistryError, match=rf"returns-risk-third: there is no version champion among 2\. .*{promote}"):
        find_version("third", "champion")
    with pytest.raises(RegistryError, match=r"no version champion among 0\. .*the train stage registers one\.$"):
        find_version("nothing", "champion")
    with pytest.raises(RegistryError, match="there is no version 3 among 2"):
        find_version("third", "3")


def test_the_same_bundle_is_registered_once_and_is_the_challenger_again(registered, logged, caplog):
    params, bundles = registered
    runs = len(mlflow.search_runs(experiment_names=["returns-risk-third"], output_format="list"))
    with caplog.at_level(logging.INFO):
        log_training(bundles[7][0], bundles[7][1], params, [], logged.rows[["discount", "brand"]].head())
    assert "version 1 has the same bundle" in caplog.text
    assert [version.number for version in list_versions("third")] == [1, 2]
    assert aliases_of("third") == {"challenger": 1}
    assert len(mlflow.search_runs(experiment_names=["returns-risk-third"], output_format="list")) == runs
    log_training(bundles[8][0], bundles[8][1], params, [], logged.rows[["discount", "brand"]].head())
    assert aliases_of("third") == {"challenger": 2}


def test_the_champions_bundle_does_not_become_challenger(registered, logged):
    params, bundles = registered
    set_alias("third", "champion", 1)
    log_training(bundles[7][0], bundles[7][1], params, [], logged.rows[["discount", "brand"]].head())
    assert aliases_of("third") == {"challenger": 2, "champion": 1}
    remove_alias("third", "champion", 1)


def test_an_alias_is_only_taken_from_the_version_it_is_on(registered):
    assert registered
    set_alias("third", "previous", 1)
    remove_alias("third", "previous", 2)
    assert aliases_of("third")["previous"] == 1
    remove_alias("third", "previous", 1)
    remove_alias("third", "previous", 1)
    assert "previous" not in aliases_of("third")


def test_a_bundle_is_fetched_bit_by_bit_and_replaces_another(registered, first, tmp_path):
    _, bundles = registered
    out = tmp_path / "models" / "risk"
    fetch_bundle("third", find_version("third", "2"), out)
    assert hashes(out) == hashes(bundles[8][1])
    fetch_bundle("third", first, out)
    assert hashes(out) == hashes(bundles[7][1])
    assert [path.name for path in out.parent.iterdir()] == ["risk"]


def test_a_folder_with_other_files_is_never_replaced(first, tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ExportError, match=r"holds thesis\.txt, which is no part of a bundle and would be lost"):
        fetch_bundle("third", first, tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize("harm", ["changed", "missing"])
def test_changed_or_missing_files_are_refused_and_the_folder_is_not_replaced(registered, first, tmp_path, harm, folder):
    _, bundles = registered
    fetch_bundle("third", find_version("third", "2"), tmp_path / "risk")
    stored = next(
        file
        for file in sorted(folder.rglob("mlruns/**/bundle.json"))
        if file.read_bytes() == (bundles[7][1] / "bundle.json").read_bytes()
    )
    content = stored.read_bytes()
    copies = [file for file in sorted(folder.rglob("mlruns/**/bundle.json")) if file.read_bytes() == content]
    for file in copies:
        if harm == "changed":
            file.write_bytes(content + b" ")
        else:
            file.unlink()
    try:
        with pytest.raises(
            RegistryError, match=rf"version 1 was registered with bundle {first.bundle}, its files give"
        ):
            fetch_bundle("third", first, tmp_path / "risk")
    finally:
        for file in copies:
            file.write_bytes(content)
    assert hashes(tmp_path / "risk") == hashes(bundles[8][1])


def test_a_version_whose_run_was_removed_is_still_listed(registered, first):
    assert registered
    client = mlflow.MlflowClient()
    client.delete_run(first.run_id)
    try:
        assert find_version("third", "1").bundle == first.bundle
    finally:
        client.restore_run(first.run_id)


def test_a_store_that_cannot_be_reached_is_one_line_with_its_remedy(logged, monkeypatch, tmp_path):
    (tmp_path / "mlflow.db").mkdir()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path}/mlflow.db")
    try:
        with pytest.raises(RegistryError, match=r"^mlflow\.db: cannot be opened \(.*\)\. Check its perm") as caught:
            list_versions("third")
    finally:
        mlflow.set_tracking_uri(logged.uri)
    assert "\n" not in str(caught.value)


def test_the_model_of_reasons_is_registered_fetched_and_changed_with_the_risk(logged, refit, tmp_path):
    params, bundles = refit
    params = params.model_copy(update={"source": params.source.model_copy(update={"name": "fifth"})})
    (classifier, risk), (_, reason), example = bundles[7], bundles[8], logged.rows[["discount", "brand"]].head()
    log_training(classifier, risk, params, [], example)
    log_training(classifier, risk, params, [], example, reason=reason)
    log_training(classifier, risk, params, [], example, reason=reason)
    without, with_reason = list_versions("fifth")
    assert (without.bundle, without.reason) == (bundle_version(risk), "")
    assert (with_reason.bundle, with_reason.reason) == (bundle_version(risk), bundle_version(reason))
    assert with_reason.aliases == ("challenger",)
    fetch_bundle("fifth", with_reason, tmp_path / "risk")
    fetch_bundle("fifth", with_reason, tmp_path / "reason", reason=True)
    assert hashes(tmp_path / "risk") == hashes(risk)
    assert hashes(tmp_path / "reason") == hashes(reason)
