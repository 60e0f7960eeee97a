"""The benchmark runs and gives figures."""

import runpy
from pathlib import Path

import returns_risk

SCRIPT = Path(returns_risk.__file__).parents[2] / "benchmarks" / "validate.py"


def test_the_benchmark_runs_small(capsys):
    figures = runpy.run_path(str(SCRIPT))["main"](["--lines", "2000"])
    assert figures["rows"] > 2000
    assert figures["rejected"] > 0
    assert "2000 order lines, 5.0% bad:" in capsys.readouterr().out


def test_the_tables_of_the_benchmark_follow_the_seed():
    make_tables = runpy.run_path(str(SCRIPT))["make_tables"]
    item, same, other = (make_tables(200, 0.05, seed) for seed in (1, 1, 2))
    assert all(item[name].equals(same[name]) for name in item)
    assert not item["order_lines"].equals(other["order_lines"])
