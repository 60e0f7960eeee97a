"""The folder of one night: what each step has made, and which steps are done."""

import json
import logging
import os
import shutil
from datetime import date
from pathlib import Path
from typing import Any

from returns_risk.config.params import SourceParams
from returns_risk.io.files import atomic_directory, hash_file, hash_files, write_json

__all__ = [
    "NIGHTS",
    "Workspace",
    "copy_export",
    "fingerprint_raw",
    "hash_export",
    "is_intact",
    "read_json",
    "remove_leftovers",
    "was_placed",
]

NIGHTS = Path("data/nightly")
_MANIFEST = "manifest.json"
_logger = logging.getLogger(__name__)


class Workspace:
    """Working data of a night, apart from that of the chain, with a note of each step that came to its end.

    Parameters
    ----------
    made_from : what the night rests on; where a former attempt rested on something else, its steps are done again
    """

    def __init__(self, source: str, as_of: date, made_from: dict[str, Any], *, backfill: bool = False) -> None:
        self.folder = NIGHTS / source / f"as_of={as_of}{'-backfill' if backfill else ''}"
        self._notes = self.folder / "steps.json"
        self._made_from = made_from
        self._steps: dict[str, Any] = self._read()

    def done(self, step: str) -> Any:
        """Return what was noted of a step, None if it is not done or a file of it is not as it was written."""
        note = self._steps.get(step)
        if note is None or any(_hash(self.folder / name) != value for name, value in note["files"].items()):
            return None
        return note["told"]

    def note(self, step: str, files: list[Path], told: Any) -> None:
        """Note that a step came to its end, with its files; steps after it are to be done again."""
        names = {str(file.relative_to(self.folder)): hash_file(file) for file in files}
        self._steps[step] = {"files": names, "told": told}
        write_json(self._notes, {"made_from": self._made_from, "steps": self._steps})

    def _read(self) -> dict[str, Any]:
        try:
            notes = read_json(self._notes)
        except (FileNotFoundError, ValueError):
            return {}
        same = isinstance(notes, dict) and notes.get("made_from") == self._made_from
        steps: dict[str, Any] = notes["steps"] if same else {}
        return steps


def copy_export(made: Path, export: Path, written: set[str]) -> None:
    """Make ``export`` a copy of ``made``, exchanged in one step.

    What people have put into the folder stays in it, and what they have changed stays as ``changed-<name>``.

    Parameters
    ----------
    written : hashes of the files that runs have written there; all else is of people

    Raises
    ------
    ExportError
        It cannot be written; the former export stays.
    """
    others = _of_others(export, made, written)
    with atomic_directory(export) as aside:
        for file in sorted(made.iterdir()):
            shutil.copyfile(file, aside / file.name)
        for name, place in others.items():
            if place.is_dir() and not place.is_symlink():
                shutil.copytree(place, aside / name, symlinks=True)
            else:
                shutil.copyfile(place, aside / name, follow_symlinks=False)
    if others:
        _logger.warning("%s: kept what is not of the run: %s", export, ", ".join(others))


def is_intact(told: dict[str, Any], export: Path) -> bool:
    """Say whether the files of an export are, to the byte, what was told when it was written; others do not count."""
    found = hash_export(export)
    return all(found.get(name) == value for name, value in told["files"].items())


def was_placed(told: dict[str, Any], export: Path) -> bool:
    """Say whether an export lies in its place, by its manifest, whatever has become of its other files."""
    return _hash(export / _MANIFEST) == str(told["files"][_MANIFEST])


def _of_others(export: Path, made: Path, written: set[str]) -> dict[str, Path]:
    """Return what lies in an export and is of no run, by the name to keep it under."""
    held = sorted(export.iterdir()) if export.is_dir() else []
    own = {one.name for one in made.iterdir()}
    theirs = [one for one in held if one.is_dir() or one.is_symlink() or _hash(one) not in written]
    kept = {one.name: one for one in theirs if one.name not in own}
    for one in theirs:
        if one.name in own:
            names = (f"changed-{number}{one.name}" for number in ("", *(f"{count}-" for count in range(2, 1000))))
            kept[next(name for name in names if name not in kept)] = one
    return kept


def hash_export(folder: Path) -> dict[str, str]:
    """Return the hash of each file of an export; none if there is no such folder."""
    return hash_files([one for one in sorted(folder.iterdir()) if one.is_file()]) if folder.is_dir() else {}


def read_json(file: Path) -> Any:
    """Return what a step wrote as JSON."""
    return json.loads(file.read_text(encoding="utf-8"))


def fingerprint_raw(source: SourceParams, folder: Path = Path("sources")) -> dict[str, Any]:
    """Return what tells one state of a source's raw files and SELECTs from another: names, sizes and times."""
    raw = sorted(source.raw.rglob("*")) if source.raw.is_dir() else [source.raw]
    return {
        "raw": [[str(file), file.stat().st_size, file.stat().st_mtime_ns] for file in raw if file.is_file()],
        "sql": {file.name: hash_file(file) for file in sorted((folder / source.name).glob("*.sql"))},
    }


def remove_leftovers(source: str, keep: int) -> None:
    """Remove what killed processes left half-written, and the working data of all but the latest nights.

    The caller holds the lock: nobody else writes there.
    """
    for place in [*Path("exports").glob(".*.tmp"), *Path("exports").glob("*/.*.tmp"), *NIGHTS.rglob(".*.tmp")]:
        owner = place.name.split(".")[-2]
        if owner.isdecimal() and not _alive(int(owner)):
            shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
    for former in sorted((NIGHTS / source).glob("as_of=*"))[:-keep]:
        shutil.rmtree(former)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process != os.getpid()


def _hash(file: Path) -> str | None:
    try:
        return hash_file(file)
    except OSError:
        return None
