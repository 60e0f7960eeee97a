"""The commands `returns-risk key`: a key that can be guessed or read by others is refused, and rotated."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def key(tmp_path):
    """Run a command about the key in an empty folder; return its exit code and output."""

    def run(name):
        environment = {name: value for name, value in os.environ.items() if name != "RETURNS_RISK_KEY"}
        command = [str(Path(sys.executable).parent / "returns-risk"), "key", name]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    return run


def test_a_weak_key_and_an_open_file_are_refused_with_a_remedy(key, tmp_path):
    file = tmp_path / "data/pseudonym.key"
    file.parent.mkdir()
    file.touch(mode=0o600)
    file.write_text("aaaaaaaaaaaaaaaa\n")
    code, printed = key("show")
    assert code == 3
    assert printed.startswith("error: data/pseudonym.key: the pseudonym key (16 characters) can be guessed")
    assert "Run returns-risk key rotate" in printed
    assert key("rotate")[0] == 0
    assert key("show")[0] == 0
    file.chmod(0o644)
    code, printed = key("show")
    assert code == 3
    assert "mode 0644). Run chmod 600 data/pseudonym.key" in printed
