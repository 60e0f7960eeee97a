"""Kills nightly runs: before each write of the export and its notes, and at random; reports what was left each time.

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
import returns_risk.nightly.steps
import returns_risk.registry.store
from returns_risk.config.params import load_params
from returns_risk.ledger import Ledger
from returns_risk.nightly import Night, run_night

EXPORT = Path("exports/as_of=2026-03-02")
AT = "2026-03-02T04:00:00+00:00"


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


def dies_at(count: int) -> Callable[[], None]:
    """Return a night that dies before it gives a name for the n-th time: what was written until then lies there.

    To die while a file is written leaves the same names as to die before the file gets its own.
    """
    left = [count]

    def dying(real: Callable[..., object]) -> Callable[..., object]:
        def write(*arguments: object, **more: object) -> object:
            left[0] -= 1
            if left[0] == 0:
                os._exit(9)
            return real(*arguments, **more)

        return write

    def work() -> None:
        for name in ("replace", "rename"):
            setattr(os, name, dying(getattr(os, name)))
        returns_risk.io.files._exchange = dying(returns_risk.io.files._exchange)  # type: ignore[assignment]
        night()

    return work


def found() -> str:
    """Say what lies at the export's place: nothing, the former one, a whole new one or a mixture."""
    if not EXPORT.exists():
        return "nothing"
    files = json.loads((EXPORT / "manifest.json").read_text())["files"]
    if "former" in files:
        return "former" if len(list(EXPORT.iterdir())) == 2 else "mixture"
    # What no run has written is kept beside the new one.
    held = {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in EXPORT.iterdir()}
    held = {name: value for name, value in held.items() if name != "former" and not name.startswith("changed-")}
    return "new" if held | files == held and held.keys() - files.keys() == {"manifest.json", "_SUCCESS"} else "mixture"


def at_every_write() -> list[str]:
    """Kill before each write from the export on, while a former export lies there."""
    shutil.rmtree(EXPORT, ignore_errors=True)
    EXPORT.mkdir(parents=True)
    (EXPORT / "former").write_text("of another run")
    manifest = {"files": {"former": hashlib.sha256(b"of another run").hexdigest()}}
    (EXPORT / "manifest.json").write_text(json.dumps(manifest))
    told, count, code = [], 0, 9
    while code == 9:
        count += 1
        code = in_child(dies_at(count))
        told.append(found())
    return told


def at_random(times: int, longest: float) -> list[str]:
    """Kill whole nights at random."""
    told: list[str] = []
    for _ in range(times):
        in_child(night, after=random.Random(len(told)).uniform(0.2, longest))
        told.append(found())
    return told


def main() -> None:
    """Do both; end with a night that comes to its end."""
    kept = returns_risk.nightly.run._STEPS["export"]
    returns_risk.nightly.run._STEPS["export"] = lambda _: os._exit(9)
    in_child(night)  # up to the export
    returns_risk.nightly.run._STEPS["export"] = kept
    every = at_every_write()
    shutil.rmtree("data/nightly")
    shutil.rmtree(EXPORT)
    shutil.rmtree("ledger")
    Path("data/state/ledger-demo.json").unlink()
    some = at_random(3, 4.0)
    code = in_child(night)
    left = [str(place) for place in [*Path("exports").rglob(".*"), *Path("data/nightly").rglob("*.tmp")]]
    report = {"every": every, "random": some, "last": code, "found": found(), "left": left}
    sys.stdout.write(json.dumps(report | {"entries": Ledger(load_params().nightly.ledger).verify().entries}))


if __name__ == "__main__":
    main()
