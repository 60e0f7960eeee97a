"""What a shop, people or receivers write into their texts moves no cursor and turns no letters round."""

import csv
import json
import re
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from tests.chain.conftest import BIN
from tests.receiver import listening

HOSTILE = "\x1b[2J\x1b]0;owned\x07\x9b31m\x7f\u061c\u200e\u202e\u2066"
DIRECTIONS = "\u061c\u200e\u202e\u2066"
UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
ESCAPE = re.compile(r"\\u[0-9a-f]{4}")


def spoil(file, column, chosen, by):
    with file.open(newline="") as opened:
        header, *rows = csv.reader(opened)
    place = header.index(column)
    for row in rows:
        row[place] += by if chosen(row[place]) else ""
    with file.open("w", newline="") as opened:
        csv.writer(opened).writerows([header, *rows])


@pytest.fixture
def run(house, environment):
    """Run the real command; return its exit code, stdout and stderr as they were written."""

    def run(*arguments, **variables):
        command = [BIN / "returns-risk", *arguments]
        # Not decoded as lines: that would take away what is looked for.
        done = subprocess.run(command, cwd=house, env=environment | variables, capture_output=True)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    return run


@pytest.fixture
def hostile_shop(house, set_params):
    """Half of brands, colours and latest order ids hold direction characters; control characters are rejected."""
    raw = house / "data/raw/demo"
    spoil(raw / "articles.csv", "brand", lambda brand: len(brand) % 2, DIRECTIONS)
    spoil(raw / "articles.csv", "colour", lambda colour: len(colour) % 2, DIRECTIONS)
    latest = set(pd.read_csv(raw / "orders.csv", dtype="str")["order_no"].iloc[-100::2])
    for name in ("orders.csv", "order_lines.csv"):
        spoil(raw / name, "order_no", latest.__contains__, "\u202e")
    # Returns name the orders as they were.
    set_params(validate__rules={"returns.recent_accepted": 1.0})
    return house


def test_no_control_or_direction_character_reaches_the_terminal_or_the_log(hostile_shop, run, call):
    printed = {}
    # In this process, which has loaded all it takes; the command by itself then delivers.
    code, _, told = call("nightly", "--as-of", "2026-03-02")
    assert code == 0, told

    def keep(name, code, *arguments, **variables):
        found, out, err = run(*arguments, **variables)
        assert found == code, err
        printed[name] = out + err
        return out, err

    with listening() as receiver:
        receiver.answer, receiver.body = 400, f"\x00{HOSTILE} no".encode()
        webhook = {"RETURNS_RISK_WEBHOOK_URL": receiver.url, "RETURNS_RISK_WEBHOOK_SECRET": "a secret of both sides"}
        night = ("nightly", "--as-of", "2026-03-02", "--log-format", "json")
        out, err = keep("night", 15, *night, **webhook)
    assert json.loads(out)["status"] == "already done"
    assert {json.loads(line)["level"] for line in err.splitlines()} >= {"INFO", "ERROR"}
    export = Path("exports/as_of=2026-03-02")
    flagged = pd.read_parquet(export / "flagged_orders.parquet")
    shutil.copytree(export, Path("exports/chain") / export.name, dirs_exist_ok=True)
    assert flagged["colour"].str.contains(DIRECTIONS, regex=False).any()
    order = next((one for one in flagged["order_id"] if "\u202e" in one), flagged["order_id"].iloc[0])
    back = hostile_shop / f"back{HOSTILE}.csv"
    rows = [[order, "done", f"well {HOSTILE}\nnight of 2026-03-02: forged"], [f"O{HOSTILE}\nforged", HOSTILE, ""]]
    with back.open("w", newline="") as file:
        csv.writer(file).writerows([["order_id", "disposition", "comment"], *rows])
    keep("import", 20, "feedback", "import", str(back))
    keep("show", 0, "show", "--top", "50")
    keep("explain", 0, "explain", order)
    shown, _ = keep("ledger", 0, "ledger", "show", order)
    assert not [line for line in shown.splitlines() if line.endswith("forged") and not line.startswith("feedback of")]
    keep("outbox", 0, "outbox", "status")
    # Typer writes past a stream of this encoding, if it may.
    keep("unknown order", 16, "ledger", "show", HOSTILE, PYTHONIOENCODING="ascii")
    assert {name: sorted(set(UNSAFE.findall(text))) for name, text in printed.items() if UNSAFE.search(text)} == {}
    # It is not left out either: people see that there is something.
    seen = ("import", "show", "ledger", "outbox", "unknown order")
    assert [name for name in seen if not ESCAPE.search(printed[name])] == []
