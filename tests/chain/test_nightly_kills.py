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
    published = report["published"]
    assert len(published) > 14
    assert published == sorted(published)
    assert set(published) == {"former", "new"}
    # Whenever it was killed, the completed night has the same export and the same two entries: run and export.
    assert len(report["completed"]) > 4
    assert {tuple(completed) for completed in report["completed"]} == {tuple(report["completed"][-1])}
    code, export, _, entries = report["completed"][-1]
    assert (code, export, entries) == (0, "new", 2)
    assert set(report["random"]) <= {"nothing", "new"}
    assert report["left"] == []
