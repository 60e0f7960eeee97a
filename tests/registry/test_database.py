"""MLflow's database as a file: moved or copied with its project, damaged, locked, of another version, or gone."""

import hashlib
import logging
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from returns_risk.cli.app import app
from returns_risk.config.params import load_params
from returns_risk.io.logging import reporting_errors
from returns_risk.model import load_classifier
from returns_risk.registry.runs import log_evaluation, log_training
from tests.small_models import COLUMNS, PERIODS, fit, make_shop, training_table

ROOT = Path(__file__).parents[2]
PATHS = (
    "SELECT artifact_location FROM experiments UNION SELECT artifact_uri FROM runs "
    "UNION SELECT artifact_location FROM logged_models UNION SELECT storage_location FROM model_versions"
)
SECRET = "hunter2"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A project whose first model is champion and whose second one can be logged; its addresses have passwords."""
    folder = tmp_path_factory.mktemp("made") / "project"
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        shop = make_shop(folder, ROOT)
        shop.train(seed=1, trees=10, noise=0.5, name="first")
        text = (folder / "params.yaml").read_text()
        for name in ("database", "webhook"):
            text = re.sub(rf"(?m)^  {name}: null", f"  {name}: https://shop:{SECRET}@example.com/{SECRET}", text)
        (folder / "params.yaml").write_text(text)
        fit(shop.params, 2, 40, 0.0, PERIODS).save(folder / "models/second")
        assert CliRunner().invoke(app, ["models", "promote"]).exit_code == 0
    return folder


@pytest.fixture
def project(made, tmp_path, monkeypatch):
    """A copy of its own for each test."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(shutil.copytree(made, tmp_path / "project"))
    return tmp_path / "project"


@pytest.fixture
def call(capfd):
    """Run the command line, or a function; return the exit code and the lines on stderr."""

    def run(*arguments):
        def invoke():
            result = CliRunner().invoke(app, arguments)
            if isinstance(result.exception, Exception):
                raise result.exception

        capfd.readouterr()
        code = reporting_errors(arguments[0] if callable(arguments[0]) else invoke)
        return code, capfd.readouterr().err.splitlines()

    return run


def train():
    """Log the second model and its evaluation, as the stages do."""
    params, bundle = load_params(), Path("models/second")
    log_training(load_classifier(bundle), bundle, params, [], training_table()[[*COLUMNS]].head())
    log_evaluation(bundle, params, {"model": {"auc": 0.7}}, [Path("policy.yaml")])


def ask(folder, question):
    with sqlite3.connect(folder / "mlflow.db") as database:
        return [one for (one,) in database.execute(question)]


def contents(folder):
    return {one: hashlib.sha256(one.read_bytes()).hexdigest() for one in sorted(folder.rglob("*")) if one.is_file()}


def spoil(project, old):
    """Note full paths and all parameters, as databases were written before."""
    with sqlite3.connect(project / "mlflow.db") as database:
        for table, column in (
            ("experiments", "artifact_location"), ("runs", "artifact_uri"), ("logged_models", "artifact_location"),
            ("model_versions", "storage_location"),
        ):  # fmt: skip
            database.execute(f"UPDATE {table} SET {column} = ? || substr({column}, instr({column}, 'mlruns'))", (old,))
        database.execute("INSERT INTO params SELECT 'nightly.database', ?, run_uuid FROM runs", (SECRET,))
        database.execute(
            "INSERT INTO logged_model_params SELECT model_id, experiment_id, 'nightly.database', ? FROM logged_models",
            (SECRET,),
        )


@pytest.fixture
def alone(made, project, tmp_path, monkeypatch):
    """A moved copy whose original is not there any more."""
    made.rename(made.with_name("elsewhere"))
    moved = Path(shutil.move(project, tmp_path / "moved"))
    monkeypatch.chdir(moved)
    yield moved
    made.with_name("elsewhere").rename(made)


def test_a_project_that_was_moved_reads_its_models_and_promotes_others(alone, call, tmp_path):
    moved = alone
    assert call("models", "compare", "champion", "champion") == (0, [])
    assert call(train) == (0, [])
    for command in ("list", "verify", "compare", "promote"):
        assert call("models", command) == (0, []), command
    assert call("models", "rollback", "--reason", "x") == (0, [])
    assert call("models", "fetch", "champion", "--out", str(tmp_path / "out")) == (0, [])
    assert (tmp_path / "out/booster.txt").read_bytes() == (moved / "models/first/booster.txt").read_bytes()


def test_training_in_a_copy_leaves_the_original_as_it_was(made, project, call):
    before = contents(made)
    assert call(train) == (0, [])
    assert call("models", "promote") == (0, [])
    assert contents(made) == before
    places = ask(project, PATHS)
    assert len(places) >= 6
    assert all(re.match(r"mlruns/\d", place) for place in places)
    assert all((project / place).is_dir() for place in ask(project, "SELECT storage_location FROM model_versions"))
    assert (project / ask(project, "SELECT artifact_uri FROM runs ORDER BY start_time DESC")[0] / "evaluation").is_dir()


