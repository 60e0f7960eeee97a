"""Fingerprints of all numbers that a run of the chain produces, to prove that a change of the code changed none.

    python -m benchmarks.frozen_numbers record [FOLDER] > before.json
    python -m benchmarks.frozen_numbers compare before.json after.json [--renamed old=new ...]

A fingerprint covers each column of the features, of the scores and of the flagged orders (reasons among them), each
number of the metrics, and each file of the backtest. Two runs are equal to the bit if all fingerprints are equal.
``record --values old=new`` maps values of text columns that were renamed.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

FRAMES = ("features/training.parquet", "features/candidates.parquet")
EXPORTED = ("scores.parquet", "flagged_orders.parquet")


def record(folder: Path, renamed_values: dict[str, str]) -> dict[str, str]:
    """Return the fingerprint of each number and column by its place, e.g. ``scores.parquet: risk``."""
    exported = [file for name in EXPORTED for file in sorted(folder.glob(f"exports/chain/as_of=*/{name}"))]
    files = [*(folder / name for name in FRAMES), *exported]
    found: dict[str, str] = {}
    for file in files:
        frame = pd.read_parquet(file).replace(renamed_values)
        found |= {f"{file.name}: {name}": fingerprint for name, fingerprint in columns(frame)}
    metrics = json.loads((folder / "models/metrics.json").read_text())
    found |= {f"metrics.json: {key}": repr(value) for key, value in leaves(metrics)}
    for file in sorted((folder / "models/backtest").rglob("*.csv")):
        frame = pd.read_csv(file)
        found |= {
            f"backtest/{file.parent.name}/{file.name}: {name}": fingerprint for name, fingerprint in columns(frame)
        }
    return found


def columns(frame: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Yield name and SHA-256 of each column, with its rows in the order of the file."""
    for name in frame.columns:
        values = pd.util.hash_pandas_object(frame[name].astype("object"), index=False).to_numpy()
        if frame[name].dtype.kind in "fiu":
            values = frame[name].to_numpy()
        yield name, hashlib.sha256(values.tobytes()).hexdigest()[:16]


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the path and the value of each leaf of a JSON document."""
    if isinstance(value, dict):
        for name, child in value.items():
            yield from leaves(child, f"{path}.{name}".lstrip("."))
    elif isinstance(value, list):
        for position, child in enumerate(value):
            yield from leaves(child, f"{path}[{position}]")
    else:
        yield path, value


def pairs(given: list[str]) -> dict[str, str]:
    """Return ``old=new`` pairs as a mapping."""
    return dict(pair.split("=", 1) for pair in given)


def compare(before: dict[str, str], after: dict[str, str], renamed: dict[str, str]) -> list[str]:
    """Return one line for each fingerprint that is missing, new or different; ``renamed`` maps old column names."""

    def new_name(key: str) -> str:
        file, _, name = key.partition(": ")
        return f"{file}: {renamed.get(name, name)}"

    expected = {new_name(key): value for key, value in before.items()}
    lines = [f"missing: {key}" for key in expected if key not in after]
    lines += [f"new: {key}" for key in after if key not in expected]
    lines += [f"different: {key}" for key in expected if key in after and after[key] != expected[key]]
    return lines


def main() -> None:
    """Record or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    recording = commands.add_parser("record")
    recording.add_argument("folder", type=Path, nargs="?", default=Path())
    recording.add_argument("--values", nargs="*", default=[])
    comparing = commands.add_parser("compare")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    comparing.add_argument("--renamed", nargs="*", default=[])
    given = parser.parse_args()
    if given.command == "record":
        print(json.dumps(record(given.folder, pairs(given.values)), indent=1))
        return
    before, after = (json.loads(file.read_text()) for file in (given.before, given.after))
    lines = compare(before, after, pairs(given.renamed))
    print("\n".join(lines) or f"{len(after)} fingerprints, all equal")
    sys.exit(bool(lines))


if __name__ == "__main__":
    main()
