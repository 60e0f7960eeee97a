"""With umask 022 nobody but the owner reads what a chain and a night leave behind; with 027 the group does."""

import subprocess
from pathlib import Path

from tests.chain.conftest import BIN

# What is in Git, what the shop itself delivers, and what `dvc plots` writes for another test.
NOT_OURS = (
    "src",
    "pipelines",
    "sources",
    ".git",
    ".dvcignore",
    "data/raw",
    "dvc.",
    "params.yaml",
    "policy.yaml",
    "compared",
)


def open_to_others(folder, top=None):
    """Return the files that other accounts can get at."""
    top = top or folder
    found: list[str] = []
    for place in sorted(folder.iterdir()):
        name = place.relative_to(top).as_posix()
        if place.is_symlink() or not place.stat().st_mode & 0o007 or name.startswith(NOT_OURS):
            continue
        found += open_to_others(place, top) if place.is_dir() else [name] if place.name != ".gitignore" else []
    return found


def loosen(folder):
    for place in [folder, *folder.rglob("*")]:
        place.chmod(0o755 if place.is_dir() else 0o644)


def test_a_chain_under_dvc_leaves_nothing_open(workspace):
    assert open_to_others(workspace.folder) == []


def test_a_night_and_what_it_hands_over_leave_nothing_open_and_close_what_was(house, environment):
    def run(*arguments, umask=0o022):
        command = [BIN / "returns-risk", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, umask=umask)

    deliver = ["outbox", "deliver", "--url", "http://127.0.0.1:9/", "--patience", "0"]
    environment = environment | {"RETURNS_RISK_WEBHOOK_SECRET": "a secret that both sides know"}
    done = run("nightly", "--as-of", "2026-03-02")
    assert done.returncode == 0, done.stderr
    assert run(*deliver).returncode == 15
    assert Path("data/outbox.db").exists()
    assert open_to_others(house) == []
    loosen(house)
    assert "ledger/ledger.db" in open_to_others(house)
    assert run(*deliver).returncode == 15
    assert open_to_others(house) == []
    # The group may read where the umask says so, and keeps what it was given.
    Path("exports").chmod(0o750)
    assert run("publish", "--database", "sqlite:///shared/orders.db", umask=0o027).returncode == 0
    assert run(*deliver).returncode == 15
    modes = [Path(place).stat().st_mode & 0o777 for place in ("shared", "shared/orders.db", "exports")]
    assert modes == [0o750, 0o640, 0o750]
