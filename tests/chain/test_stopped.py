"""A run that is asked to end does so with one line, leaves nothing half done, and says so where failures are told."""

import json
import signal
import subprocess
import sys
import time

import pytest

from tests.chain.conftest import BIN
from tests.receiver import listening

SECRET = "a secret that both sides know"
STAGE = [sys.executable, "pipelines/validate.py"]
NIGHT = [str(BIN / "returns-risk"), "nightly", "--as-of", "2026-03-02"]


def start(command, environment, until):
    """Start a command and wait until its log says something."""
    # What runs the tests in the background may have SIGINT ignored, and processes inherit that.
    heeding = ["env", "--default-signal=INT", *command]
    run = subprocess.Popen(heeding, env=environment, text=True, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert run.stderr is not None
    assert any(until in line for line in iter(run.stderr.readline, ""))
    return run


def stop(run, sent):
    """Send a signal; return how the run ended and what it said last."""
    run.send_signal(sent)
    told = run.communicate(timeout=60)[1].splitlines()
    return run.returncode, told[-1] if told else ""


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_stage_that_is_stopped_leaves_what_was_there_before(finished_shop, environment, sent, code):
    def data():
        files = (file for file in finished_shop.glob("data/**/*") if file.is_file() and file.suffix != ".lock")
        return {file: file.read_bytes() for file in files}

    former = data()
    expected = f"error: stopped by {sent.name} before the end. No file is half-written; run it again to continue."
    assert stop(start(STAGE, environment, "order_lines: "), sent) == (code, expected)
    assert data() == former


def test_a_night_that_is_stopped_says_so_and_a_second_signal_ends_it_at_once(house, environment):
    with listening() as endpoint:
        more = {"RETURNS_RISK_WEBHOOK_SECRET": SECRET, "RETURNS_RISK_WEBHOOK_URL": endpoint.url}
        endpoint.answer = 9  # seconds of silence
        run = start(NIGHT, environment | more, "extract: ")
        run.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 60
        while not endpoint.requests and time.monotonic() < deadline:
            time.sleep(0.05)
        assert stop(run, signal.SIGTERM)[0] == -signal.SIGTERM
        assert len(endpoint.requests) == 1
        endpoint.answer = 204
        outbox = {"RETURNS_RISK_OUTBOX": "sqlite:///data/another.db"}
        code, told = stop(start(NIGHT, environment | more | outbox, "extract: "), signal.SIGTERM)
        assert (code, told.split(" before")[0]) == (143, "error: stopped by SIGTERM")
        body = json.loads(endpoint.requests[-1][1])
        assert (body["type"], body["exit_code"]) == ("run_failed", 143)
        assert body["error"].startswith("stopped by SIGTERM")
    assert not (house / "exports/as_of=2026-03-02").exists()
    assert list(house.rglob(".*.tmp")) == []
