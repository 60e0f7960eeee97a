"""A small shop in a repository of its own, with the real DVC, MLflow and Great Expectations."""

import hashlib
import os
import runpy
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from returns_risk.cli.app import app
from returns_risk.config.params import load_params
from returns_risk.io.logging import reporting_errors
from shop_simulator import Definition, simulate, write_raw
from tests.keys import KEY
from tests.once import made_once

ROOT = Path(__file__).parents[2]
PARTS = ["dvc.yaml", "params.yaml", "policy.yaml", ".gitignore", "features", "pipelines", "sources", "src"]
MADE = shutil.ignore_patterns("*.parquet", "definitions.json", "late_returns.csv", "__pycache__", "*.egg-info")
BIN = Path(sys.executable).parent

# Python imports this at its start: whatever a stage or DVC asks of the network is refused and written down.
GUARD = """
import os, socket
def refuse(self, address):
    if self.family == socket.AF_UNIX or address[0] in ("127.0.0.1", "::1", "localhost"):
        return connect(self, address)
    with open(os.environ["NETWORK_LOG"], "a") as log:
        log.write(f"{address}\\n")
    raise OSError("the network is off in this test")
def look_up(host, *rest, **more):
    if host not in (None, "", "localhost", "127.0.0.1", "::1", socket.gethostname()):
        with open(os.environ["NETWORK_LOG"], "a") as log:
            log.write(f"{host}\\n")
        raise OSError("the network is off in this test")
    return getaddrinfo(host, *rest, **more)
connect, getaddrinfo = socket.socket.connect, socket.getaddrinfo
socket.socket.connect = socket.socket.connect_ex = refuse
socket.getaddrinfo = look_up
"""


