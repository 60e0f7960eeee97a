"""Errors are logged as text, or as JSON objects, one per line."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STARTED = "import sys; from returns_risk.io.logging import reporting_errors, start_logging; start_logging(as_json={}); "


@pytest.fixture
def run(tmp_path):
    """Run Python in an empty folder; return its exit code and its lines on stderr."""

    def run(*arguments, **variables):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("RETURNS_RISK")}
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment | variables, capture_output=True, text=True)
        return done.returncode, done.stderr.splitlines()

    return run


def nightly(run, *more, **variables):
    return run("-m", "returns_risk", "nightly", "--log-format", "json", *more, **variables)


def test_a_users_error_is_the_last_object_of_a_log_in_json(run):
    code, lines = nightly(run, "--as-of", "2026-03-02")
    assert code == 3
    (last,) = [json.loads(line) for line in lines]
    assert last["level"] == "ERROR"
    assert last["message"].startswith("params.yaml: cannot be read (No such file or directory).")


def test_every_line_of_a_night_that_fails_is_an_object(run, tmp_path):
    shutil.copy(ROOT / "params.yaml", tmp_path)
    code, lines = nightly(run, RETURNS_RISK_DEBUG="1")
    first, *_, trace, last = [json.loads(line) for line in lines]
    assert code == 3
    assert first["message"].endswith(", today in Europe/Berlin")
    assert "ParamsError: policy.yaml: cannot be read" in trace["trace"]
    assert last["message"].startswith("policy.yaml: cannot be read")


def test_a_defect_is_one_object_with_its_trace(run):
    code, lines = run("-c", STARTED.format(True) + "sys.exit(reporting_errors(lambda: 1 / 0))")
    assert code == 1
    (last,) = [json.loads(line) for line in lines]
    assert (last["level"], last["message"]) == ("ERROR", "a defect: ZeroDivisionError")
    assert last["trace"].startswith("Traceback (most recent call last):\n")
    assert last["trace"].endswith("ZeroDivisionError: division by zero")


def test_as_text_an_error_is_one_line_and_a_defect_a_traceback(run):
    code, lines = run("-m", "returns_risk", "nightly", "--as-of", "2026-03-02")
    assert (code, len(lines)) == (3, 1)
    assert lines[0].startswith("error: params.yaml: cannot be read")
    code, lines = run("-c", STARTED.format(False) + "sys.exit(reporting_errors(lambda: 1 / 0))")
    assert (code, lines[0], lines[-1]) == (
        1,
        "Traceback (most recent call last):",
        "ZeroDivisionError: division by zero",
    )


@pytest.mark.parametrize(
    "work",
    [
        "import mmap; mmap.mmap(-1, 1 << 62)",
        "import numpy; numpy.empty(1 << 50)",
        "import pyarrow; pyarrow.allocate_buffer(1 << 60)",
    ],
)
def test_a_lack_of_memory_is_not_reported_as_an_unwritable_file(run, work):
    script = (
        "from pathlib import Path; from returns_risk.io.files import atomic_file\n"
        f"def act():\n with atomic_file(Path('out')): {work}\n"
        "sys.exit(reporting_errors(act))"
    )
    code, lines = run("-c", STARTED.format(False) + script)
    assert (code, len(lines)) == (19, 1)
    assert lines[0].startswith("error: memory: there is not enough for this work; the previous content is unchanged.")


def test_a_swallowed_stop_still_prevents_the_replacement_of_files(run, tmp_path):
    script = (
        "import os, signal; from pathlib import Path; from returns_risk.io.files import write_text\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "def act():\n"
        " try: os.kill(os.getpid(), signal.SIGINT)\n"
        " except BaseException: pass\n"
        f" write_text(Path({str(tmp_path / 'out')!r}), 'new')\n"
        "sys.exit(reporting_errors(act))"
    )
    code, lines = run("-c", STARTED.format(False) + script)
    assert (code, lines) == (
        130,
        ["error: stopped by SIGINT before the end. No file is half-written; run it again to continue."],
    )
    assert list(tmp_path.glob("*out*")) == []


@pytest.mark.parametrize("as_json", [False, True])
def test_credentials_are_in_neither_error_nor_log_nor_traceback(run, as_json):
    program = (
        STARTED.format(as_json)
        + "import logging; from returns_risk.errors import RegistryError\n"
        + "url = 'http://shop:hunter2@mlflow:5000/api?token=hunter2'\n"
        + "def fail():\n    logging.info('asking %s', url)\n    raise RegistryError(f'MLflow: {url} refused')\n"
        + "sys.exit(reporting_errors(fail))"
    )
    code, lines = run("-c", program, RETURNS_RISK_DEBUG="1")
    assert code == 13
    assert "hunter2" not in "".join(lines)
    assert "MLflow: http://***@mlflow:5000/api?token=*** refused" in lines[-1]


@pytest.mark.parametrize("as_json", [False, True])
def test_a_record_is_one_line_without_control_characters(run, as_json):
    forged = r"import logging; logging.getLogger('x').warning('sku A\n2026-03-02 ERROR forged \x1b[2J\u202e\x9b')"
    code, lines = run("-c", STARTED.format(as_json) + forged)
    assert (code, len(lines)) == (0, 1)
    message = json.loads(lines[0])["message"].replace("\n", r"\u000a") if as_json else lines[0]
    assert message.endswith(r"sku A\u000a2026-03-02 ERROR forged \u001b[2J\u202e\u009b")
