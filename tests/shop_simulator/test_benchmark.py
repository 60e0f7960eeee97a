"""The benchmark runs and gives figures."""

import runpy
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "simulate.py"


def test_the_benchmark_runs_small(capsys):
    figures = runpy.run_path(str(SCRIPT))["main"](["--lines", "3000"])
    assert 1_500 < figures["lines"] < 5_000
    assert figures["files_gb"] > 0
    assert "order lines in" in capsys.readouterr().out
