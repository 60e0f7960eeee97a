"""From an export of each shop system to flagged orders, in a fresh copy of the chain; prints commands and seconds.

    python -m benchmarks.templates [SYSTEM ...]

`benchmarks/templates/<system>.py` writes the simulated shop of `shop.py` in the format of the system: a function
``write(shop, folder)``. The commands are those that `returns-risk sources new` prints; the backtest has two folds
instead of six.
"""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path

import pandas as pd

from benchmarks.templates.shop import AS_OF, simulate_shop
from returns_risk.sources import list_systems

ROOT = Path(__file__).parents[2]
PARTS = ["dvc.yaml", "params.yaml", "policy.yaml", ".gitignore", "features/definitions", "models/recipes", "pipelines"]
PARTS += ["src", "sources"]
AUTHOR = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a"}
ENVIRONMENT = os.environ | AUTHOR | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "COLUMNS": "160"}


def main() -> None:
    """Print one table for all systems."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("systems", nargs="*", metavar="SYSTEM", help="all by default")
    systems = parser.parse_args().systems or list_systems()
    shop = simulate_shop()
    rows = []
    for system in systems:
        with tempfile.TemporaryDirectory() as folder:
            copy_chain(Path(folder))
            raw = Path(folder, "data/raw/myshop")
            raw.mkdir(parents=True)
            import_module(f"benchmarks.templates.{system.replace('-', '_')}").write(shop, raw)
            rows.append({"system": system} | measure(system, Path(folder)))
    print(pd.DataFrame(rows).to_markdown(index=False))


def copy_chain(folder: Path) -> None:
    """Copy the chain without its products into a Git repository of its own."""
    for part in PARTS:
        source, target = ROOT / part, folder / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copy(source, target)
    for command in ["git init -q", "dvc init -q", "git add .", "git commit -qm chain"]:
        subprocess.run(command.split(), cwd=folder, env=ENVIRONMENT, check=True)


def measure(system: str, folder: Path) -> dict[str, object]:
    """Run `sources new` and the commands that it prints; return seconds by command and by stage, and what came out."""
    output, seconds = run(f"returns-risk sources new myshop --from {system}", folder)
    times = {"sources new": seconds["all"]}
    for line in re.findall(r"^  (\S.*)$", output, flags=re.MULTILINE):
        command = re.sub(r"as_of=\S+", f"as_of=\"'{AS_OF}'\" -S backtest.folds=2", line)
        _, seconds = run(command, folder)
        name = " ".join(command.split()[1:3]) if "dvc" not in command else "dvc exp run"
        times |= {(name if stage == "all" else stage): spent for stage, spent in seconds.items()}
    tables = [pd.read_parquet(folder / f"data/{part}/order_lines.parquet") for part in ("validated", "quarantine")]
    flagged = pd.read_parquet(folder / f"exports/chain/as_of={AS_OF}/flagged_orders.parquet")
    return {"order lines": sum(map(len, tables)), **times, "flagged orders": flagged["order_id"].nunique()}


def run(command: str, folder: Path) -> tuple[str, dict[str, float]]:
    """Run a command and return its output, and seconds in all and for each stage that DVC names."""
    print(f"$ {command}", flush=True)
    start = began = time.perf_counter()
    seconds: dict[str, float] = {}
    stage, output = "", []
    with subprocess.Popen(
        shlex.split(command), cwd=folder, env=ENVIRONMENT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        for line in process.stdout or []:
            print(line, end="", flush=True)
            output.append(line)
            if found := re.match(r"Running stage '(\w+)'", line):
                now = time.perf_counter()
                seconds |= {stage: round(now - began, 1)} if stage else {}
                stage, began = found[1], now
    if process.returncode:
        raise SystemExit(f"{command}: exit code {process.returncode}")
    end = time.perf_counter()
    seconds |= {stage: round(end - began, 1)} if stage else {}
    return "".join(output), seconds | {"all": round(end - start, 1)}


if __name__ == "__main__":
    main()
