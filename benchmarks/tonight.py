"""Tonight's features from the kept history: seconds, memory, and equal numbers.

``python -m benchmarks.tonight --lines 20000000 --candidates 50000``

Nine entities and 180 columns, as in ``benchmarks/history.py``. The history is made as of the day before (rebuild),
brought to tonight (append), and tonight's candidates, the latest lines, get their features from it. The same features
from all lines, as training has them, must be the same numbers. Every step runs in a process of its own.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.history import READ_AS, definitions_of, make_lines, outcomes_of
from returns_risk.contract.days import day_number
from returns_risk.features import FeatureRequest, build_features
from returns_risk.features.tonight import tonight_features
from returns_risk.features.upkeep import known_lines
from returns_risk.history.state import append, rebuild

__all__ = ["main"]

_TONIGHT = date(2026, 3, 2)


def main(arguments: list[str] | None = None) -> dict[str, dict[str, float]]:
    """Make a shop, run the steps, compare, print and return the figures."""
    parser = argparse.ArgumentParser(description="Tonight's features from the kept history.")
    parser.add_argument("--lines", type=int, default=1_000_000, help="order lines, about")
    parser.add_argument("--candidates", type=int, default=50_000, help="of them, the latest")
    parser.add_argument("--step", choices=[*_STEPS], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.step:
        print(json.dumps(_measure(options.step, options.folder, options.lines, options.candidates)))
        return {}
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        for step in _STEPS:
            command = [sys.executable, "-m", "benchmarks.tonight", "--step", step, "--folder", folder]
            command += ["--lines", str(options.lines), "--candidates", str(options.candidates)]
            figures[step] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
            print(f"{step}: {figures[step]['seconds']:.2f} s, peak {figures[step]['peak_gb']:.2f} GB")
        kept = sum(file.stat().st_size for file in Path(folder, "history").rglob("*.parquet")) / 1024**3
        ours, theirs = (pd.read_parquet(Path(folder, f"{step}.parquet")) for step in ("tonight", "from all lines"))
        pd.testing.assert_frame_equal(ours, theirs, check_exact=True)
    print(f"{len(ours):,} candidates, {len(ours.columns)} columns equal; the history takes {kept:.2f} GB")
    print(f"tonight / rebuild: {figures['tonight']['seconds'] / figures['rebuild']['seconds']:.3f}")
    return figures


def _measure(step: str, folder: Path, lines: int, candidates: int) -> dict[str, float]:
    if step == "make":
        seconds = _seconds(lambda: make_lines(folder / "shop", lines))
        frame = pd.read_parquet(folder / "shop" / "lines.parquet")
        ordered_before = frame["ordered_on"].to_numpy() < day_number(_TONIGHT)
        latest = np.flatnonzero(ordered_before)[-candidates:]
        frame.iloc[latest].to_parquet(folder / "candidates.parquet", index=False)
        pd.DataFrame({"row": latest}).to_parquet(folder / "rows.parquet", index=False)
    else:
        # Compiled once per machine and kept: not part of what a run costs.
        with tempfile.TemporaryDirectory() as small:
            for warm in ("make", *_STEPS[step][1], step) if lines > _FEW else ():
                _measure(warm, Path(small), _FEW, 100)
        seconds = _STEPS[step][0](folder)
    return {"seconds": seconds, "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2}


_FEW = 2_000


def _rebuild(folder: Path) -> float:
    lines = pd.read_parquet(folder / "shop" / "lines.parquet").rename(columns=READ_AS)
    return _seconds(lambda: rebuild(folder / "history", _known(lines, _TONIGHT - timedelta(days=1))))


def _append(folder: Path) -> float:
    lines = pd.read_parquet(folder / "shop" / "lines.parquet").rename(columns=READ_AS)
    return _seconds(lambda: append(folder / "history", _known(lines, _TONIGHT)))


def _tonight(folder: Path) -> float:
    lines = pd.read_parquet(folder / "candidates.parquet").rename(columns=READ_AS)
    asked = _asked(lines, np.arange(len(lines)))
    found: list[pd.DataFrame] = []
    seconds = _seconds(lambda: found.append(tonight_features(definitions_of(), asked, folder / "history")))
    found[0].to_parquet(folder / "tonight.parquet", index=False)
    return seconds


def _from_all_lines(folder: Path) -> float:
    lines = pd.read_parquet(folder / "shop" / "lines.parquet").rename(columns=READ_AS)
    asked = _asked(lines, pd.read_parquet(folder / "rows.parquet")["row"].to_numpy())
    found: list[pd.DataFrame] = []
    seconds = _seconds(lambda: found.append(build_features(definitions_of(), asked)))
    found[0].to_parquet(folder / "from all lines.parquet", index=False)
    return seconds


def _known(lines: pd.DataFrame, as_of: date) -> Any:
    return known_lines(definitions_of(), lines, outcomes_of(lines), "UTC", as_of)


def _asked(lines: pd.DataFrame, rows: Any) -> FeatureRequest:
    at = np.full(len(rows), day_number(_TONIGHT), dtype=np.int32)
    return FeatureRequest(lines, outcomes_of(lines), rows, at, "UTC")


def _seconds(run: Callable[[], object]) -> float:
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


_STEPS: dict[str, tuple[Callable[[Path], float], tuple[str, ...]]] = {
    "make": (lambda _: 0.0, ()),
    "rebuild": (_rebuild, ()),
    "append": (_append, ("rebuild",)),
    "tonight": (_tonight, ("rebuild", "append")),
    "from all lines": (_from_all_lines, ()),
}

if __name__ == "__main__":
    main()
