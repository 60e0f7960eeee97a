"""Stop nightly runs before each rename from the features on, and kill some; report what is published each time.

A process of its own: it forks before LightGBM has started any thread.
"""

import hashlib
import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import returns_risk.io.files
import returns_risk.nightly.run
from returns_risk.config.params import load_params
from returns_risk.ledger import Ledger
from returns_risk.nightly import Night, run_night

EXPORT = Path("exports/as_of=2026-03-02")
AT = "2026-03-02T04:00:00+00:00"
WRITTEN = [Path(name) for name in ("exports", "data/nightly", "data/state", "ledger")]


def night() -> None:
    """Run the night in this process."""
    params = load_params().model_copy(update={"as_of": date(2026, 3, 2)})
    run_night(Night(params, "champion", Ledger(params.nightly.ledger, Path("data/state")), AT))


def in_child(work: Callable[[], None], after: float | None = None) -> int:
    """Run in a child, killed after some seconds if they are given; return its exit code."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def keep_each_rename(folder: Path) -> Callable[[], None]:
    """Return a night that copies all it writes to ``folder`` before each rename, counted from the features on.

    To die while a file is written leaves the same names as to die before the file gets its own.
    """
    module = vars(returns_risk.nightly.run)
    stage_run = module["stage_run"]

    def keeping(real: Callable[..., object]) -> Callable[..., object]:
        def rename(*arguments: object, **options: object) -> object:
            keep(folder / f"{len(list(folder.iterdir())):03d}")
            return real(*arguments, **options)

        return rename

    def stage_keeping(*arguments: object) -> object:
        for name in ("replace", "rename"):
            setattr(os, name, keeping(getattr(os, name)))
        returns_risk.io.files._exchange = keeping(returns_risk.io.files._exchange)  # type: ignore[assignment]
        return stage_run(*arguments)

    def work() -> None:
        module["stage_run"] = stage_keeping
        night()

    return work


def keep(folder: Path) -> None:
    """Copy what a night writes: to a process that is killed now, the same is left."""
    for place in filter(Path.exists, WRITTEN):
        shutil.copytree(place, folder / place)


def bring_back(folder: Path) -> None:
    """Go back to what was copied to a folder."""
    for place in WRITTEN:
        shutil.rmtree(place, ignore_errors=True)
        if (folder / place).exists():
            shutil.copytree(folder / place, place)


def published() -> str:
    """Return what lies at the export's place: nothing, the former export, a complete new one or a mixture."""
    if not EXPORT.exists():
        return "nothing"
    files = json.loads((EXPORT / "manifest.json").read_text())["files"]
    if "former" in files:
        return "former" if len(list(EXPORT.iterdir())) == 2 else "mixture"
    # Files that no run has written are kept beside the new ones.
    held = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in EXPORT.iterdir()}
    held = {name: value for name, value in held.items() if name != "former" and not name.startswith("changed-")}
    return "new" if held | files == held and held.keys() - files.keys() == {"manifest.json", "_SUCCESS"} else "mixture"


def stop_at_every_rename() -> tuple[list[str], list[list[str | int]]]:
    """Go back to what each rename found, while a former export is published.

    From there a night begins anew until the ledger has the run, and completes that run from then on. Of the former,
    which are alike and take long, the first and the last are tried.

    Returns
    -------
    What was published at each rename and in the end, and how each completed night ended.
    """
    kept = Path("kept")
    kept.mkdir()
    forget()
    publish_former()
    in_child(keep_each_rename(kept))
    keep(kept / "end")
    published_at: list[str] = []
    recorded: list[bool] = []
    places = sorted(kept.iterdir())
    for place in places:
        bring_back(place)
        published_at.append(published())
        recorded.append(bool(Ledger(load_params().nightly.ledger).entries("run")))
    begin = recorded.index(True)
    completed = [complete(place) for place in [places[0], *places[begin - 1 :]]]
    shutil.rmtree(kept)
    return published_at, completed


def complete(kept: Path) -> list[str | int]:
    """Run the night on what was copied to a folder, and return how it ended."""
    bring_back(kept)
    return end_of_night(in_child(night))


def kill_at_random(times: int, longest: float) -> list[str]:
    """Kill nights at random, each going on from what the one before left."""
    results: list[str] = []
    for count in range(times):
        in_child(night, after=random.Random(count).uniform(0.2, longest))
        results.append(published())
    return results


def publish_former() -> None:
    """Publish the export of another run."""
    EXPORT.mkdir(parents=True)
    (EXPORT / "former").write_text("of another run")
    manifest = {"files": {"former": hashlib.sha256(b"of another run").hexdigest()}}
    (EXPORT / "manifest.json").write_text(json.dumps(manifest))


def end_of_night(code: int) -> list[str | int]:
    """Return exit code, what is published, the hash of its scores, and the number of entries in the ledger."""
    scores = hashlib.sha256((EXPORT / "scores.parquet").read_bytes()).hexdigest()
    return [code, published(), scores, Ledger(load_params().nightly.ledger).verify().entries]


def forget() -> None:
    """Remove the export, the working data and the ledger's entries of nights."""
    shutil.rmtree(EXPORT, ignore_errors=True)
    shutil.rmtree("data/nightly", ignore_errors=True)
    shutil.rmtree("ledger", ignore_errors=True)
    Path("data/state/ledger-demo.json").unlink(missing_ok=True)


def main() -> None:
    """Stop both ways; finish with a complete night."""
    published_at, completed = stop_at_every_rename()
    forget()
    at_random = kill_at_random(3, 4.0)
    completed.append(end_of_night(in_child(night)))
    leftovers = [str(place) for place in [*Path("exports").rglob(".*"), *Path("data/nightly").rglob("*.tmp")]]
    report = {"published": published_at, "completed": completed, "random": at_random, "left": leftovers}
    sys.stdout.write(json.dumps(report))


if __name__ == "__main__":
    main()
