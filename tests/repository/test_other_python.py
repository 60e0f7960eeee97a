"""The chain runs on another Python, with the packages of the runtime lock alone."""

import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.chain.conftest import Workspace, copy_chain
from tests.keys import KEY

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
VERSIONS = [(3, 11), (3, 12), (3, 13)]
# One process for all stages: each start reads hundreds of modules.
STAGES = """
import runpy
from returns_risk.config.params import load_params
for stage in ("validate", "featurize", "backtest", "train", "evaluate", "score"):
    runpy.run_path(f"pipelines/{stage}.py")["main"](load_params())
"""
SHOP = ["simulate", "--seed", "3", "--start", "2025-01-26", "--lines-per-day", "14", "--until", "2026-03-02"]


def find_interpreter():
    """The newest supported Python, other than this one, that can make a virtual environment."""
    for major, minor in reversed([version for version in VERSIONS if version != sys.version_info[:2]]):
        name = f"python{major}.{minor}"
        pyenv = sorted(Path.home().glob(f".pyenv/versions/{major}.{minor}.*/bin/{name}"))
        for python in filter(None, [*map(str, pyenv), shutil.which(name)]):
            check = f"import ensurepip, sys; sys.exit(sys.version_info[:2] != ({major}, {minor}))"
            if subprocess.run([python, "-c", check], capture_output=True).returncode == 0:
                return python
    return None


@pytest.fixture(scope="module")
def other_python(tmp_path_factory):
    python = find_interpreter()
    if python is None:
        pytest.skip("no other Python of 3.11, 3.12 and 3.13 is installed")
    folder = tmp_path_factory.mktemp("other") / ".venv"
    subprocess.run([python, "-m", "venv", "--without-pip", folder], check=True)
    install = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "install",
        "--quiet",
        "--system-certs",
        "--no-deps",
        "--python",
        folder / "bin/python",
    ]
    done = subprocess.run(
        [*install, "--require-hashes", "-r", ROOT / "requirements.lock"], capture_output=True, text=True
    )
    if "error sending request" in done.stderr or "dns error" in done.stderr:
        pytest.skip("the packages for another Python cannot be downloaded")
    assert done.returncode == 0, done.stderr
    return folder / "bin/python"


def test_the_chain_runs_from_the_raw_files_to_the_export(other_python, tmp_path):
    copy_chain(tmp_path)
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT / "src"), "RETURNS_RISK_KEY": KEY}
    space = Workspace(tmp_path, environment | {"HOME": str(tmp_path), "NUMBA_CACHE_DIR": str(tmp_path / "numba")})
    python = str(other_python)
    space.run(python, "-m", "shop_simulator", *SHOP)
    space.run(python, "-c", STAGES)
    lines = pd.read_parquet(tmp_path / "exports/chain/as_of=2026-03-02/flagged_orders.parquet")
    assert lines["risk"].between(0, 1).all()
    assert (lines["decision"] == "act").any()
    assert "risk" in space.run(python, "-m", "returns_risk", "show")
