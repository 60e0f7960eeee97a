"""A night that is killed at any moment leaves the former export or the new one, and the next run completes it."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_killed_at_any_rename_leaves_the_former_export_or_the_new_one_and_the_next_run_ends_alike(house, workspace):
    environment = workspace.environment | {"PYTHONPATH": f"{ROOT}"}
    command = [sys.executable, str(ROOT / "tests/chain/nightly_kills.py")]
    done = subprocess.run(command, cwd=house, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    after_kill = [published for published, *_ in report["every"]]
    assert len(after_kill) > 14
    assert after_kill == sorted(after_kill)
    assert set(after_kill) == {"former", "new"}
    # Whatever moment it was, the next run ends with the same export and the same two entries: run and export.
    assert {tuple(finished) for _, *finished in report["every"]} == {tuple(report["last"])}
    assert report["last"][:2] == [0, "new"]
    assert report["last"][3] == 2
    assert set(report["random"]) <= {"nothing", "new"}
    assert report["left"] == []
