"""What is personal in the raw files appears in nothing that a run leaves behind."""

import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from shop_simulator.comments import PERSONAL_DATA

BIN = Path(sys.executable).parent
# The raw files are the shop's own; what is planted stands in our code, too.
SKIPPED = ("data/raw", "src", ".git/objects")


def contents(file: Path) -> Iterator[bytes]:
    """Yield what a file says, compressed ones as what they hold."""
    raw = file.read_bytes()
    if raw[:4] == b"PAR1":
        frame = pd.read_parquet(file)
        texts = [frame[name].dropna().unique() for name in frame if frame[name].dtype in ("str", "object", "category")]
        yield from ("\n".join(map(str, values)).encode() for values in texts)
    elif raw[:2] == b"PK":
        with zipfile.ZipFile(file) as parts:
            yield from (parts.read(name) for name in parts.namelist())
    else:
        yield raw


def scan(folder: Path, customers: set[bytes]) -> dict[str, set[bytes]]:
    """Return by file what it tells of persons."""
    planted = [text.encode() for text in PERSONAL_DATA]
    found: dict[str, set[bytes]] = {}
    for file in sorted(folder.rglob("*")):
        name = str(file.relative_to(folder))
        if not file.is_file() or name.startswith(SKIPPED):
            continue
        for content in contents(file):
            told = {text for text in planted if text in content}
            told |= set(re.findall(rb"\bC\d{7}\b", content)) & customers
            if told:
                found.setdefault(name, set()).update(told)
    return found


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory, workspace):
    """A shop after a chain, a promotion, a night and what operations said of it, with all that was logged."""
    folder = tmp_path_factory.mktemp("privacy") / "shop"
    shutil.copytree(workspace.folder, folder)
    log = []

    def call(*command):
        done = subprocess.run(
            [str(BIN / "returns-risk"), *command], cwd=folder, env=workspace.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        log.extend([done.stdout, done.stderr])

    call("models", "promote")
    call("nightly", "--as-of", "2026-03-02", "--log-format", "json")
    order = pd.read_parquet(folder / "exports/as_of=2026-03-02/flagged_orders.parquet")["order_id"].iloc[0]
    told = [f'{order},wrong flag,"{text}"' for text in PERSONAL_DATA]
    back = folder / "data/raw/back.csv"
    back.write_text("\n".join(["order_id,disposition,comment", *told]))
    call("feedback", "import", str(back))
    call("explain", order)
    call("ledger", "show", order)
    (folder / "everything.log").write_text("\n".join(log))
    return folder


@pytest.fixture(scope="module")
def customers(lived_in):
    raw = pd.read_csv(lived_in / "data/raw/demo/customers.csv", dtype="str")
    return {one.encode() for one in raw["customer_no"]}


def test_nobody_is_to_be_found_in_what_a_run_leaves(lived_in, customers):
    raw = (lived_in / "data/raw/demo/returns.csv").read_bytes()
    assert sum(text.encode() in raw for text in PERSONAL_DATA) > 3
    assert len(customers) > 500
    assert scan(lived_in, customers) == {}


def test_the_scan_finds_a_person_wherever_it_is_hidden(tmp_path, customers):
    someone = min(customers).decode()
    (tmp_path / "cache").mkdir()
    pd.DataFrame({"text": pd.Series([someone], dtype="str")}).to_parquet(tmp_path / "cache/ab12")
    pd.DataFrame({"text": [f"kept {PERSONAL_DATA[0]}"]}).to_excel(tmp_path / "orders.xlsx")
    (tmp_path / "mlflow.db").write_bytes(b"\x00\x01" + PERSONAL_DATA[3].encode())
    (tmp_path / "run.log").write_text(f"line of {someone}, order 1")
    assert sorted(scan(tmp_path, customers)) == ["cache/ab12", "mlflow.db", "orders.xlsx", "run.log"]
