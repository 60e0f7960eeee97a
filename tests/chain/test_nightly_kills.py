"""A night that is killed anywhere leaves the former export or the new one, and the next run ends."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_killed_at_any_write_leaves_the_former_export_or_the_new_one_and_the_next_run_ends(house, workspace):
    environment = workspace.environment | {"PYTHONPATH": f"{ROOT}"}
    command = [sys.executable, str(ROOT / "tests/chain/nightly_kills.py")]
    done = subprocess.run(command, cwd=house, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert len(report["every"]) > 14
    assert report["every"] == sorted(report["every"])
    assert set(report["every"]) == {"former", "new"}
    assert set(report["random"]) <= {"nothing", "new"}
    assert (report["last"], report["found"], report["entries"], report["left"]) == (0, "new", 2, [])
