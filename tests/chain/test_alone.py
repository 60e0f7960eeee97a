"""A stage whose dvc was killed goes on alone: no other stage runs beside it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from tests.chain.conftest import BIN, copy_chain

# What a stage that takes long looks like; it says who it is, and waits.
SLOW = """
def wait(params):
    import os, time
    Path("begun").write_text(str(os.getpid()))
    time.sleep(300)

"""


@pytest.fixture
def orphan(tmp_path, raw_shop, environment):
    """The process of a stage whose dvc was killed with -9, and a way to run commands beside it."""
    copy_chain(tmp_path)
    shutil.copytree(raw_shop, tmp_path / "data/raw/demo")
    script = tmp_path / "pipelines/validate.py"
    begin, end = script.read_text().split('if __name__ == "__main__":')
    script.write_text(f'{begin}{SLOW}if __name__ == "__main__":{end.replace("main", "wait")}')
    subprocess.run([BIN / "dvc", "init", "--no-scm", "--quiet"], cwd=tmp_path, env=environment, check=True)
    dvc = subprocess.Popen([BIN / "dvc", "repro", "validate"], cwd=tmp_path, env=environment)
    begun, deadline = tmp_path / "begun", time.monotonic() + 60
    while not (begun.exists() and begun.read_text()):
        assert dvc.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    dvc.kill()
    dvc.wait()
    process = int(begun.read_text())
    begun.unlink()

    def run(*command):
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)

    yield process, run
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def test_after_kill_9_of_dvc_its_stage_is_not_started_beside_itself_nor_another(orphan, tmp_path):
    process, run = orphan
    again = run(BIN / "dvc", "repro", "validate")
    assert again.returncode != 0
    assert f"data/state/chain.lock: process {process} is still running a stage of this chain" in again.stderr
    assert not (tmp_path / "begun").exists()
    # What comes after it must not read what it is about to replace.
    beside = run(sys.executable, "pipelines/featurize.py")
    assert beside.returncode == 17
    assert "Traceback" not in beside.stderr
    os.kill(process, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while (code := run(sys.executable, "pipelines/featurize.py").returncode) == 17:
        assert time.monotonic() < deadline
    assert code == 4
