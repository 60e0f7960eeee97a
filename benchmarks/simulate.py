"""Seconds and memory of making up a shop, files and truth included, in a fresh process.

``python benchmarks/simulate.py --lines 5000000``
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from shop_simulator import Definition, Places, write_shop

__all__ = ["main"]

_UNTIL = date(2026, 3, 2)
_LINES_PER_UNIT = 630
"""Order lines of the 540 days that follow from one line a day, sales, presents and growth included."""


def main(arguments: list[str] | None = None) -> dict[str, float]:
    """Make a shop in a process of its own, print and return the figures."""
    parser = argparse.ArgumentParser(description="Time shop_simulator.write_shop.")
    parser.add_argument("--lines", type=int, default=5_000_000, help="order lines, about")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.measure:
        measured = _measure(options.measure, options.lines)
        print(json.dumps(measured))
        return measured
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--measure", folder, "--lines", str(options.lines)]
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    figures: dict[str, float] = json.loads(output)
    print(
        f"{figures['lines']:,.0f} order lines in {figures['seconds']:.1f} s, "
        f"{figures['lines'] / figures['seconds']:,.0f} a second, peak {figures['peak_gb']:.2f} GB, "
        f"{figures['files_gb']:.2f} GB of files"
    )
    return figures


def _measure(folder: Path, lines: int) -> dict[str, float]:
    begin = time.perf_counter()
    definition = Definition(lines_per_day=max(1, round(lines / _LINES_PER_UNIT)))
    shop, _ = write_shop(Places(folder / "raw", folder / "truth", folder / "applied.csv"), definition, _UNTIL)
    seconds = time.perf_counter() - begin
    return {
        "lines": len(shop.lines),
        "seconds": seconds,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2,
        "files_gb": sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1024**3,
    }


if __name__ == "__main__":
    main()
