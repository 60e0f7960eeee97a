"""Seconds and memory of a night: allocation alone, and the whole score stage.

``python -m benchmarks.night --folder <folder of benchmarks.oracle>``

Allocation: 200,000 lines x 5 interventions with values, customers, warehouses and capacities drawn at random; the
exact plan beside the greedy one. The stage: 50,000 candidates (the latest training rows, as if none had shipped)
through risk, reasons, attributions of the flagged lines, sizes, decisions, messages, sensitivity and all exports, in a
process of its own.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from returns_risk.config.policy import Intervention, load_policy
from returns_risk.decision import allocate, allocate_greedily
from returns_risk.io.files import write_parquet

__all__ = ["main"]

ROOT = Path(__file__).parents[1]
_STAGE = f"""
import sys
sys.path.insert(0, {str(ROOT / "pipelines")!r})
import pandas as pd
import score
from returns_risk.stage import run_stage
score.closed_lines = lambda *_: pd.Series([], dtype="str")
run_stage(score.main)
"""
LABELS = ["closes_on", "returned", "returned_on", "reason"]


def main(arguments: list[str] | None = None) -> dict[str, float]:
    """Measure both, print and return the figures."""
    parser = argparse.ArgumentParser(description="Seconds and memory of a night.")
    parser.add_argument("--lines", type=int, default=200_000, help="lines of the allocation")
    parser.add_argument("--candidates", type=int, default=50_000, help="of the stage")
    parser.add_argument(
        "--folder", type=Path, help="a folder that benchmarks.oracle has made; without it no stage is run"
    )
    options = parser.parse_args(arguments)
    figures = _measure_allocation(options.lines)
    if options.folder is not None:
        with tempfile.TemporaryDirectory() as folder:
            figures |= _measure_stage(options.folder.resolve(), Path(folder), options.candidates)
    table = Table()
    for name in ("figure", ""):
        table.add_column(name, justify="right" if not name else "left")
    for name, value in figures.items():
        table.add_row(name, f"{value:,.2f}")
    Console(width=110).print(table)
    return figures


def _measure_allocation(count: int) -> dict[str, float]:
    rng = np.random.default_rng(1)
    customer = rng.integers(0, int(count / 1.6) or 1, count)
    lines = pd.DataFrame(
        {
            "line_id": [f"L{number}" for number in range(count)],
            "customer_id": customer,
            "warehouse": rng.choice(["A", "B", "C"], count),
            "market": rng.choice(["DE", "FR", "NL"], count),
        }
    )
    value = rng.normal(0.2, 1.5, (count, 5))
    room = count // 50
    interventions = {
        f"one_{number}": Intervention(
            cost=0, effect={}, capacity=room, contacts_customer=number < 3, capacity_by={"warehouse": {"A": room // 5}}
        )
        for number in range(5)
    }
    policy = load_policy(ROOT / "policy.yaml").model_copy(update={"interventions": interventions})
    figures: dict[str, float] = {}
    begun = time.perf_counter()
    exact = allocate(value, lines, policy)
    figures[f"allocation of {count:,} lines x 5, seconds"] = time.perf_counter() - begun
    begun = time.perf_counter()
    greedy = allocate_greedily(value, lines, policy)
    figures["greedy, seconds"] = time.perf_counter() - begun
    figures[f"{exact.method} value / greedy value"] = exact.value / greedy.value
    figures["bound / value"] = exact.bound / exact.value
    return figures


def _measure_stage(source: Path, folder: Path, count: int) -> dict[str, float]:
    for part in ("models", "data"):
        (folder / part).symlink_to(source / part)
    (folder / "features").mkdir()
    shutil.copy(source / "features/definitions.json", folder / "features")
    shutil.copy(source / "params.yaml", folder)
    shutil.copy(ROOT / "policy.yaml", folder)
    rows = pd.read_parquet(source / "features/training.parquet").tail(count).drop(columns=LABELS)
    write_parquet(folder / "features/candidates.parquet", rows.reset_index(drop=True))
    environment = os.environ | {
        "RETURNS_RISK_KEY": "raw:b1e60ad90df575b56863036dfd729af192ed72f4ae526401655d5c32c0d585fe"
    }
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", _STAGE], check=True, cwd=folder, env=environment)
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
    flagged = len(pd.read_parquet(next((folder / "exports").glob("chain/*/flagged_orders.parquet"))))
    return {
        f"score stage, {len(rows):,} candidates, seconds": seconds,
        "peak GB": peak,
        "flagged lines, explained and exported": flagged,
    }


if __name__ == "__main__":
    main()
