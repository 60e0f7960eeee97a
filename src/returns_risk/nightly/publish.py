"""The export of a night: staged before the ledger records its hashes, then published in one rename."""

import logging
import os
import shutil
from pathlib import Path

from returns_risk.errors import ExportError
from returns_risk.export.folders import export_folder
from returns_risk.export.manifest import published_source
from returns_risk.io.files import atomic_directory, hash_file, hash_files
from returns_risk.ledger import Entry
from returns_risk.monitoring.night_folders import NIGHTS, night_folder
from returns_risk.nightly.night import Night

__all__ = [
    "hash_export",
    "is_published",
    "is_staged",
    "publish",
    "remove_leftovers",
    "require_own_export",
    "settle_last_run",
]

_MANIFEST = "manifest.json"
_logger = logging.getLogger(__name__)


def publish(night: Night, run: Entry) -> None:
    """Replace the published export by the staged one in one step, and record that in the ledger.

    What people have added to the folder stays in it, and what they have changed stays as ``changed-<name>``. After a
    kill between both steps the next call finds the published export and records it.

    Raises
    ------
    ExportError
        The export cannot be written, or the published one is of another source; the former export stays.
    LedgerError
        The ledger cannot be written.
    BusyError
        Another run has taken over the lock; nothing was published.
    """
    require_own_export(night)
    if not is_staged(night, run):
        raise ExportError(
            f"{night.export}: its files were changed, and cannot be made again as they were: the extract, the "
            "parameters or the program have changed since. Restore it from a backup, or decide the night anew: --rerun."
        )
    night.ledger.require_lock()
    people = _files_of_people(night)
    with atomic_directory(night.export) as aside:
        for file in sorted(night.staged.iterdir()):
            shutil.copyfile(file, aside / file.name)
        for name, place in people.items():
            if place.is_dir() and not place.is_symlink():
                shutil.copytree(place, aside / name, symlinks=True)
            else:
                shutil.copyfile(place, aside / name, follow_symlinks=False)
    if people:
        _logger.warning("%s: kept files that are not of the run: %s", night.export, ", ".join(people))
    night.ledger.append_export(run, night.at)


def is_published(night: Night, run: Entry) -> bool:
    """Whether the published files of a run are unchanged to the byte; other files do not count."""
    return _contains(night.export, run)


def is_staged(night: Night, run: Entry) -> bool:
    """Whether the staged export is that of a run."""
    return _contains(night.staged, run)


def hash_export(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file of an export by name; empty if there is no such folder."""
    return hash_files([file for file in sorted(folder.iterdir()) if file.is_file()]) if folder.is_dir() else {}


def require_own_export(night: Night) -> None:
    """Refuse to replace the export of another source.

    Raises
    ------
    ExportError
        The published export of the day names another source in its manifest.
    """
    source = published_source(night.export)
    if source not in (None, night.source):
        raise ExportError(
            f"{night.export}: is the export of the source {source}, which a night of {night.source} would replace. Run "
            "the nights of each source in a working folder of its own."
        )


def settle_last_run(night: Night) -> None:
    """Record whether the latest run was published, where a kill prevented that.

    If its export is published, people may have acted on it, so its plans count. If it is still staged in this folder,
    it was not published, so its lines are decided anew. If it is neither, another folder may have published it, so its
    plans count as well, since no customer may be contacted twice. A run of tonight is published again in any case.
    """
    runs = night.ledger.nights(night.source)
    if not runs or night.ledger.is_exported(runs[-1]):
        return
    run, export = runs[-1], export_folder(runs[-1].as_of)
    staged = night_folder(night.source, run.as_of) / "export"
    if _hash(export / _MANIFEST) == _files(run)[_MANIFEST]:
        night.ledger.append_export(run, night.at)
    elif run.as_of == night.as_of and not night.rerun:
        return
    elif _contains(staged, run):
        _logger.warning("the export of %s was never published: its lines are decided anew", run.as_of)
    else:
        _logger.warning("the export of %s is missing; it may have been published elsewhere: its plans count", run.as_of)
        night.ledger.append_export(run, night.at)


def remove_leftovers(source: str, keep_nights: int) -> None:
    """Remove the temporary files of killed processes, and the working data of all but the latest nights.

    The caller holds the lock, so no other process writes there.
    """
    for place in [*Path("exports").glob(".*.tmp"), *Path("exports").glob("*/.*.tmp"), *NIGHTS.rglob(".*.tmp")]:
        owner = place.name.split(".")[-2]
        if owner.isdecimal() and not _is_running(int(owner)):
            shutil.rmtree(place) if place.is_dir() else place.unlink(missing_ok=True)
    for folder in sorted((NIGHTS / source).glob("as_of=*"))[:-keep_nights]:
        shutil.rmtree(folder)


def _files(run: Entry) -> dict[str, str]:
    files: dict[str, str] = run.content["summary"]["export"]["files"]
    return files


def _contains(folder: Path, run: Entry) -> bool:
    return _files(run).items() <= hash_export(folder).items()


def _files_of_people(night: Night) -> dict[str, Path]:
    """Return the files of the published export that no run has written, by the name to keep them under."""
    runs = [run for run in night.ledger.entries("run", night.source) if run.as_of == night.as_of]
    written = {file_hash for run in runs for file_hash in _files(run).values()}
    published = sorted(night.export.iterdir()) if night.export.is_dir() else []
    people = [file for file in published if file.is_dir() or file.is_symlink() or _hash(file) not in written]
    names = {file.name for file in night.staged.iterdir()}
    kept = {file.name: file for file in people if file.name not in names}
    for file in people:
        if file.name in names:
            free = (f"changed-{number}{file.name}" for number in ("", *(f"{count}-" for count in range(2, 1000))))
            kept[next(name for name in free if name not in kept)] = file
    return kept


def _is_running(process: int) -> bool:
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
