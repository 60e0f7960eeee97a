"""The benchmarks of the models run, on a shop too small to say anything."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


def run(script, *arguments):
    command = [sys.executable, "-m", f"benchmarks.{script}", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout


@pytest.fixture(scope="module")
def oracle(tmp_path_factory):
    """What the first benchmark printed, and the folder of the shop it made for all others."""
    folder = tmp_path_factory.mktemp("shop")
    # So many that reasons are learnt, too.
    return run("oracle", "--lines", "14000", "--folder", str(folder)), str(folder)


def test_the_chain_is_held_against_the_oracle(oracle):
    printed, _ = oracle
    assert "AUC of the oracle" in printed
    assert "log loss of the ceiling / of the oracle" in printed


def test_training_is_measured(oracle):
    params = Path(oracle[1], "params.yaml")
    params.write_text(params.read_text().replace("num_boost_round: 2000", "num_boost_round: 40"))
    printed = run("training", "--columns", "30", "--explain", "1000", "--folder", oracle[1])
    for step in ("train", "max_bin 63", "pred_contrib", "tree_shap", "shap.TreeExplainer"):
        assert f"│ {step}" in printed


def test_a_night_is_measured(oracle):
    printed = run("night", "--lines", "2000", "--candidates", "400", "--folder", oracle[1])
    assert "allocation of 2,000 lines x 5" in printed
    assert "score stage, 400 candidates" in printed


def test_the_plan_is_held_against_the_truth(oracle):
    printed = run("plan", "--folder", oracle[1])
    for plan in ("best plan", "plan with the true probabilities", "riskiest"):
        assert plan in printed
    assert "of 100 replays" in printed


def test_the_chain_is_compared_with_another_checkout():
    printed = run("chain", "--before", str(ROOT), "--lines", "3000", "--stages", "validate")
    assert "| stage | before: s | CPU s | GB | after: s | CPU s | GB | times as fast |" in printed
    assert "| validate |" in printed
    assert "| chain |" in printed