@pytest.mark.parametrize("root", ["{project}/", "/gone/with/mlruns/", "file:///gone/far/"])
def test_an_older_database_is_read_as_it_is_and_changed_once_when_it_is_written(project, call, caplog, root):
    spoil(project, root.format(project=project))
    before = (project / "mlflow.db").read_bytes()
    assert call("models", "compare", "champion", "champion") == (0, [])
    assert (project / "mlflow.db").read_bytes() == before
    with caplog.at_level(logging.INFO):
        assert call(train) == (0, [])
        assert call(train) == (0, [])
    changed = [one for one in caplog.messages if one.endswith("values changed: paths are relative, addresses are gone")]
    assert len(changed) == 1
    assert all(re.match(r"mlruns/\d", place) for place in ask(project, PATHS))
    assert SECRET.encode() not in (project / "mlflow.db").read_bytes()


def test_no_address_and_nothing_of_the_night_is_kept_anywhere(project, call):
    assert call(train) == (0, [])
    names = ask(project, "SELECT key FROM params UNION SELECT param_key FROM logged_model_params")
    assert {"train.num_leaves", "seed", "source.name", "recipe.train.num_leaves"} <= set(names)
    assert not [name for name in names if name.startswith("nightly") or "address" in name]
    kept = [file for file in project.rglob("*") if file.is_file() and SECRET.encode() in file.read_bytes()]
    assert kept == [project / "params.yaml"]


HARMS = {
    "cut short": (13, "is damaged or no database of MLflow's"),
    "emptied": (13, "is damaged or no database of MLflow's"),
    "overwritten": (13, "is damaged or no database of MLflow's"),
    "newer": (13, "was written by a newer MLflow"),
    "older": (13, "was written by an older MLflow"),
    "gone": (13, "it is gone, while mlruns/"),
    "locked": (17, "another process holds it"),
}


@pytest.mark.parametrize("harm", HARMS)
def test_a_database_that_cannot_be_used_is_told_in_one_line_and_left_alone(project, call, monkeypatch, harm):
    monkeypatch.setattr("returns_risk.registry.database._WAIT", 0.1)
    file = project / "mlflow.db"
    content, code, finding = file.read_bytes(), *HARMS[harm]
    holder = sqlite3.connect(file)
    if harm == "cut short":
        file.write_bytes(content[: len(content) // 2])
    elif harm == "emptied":
        file.write_bytes(b"")
    elif harm == "overwritten":
        file.write_bytes(b"no database" * 1000)
    elif harm in ("newer", "older"):
        schema = "f00dfeedf00d" if harm == "newer" else "451aebb31d03"
        holder.execute("UPDATE alembic_version SET version_num = ?", (schema,))
        holder.commit()
    elif harm == "gone":
        file.unlink()
    else:
        holder.execute("BEGIN EXCLUSIVE")
    before = None if harm in ("gone", "locked") else file.read_bytes()
    for command in (("models", "list"), ("models", "compare"), ("models", "promote"), ("models", "verify"), (train,)):
        found, told = call(*command)
        assert (found, len(told)) == (code, 1), told
        assert re.match(rf"error: mlflow\.db: .*{finding}", told[0])
    holder.close()
    assert file.exists() == (harm != "gone")
    assert before is None or file.read_bytes() == before


def test_a_writer_waits_for_another_no_longer_than_readers_do(project, call, monkeypatch):
    monkeypatch.setattr("returns_risk.registry.database._WAIT", 0.1)
    with closing(sqlite3.connect(project / "mlflow.db")) as holder:
        holder.execute("BEGIN IMMEDIATE")
        assert call("models", "list") == (0, [])
        assert call(train)[0] == 17


def test_a_champion_whose_registered_bundle_is_another_than_the_promoted_one_is_never_loaded(project, call):
    assert call(train) == (0, [])
    assert call("models", "promote") == (0, [])
    with sqlite3.connect(project / "mlflow.db") as database:
        database.execute("UPDATE model_version_tags SET value = 'f00dfeedf00d' WHERE key = 'bundle_version'")
    for command in (
        ("compare",),
        ("compare", "1", "1"),
        ("rollback", "--reason", "x"),
        ("fetch", "champion", "--out", "x"),
    ):
        code, told = call("models", *command)
        assert (code, len(told)) == (8, 1)
        assert re.match(r"error: version \d: became champion with bundle [0-9a-f]{12}, the registry has f00df", told[0])


def test_readers_make_no_registry_and_training_makes_the_first(project, call):
    for trace in ("mlruns", "ledger", "data/state"):
        shutil.rmtree(project / trace)
    (project / "mlflow.db").unlink()
    told = ["error: mlflow.db: there is no model registry here; the train stage makes it."]
    for command in ("list", "compare", "promote"):
        assert call("models", command) == (13, told)
    assert not (project / "mlflow.db").exists()
    assert call(train) == (0, [])
    assert all(re.match(r"mlruns/\d", place) for place in ask(project, PATHS))


def test_a_registry_begun_anew_is_not_taken_for_the_one_that_the_ledger_knows(project, call):
    shutil.rmtree(project / "mlruns")
    (project / "mlflow.db").unlink()
    # Where the ledger's last entry is noted, there was a registry: training makes none anew.
    assert call(train)[0] == 13
    (project / "data/state").rename(project / "state")
    assert call(train) == (0, [])
    (project / "state").rename(project / "data/state")
    code, told = call("models", "promote")
    assert code == 13
    assert "the ledger says that version 1 with bundle" in told[-1]
    assert call("models", "promote", "--force", "--reason", "begun anew") == (0, [])
