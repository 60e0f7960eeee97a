"""The benchmark of the history features runs, and its contestants agree."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "history.py"


def test_the_contestants_agree_on_a_small_shop():
    command = [sys.executable, str(SCRIPT), "--lines", "3000", "--pandas-lines", "1000"]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    assert "DuckDB: 180 columns equal" in printed
    assert "pandas: 180 columns equal" in printed
    assert "DuckDB / returns-risk:" in printed
