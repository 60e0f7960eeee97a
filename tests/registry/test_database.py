"""MLflow's SQLite file: moved or copied with its project, damaged, locked, of another version, or missing."""

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
def original(tmp_path_factory, empty_store):
    """A project with a champion and a second model that can be logged; its addresses have passwords."""
    folder = tmp_path_factory.mktemp("original") / "project"
    folder.mkdir()
    shutil.copyfile(empty_store, folder / "mlflow.db")
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
def project(original, tmp_path, monkeypatch):
    """A copy of the project for each test."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(shutil.copytree(original, tmp_path / "project"))
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


def query(folder, statement):
    with sqlite3.connect(folder / "mlflow.db") as database:
        return [value for (value,) in database.execute(statement)]


def contents(folder):
    return {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.rglob("*")) if file.is_file()}


def age(project, old):
    """Store full paths and all parameters, as earlier versions did."""
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
def moved(original, project, tmp_path, monkeypatch):
    """A moved copy without its original."""
    original.rename(original.with_name("elsewhere"))
    folder = Path(shutil.move(project, tmp_path / "moved"))
    monkeypatch.chdir(folder)
    yield folder
    original.with_name("elsewhere").rename(original)


def test_a_moved_project_reads_its_models_and_promotes_others(moved, call, tmp_path):
    assert call("models", "compare", "champion", "champion") == (0, [])
    assert call(train) == (0, [])
    for command in ("list", "verify", "compare", "promote"):
        assert call("models", command) == (0, []), command
    assert call("models", "rollback", "--reason", "x") == (0, [])
    assert call("models", "fetch", "champion", "--out", str(tmp_path / "out")) == (0, [])
    assert (tmp_path / "out/booster.txt").read_bytes() == (moved / "models/first/booster.txt").read_bytes()


def test_training_in_a_copy_leaves_the_original_unchanged(original, project, call):
    before = contents(original)
    assert call(train) == (0, [])
    assert call("models", "promote") == (0, [])
    assert contents(original) == before
    paths = query(project, PATHS)
    assert len(paths) >= 6
    assert all(re.match(r"mlruns/\d", path) for path in paths)
    assert all((project / path).is_dir() for path in query(project, "SELECT storage_location FROM model_versions"))
    assert (
        project / query(project, "SELECT artifact_uri FROM runs ORDER BY start_time DESC")[0] / "evaluation"
    ).is_dir()


@pytest.mark.parametrize("root", ["{project}/", "/gone/with/mlruns/", "file:///gone/far/"])
def test_an_older_database_is_read_unchanged_and_updated_once_when_it_is_written(project, call, caplog, root):
    age(project, root.format(project=project))
    before = (project / "mlflow.db").read_bytes()
    assert call("models", "compare", "champion", "champion") == (0, [])
    assert (project / "mlflow.db").read_bytes() == before
    with caplog.at_level(logging.INFO):
        assert call(train) == (0, [])
        assert call(train) == (0, [])
    suffix = "values changed: paths made relative, addresses removed"
    changed = [message for message in caplog.messages if message.endswith(suffix)]
    assert len(changed) == 1
    assert all(re.match(r"mlruns/\d", path) for path in query(project, PATHS))
    assert SECRET.encode() not in (project / "mlflow.db").read_bytes()


def test_no_address_and_no_parameter_of_the_night_is_stored(project, call):
    assert call(train) == (0, [])
    names = query(project, "SELECT key FROM params UNION SELECT param_key FROM logged_model_params")
    assert {"train.num_leaves", "seed", "source.name", "recipe.train.num_leaves"} <= set(names)
    assert not [name for name in names if name.startswith("nightly") or "address" in name]
    files = [file for file in project.rglob("*") if file.is_file() and SECRET.encode() in file.read_bytes()]
    assert files == [project / "params.yaml"]


HARMS = {
    "cut short": (13, "is damaged or not a database of MLflow"),
    "emptied": (13, "is damaged or not a database of MLflow"),
    "overwritten": (13, "is damaged or not a database of MLflow"),
    "newer": (13, "was written by a newer MLflow"),
    "older": (13, "was written by an older MLflow"),
    "gone": (13, "is missing, while mlruns/"),
    "locked": (17, "another process holds it"),
}


@pytest.mark.parametrize("harm", HARMS)
def test_an_unusable_database_is_reported_in_one_line_and_not_changed(project, call, monkeypatch, harm):
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
        exit_code, lines = call(*command)
        assert (exit_code, len(lines)) == (code, 1), lines
        assert re.match(rf"error: mlflow\.db: .*{finding}", lines[0])
    holder.close()
    assert file.exists() == (harm != "gone")
    assert before is None or file.read_bytes() == before


def test_a_writer_waits_for_another_no_longer_than_readers_do(project, call, monkeypatch):
    monkeypatch.setattr("returns_risk.registry.database._WAIT", 0.1)
    with closing(sqlite3.connect(project / "mlflow.db")) as holder:
        holder.execute("BEGIN IMMEDIATE")
        assert call("models", "list") == (0, [])
        assert call(train)[0] == 17


def test_a_champion_with_another_bundle_than_the_promoted_one_is_never_loaded(project, call):
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
        code, lines = call("models", *command)
        assert (code, len(lines)) == (8, 1)
        assert re.match(
            r"error: version \d: became champion with bundle [0-9a-f]{12}, the registry has f00df", lines[0]
        )


def test_only_training_creates_a_registry(project, call):
    for trace in ("mlruns", "ledger", "data/state"):
        shutil.rmtree(project / trace)
    (project / "mlflow.db").unlink()
    lines = ["error: mlflow.db: there is no model registry here; the train stage creates it."]
    for command in ("list", "compare", "promote"):
        assert call("models", command) == (13, lines)
    assert not (project / "mlflow.db").exists()
    assert call(train) == (0, [])
    assert all(re.match(r"mlruns/\d", path) for path in query(project, PATHS))


def test_a_new_registry_is_not_taken_for_the_one_of_the_ledger(project, call):
    shutil.rmtree(project / "mlruns")
    (project / "mlflow.db").unlink()
    # The note of the ledger's last entry proves that there was a registry: training creates no new one.
    assert call(train)[0] == 13
    (project / "data/state").rename(project / "state")
    assert call(train) == (0, [])
    (project / "state").rename(project / "data/state")
    code, lines = call("models", "promote")
    assert code == 13
    assert "the ledger says that version 1 with bundle" in lines[-1]
    assert call("models", "promote", "--force", "--reason", "new registry") == (0, [])
