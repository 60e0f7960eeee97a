"""The benchmark of the history features runs, and its contestants agree."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


def run(script, *arguments):
    command = [sys.executable, "-m", f"benchmarks.{script}", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT).stdout


def test_the_contestants_agree_on_a_small_shop():
    printed = run("history", "--lines", "3000", "--pandas-lines", "1000")
    assert "DuckDB: 90 columns equal" in printed
    assert "pandas: 90 columns equal" in printed
    assert "DuckDB / returns-risk:" in printed


def test_columns_go_to_disk():
    assert "returns-risk to disk: " in run("history", "--lines", "3000", "--to-disk")