@dataclass(frozen=True)
class Workspace:
    """A copy of the repository's chain with its own small shop."""

    folder: Path
    environment: dict[str, str]

    def run(self, *command: str, check: bool = True) -> str:
        """Run a command in the workspace and return all it printed."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            umask=0o022,
        )
        if check:
            assert done.returncode == 0, done.stdout
        return done.stdout

    def hashes(self, *places: str) -> dict[str, str]:
        """Return the SHA-256 of every file below some places."""
        files = [file for place in places for file in sorted((self.folder / place).rglob("*")) if file.is_file()]
        return {str(file.relative_to(self.folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def copy_chain(folder: Path) -> None:
    for name in PARTS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=MADE)
        else:
            shutil.copy(source, folder / name)
    shutil.copytree(ROOT / "models/recipes", folder / "models/recipes")
    params = yaml.safe_load((folder / "params.yaml").read_text())
    params["train"] |= {"learning_rate": 0.1, "num_boost_round": 40, "early_stopping_round": 10, "shap_sample": 300}
    params["score"]["min_risk"] = 0.4
    params["train"]["num_threads"] = 1
    params["backtest"] |= {"folds": 2, "resamples": 20, "slice_lines": 50, "feature_shares": [0.8]}
    (folder / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    policy = (folder / "policy.yaml").read_text()
    costly = "cost: 0.60\n    contacts_customer: true\n    lost_sale: 0.035\n    goodwill: 0.08"
    assert costly in policy
    # So that something pays among the few lines of a small shop.
    cheap = "cost: 0.01\n    contacts_customer: true\n    lost_sale: 0.0\n    goodwill: 0.0"
    assert "\n  min_value: 0.50" in policy
    policy = policy.replace(costly, cheap).replace("\n  min_value: 0.50", "\n  min_value: 0.10")
    (folder / "policy.yaml").write_text(policy)
    reasons = folder / "models/recipes/reason.yaml"
    reasons.write_text(reasons.read_text().replace("min_lines: 200 ", "min_lines: 40 "))


@pytest.fixture(scope="session")
def raw_shop(tmp_path_factory):
    shop = Definition(seed=3, start=date(2025, 1, 26), lines_per_day=14)
    return made_once(tmp_path_factory, "raw", lambda folder: write_raw(folder, simulate(shop, date(2026, 3, 2))))


@pytest.fixture(scope="session")
def environment(tmp_path_factory):
    guard = made_once(tmp_path_factory, "guard", lambda folder: (folder / "sitecustomize.py").write_text(GUARD))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW", "GIT_", "DVC"))}
    return kept | {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "PYTHONPATH": str(guard),
        "NETWORK_LOG": str(guard / "network.log"),
        "RETURNS_RISK_KEY": KEY,
        "COLUMNS": "200",
    }


@pytest.fixture
def offline(environment, monkeypatch):
    """Refuse in this process, too, what is asked of the network."""
    for owner, name in ((socket.socket, "connect"), (socket.socket, "connect_ex"), (socket, "getaddrinfo")):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    monkeypatch.setenv("NETWORK_LOG", environment["NETWORK_LOG"])
    exec(GUARD, {})


@pytest.fixture(scope="session")
def first_run(tmp_path_factory, raw_shop, environment):
    """The chain after one `dvc repro` in a Git repository, of which every test takes a copy."""

    def make(folder):
        copy_chain(folder)
        shutil.copytree(raw_shop, folder / "data/raw/demo")
        space = Workspace(folder, environment)
        space.run("git", "init", "--quiet", "--initial-branch", "main")
        space.run("git", "config", "user.email", "tests@example.com")
        space.run("git", "config", "user.name", "Tests")
        space.run("dvc", "init", "--quiet")
        shutil.copy(ROOT / ".dvc/config", folder / ".dvc/config")
        space.run("dvc", "repro")
        space.run("git", "add", "--all")
        space.run("git", "commit", "--quiet", "--message", "first run")

    return made_once(tmp_path_factory, "workspace", make)


@pytest.fixture(scope="session")
def workspace(tmp_path_factory, first_run, environment):
    """A copy of the first run, for tests that leave it as it is."""
    folder = shutil.copytree(first_run, tmp_path_factory.mktemp("workspace") / "shop", symlinks=True)
    return Workspace(folder, environment)


@pytest.fixture
def shop(tmp_path, raw_shop, monkeypatch):
    """A working folder with the chain and its raw files, before any run."""
    copy_chain(tmp_path)
    shutil.copytree(raw_shop, tmp_path / "data/raw/demo")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RETURNS_RISK_KEY", KEY)
    return tmp_path


@pytest.fixture
def finished_shop(tmp_path, first_run, monkeypatch):
    """A working folder with everything that a run has made."""
    folder = tmp_path / "finished"
    shutil.copytree(first_run, folder, ignore=shutil.ignore_patterns(".git", ".dvc", "mlruns"))
    monkeypatch.chdir(folder)
    monkeypatch.setenv("RETURNS_RISK_KEY", KEY)
    return folder


@pytest.fixture
def run_stage(capsys):
    """Run one stage in this process; return its exit code and its last line on stderr."""

    def run(name):
        path = Path("pipelines") / f"{name}.py"
        stage = runpy.run_path(str(path), run_name=f"stage_{name}")
        capsys.readouterr()
        code = reporting_errors(lambda: stage["main"](load_params()))
        printed = capsys.readouterr().err.splitlines()
        return code, printed[-1] if printed else ""

    return run


@pytest.fixture
def set_params():
    """Change some of params.yaml by dotted name."""

    def change(**values):
        params = yaml.safe_load(Path("params.yaml").read_text())
        for name, value in values.items():
            *path, last = name.split("__")
            block = params
            for key in path:
                block = block[key]
            block[last] = value
        Path("params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))

    return change


@pytest.fixture(scope="session")
def champion(tmp_path_factory, first_run, environment):
    """What the chain left, with its model promoted."""

    # Two entries stand in the ledger from then on: what was decided, and that it was carried out.
    def make(folder):
        left_out = shutil.ignore_patterns(".git", ".dvc", "truth")
        shutil.copytree(first_run, folder, ignore=left_out, dirs_exist_ok=True)
        Workspace(folder, environment).run("returns-risk", "models", "promote")

    return made_once(tmp_path_factory, "champion", make)


@pytest.fixture
def enter(tmp_path, monkeypatch):
    """Copy a folder and make the copy the working folder."""

    def enter(folder):
        copy = shutil.copytree(folder, tmp_path / folder.name)
        monkeypatch.chdir(copy)
        monkeypatch.setenv("RETURNS_RISK_KEY", KEY)
        monkeypatch.setenv("COLUMNS", "200")
        return copy

    return enter


@pytest.fixture
def house(champion, enter):
    """A working folder with a promoted model, before its first night."""
    return enter(champion)


@pytest.fixture(scope="session")
def after_night(tmp_path_factory, champion, environment):
    """Return the folder after the night of a day, which ran as a process of its own."""

    def after_night(as_of):
        def make(folder):
            shutil.copytree(champion, folder, dirs_exist_ok=True)
            Workspace(folder, environment).run("returns-risk", "nightly", "--as-of", as_of)

        return made_once(tmp_path_factory, f"night-{as_of}", make)

    return after_night


@pytest.fixture
def house_after_night(after_night, enter):
    """The house after the night of 2026-03-02."""
    return enter(after_night("2026-03-02"))


@pytest.fixture
def house_after_earlier_night(after_night, enter):
    """The house after the night of 2026-03-01."""
    return enter(after_night("2026-03-01"))


@pytest.fixture
def call(capsys):
    """Run the command line; return its exit code, what it printed, and its error line."""

    def run(*arguments, app=app):
        done = []

        def invoke():
            done.append(CliRunner().invoke(app, arguments))
            if isinstance(done[0].exception, Exception):
                raise done[0].exception

        code = reporting_errors(invoke)
        return code or done[0].exit_code, done[0].stdout, capsys.readouterr().err

    return run
