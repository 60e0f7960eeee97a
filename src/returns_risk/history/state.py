"""The kept history: tiles of all entities up to a day, and how they are brought to the next.

A folder holds segments, each the tiles of some days in one file per entity, and ``manifest.json``. Files never change;
the manifest names those that count, and replacing it is the one step by which a change takes place. Of days that follow
each other a segment is merged into the one before as soon as it is half as large, as when counting in binary: n nights
write every tile O(log n) times and leave O(log n) segments.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import reduce
from pathlib import Path

import numpy as np
import numpy.typing as npt

from returns_risk.contract.days import day_number
from returns_risk.errors import HistoryError
from returns_risk.history.events import Events
from returns_risk.history.manifest import (
    VERSION,
    DaySum,
    KeptEntity,
    Manifest,
    Segment,
    plan_segments,
    read_manifest,
    segment_file,
)
from returns_risk.history.segments import read_segment, write_segment
from returns_risk.history.tiles import (
    Tiles,
    day_sums,
    events_of_days,
    merge_tiles,
    no_tiles,
    renumber_reasons,
    within_days,
    without_days,
)
from returns_risk.io.files import locked, write_text

__all__ = [
    "Change",
    "Difference",
    "Known",
    "append",
    "check",
    "read_tiles",
    "rebuild",
]

Days = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Known:
    """All that is known at the as-of: what the kept history has to say."""

    as_of: date
    time_zone: str
    columns: tuple[str, ...]
    entities: dict[str, KeptEntity]
    events: Events
    """Of the days before the as-of."""
    reasons: tuple[str, ...]
    """By their numbers in the events."""
    digests: npt.NDArray[np.uint64]
    """Hash of each order line's ``columns``."""
    sum_up: Callable[[str, Events], Tiles]
    """Sums some of the events up by the keys of an entity."""


@dataclass(frozen=True)
class Change:
    """What a change of the kept history did."""

    added: int
    """Days with events since the former as-of."""
    rebuilt: list[int]
    """Days before it whose events are others than were kept: late or corrected rows."""
    events: int
    """Events of these days together."""
    written: int
    """Segments written anew."""
    segments: int
    """Segments there are now."""


@dataclass(frozen=True)
class Difference:
    """An entity whose kept tiles are not what the tables say."""

    entity: str
    keys: int
    """Keys with other tiles."""
    of: int


def rebuild(folder: Path, known: Known) -> Change:
    """Sum up all events and replace what is kept.

    Raises
    ------
    HistoryError
        Another process is at it.
    """
    with _held(folder):
        number = 1 + max((int(file.stem) for file in folder.glob("*/*.parquet") if file.stem.isdigit()), default=0)
        return _bring(folder, known, _empty(known), number)


def append(folder: Path, known: Known) -> Change:
    """Bring what is kept to the as-of: its new days, and former ones whose events are others by now.

    A row that was recorded late is an event of the day it was recorded on where the source says so; then nothing
    before changes. In any case the sums of all days are compared, so that rows that came late, were corrected or
    vanished are found, and the tiles of their days are made anew. Without any change nothing is written.

    Raises
    ------
    HistoryError
        There is no history, it is later than the as-of or of other definitions, or another process is at it.
    """
    with _held(folder):
        manifest = read_manifest(folder)
        _require_same(folder, manifest, known)
        if manifest.as_of > known.as_of:
            raise HistoryError(
                f"{folder}: the history is of {manifest.as_of}, later than {known.as_of}. Correct as_of in "
                "params.yaml, or run returns-risk history rebuild to go back."
            )
        return _bring(folder, known, manifest, 1 + max((one.number for one in manifest.segments), default=0))


def check(folder: Path, known: Known) -> list[Difference]:
    """Sum up all events and hold what is kept against them, to the last tile.

    Returns
    -------
    The entities that differ; none where all is well.

    Raises
    ------
    HistoryError
        There is no history, it is of another day or other definitions, or a file is missing or damaged.
    """
    manifest = read_manifest(folder)
    _require_same(folder, manifest, known)
    if manifest.as_of != known.as_of:
        raise HistoryError(
            f"{folder}: the history is of {manifest.as_of}, not of {known.as_of}. Run returns-risk history append."
        )
    events = renumber_reasons(known.events, _numbers(known.reasons, _joined(manifest.reasons, known.reasons)))
    found = []
    for entity in manifest.entities:
        expected = known.sum_up(entity, events)
        same = expected.same_as(_read(folder, entity, manifest.segments))
        if not same.all():
            found.append(Difference(entity, int((~same).sum()), len(expected.key)))
    return found


def _require_same(folder: Path, manifest: Manifest, known: Known) -> None:
    """Refuse a history that was made by other definitions.

    Raises
    ------
    HistoryError
        Entities, columns or time zone differ.
    """
    for what, kept, asked in [
        ("time zone", manifest.time_zone, known.time_zone),
        ("columns", manifest.columns, known.columns),
        *(
            (f"entity {name}", manifest.entities.get(name), known.entities.get(name))
            for name in sorted({*manifest.entities, *known.entities})
        ),
    ]:
        if kept != asked:
            raise HistoryError(
                f"{folder}: {what} of the history is {kept or 'not there'}, the definitions have {asked or 'none'}. "
                "Run returns-risk history rebuild."
            )


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    try:
        with locked(folder / ".lock"):
            yield
    except BlockingIOError as error:
        raise HistoryError(
            f"{folder}: {error.filename2 or 'another process'} is changing the history. Wait until it has ended."
        ) from error


def _empty(known: Known) -> Manifest:
    return Manifest(
        version=VERSION,
        as_of=date(1970, 1, 1),
        time_zone=known.time_zone,
        columns=known.columns,
        entities=known.entities,
        reasons=(),
        segments=(),
        days=(),
    )


def _bring(folder: Path, known: Known, former: Manifest, number: int) -> Change:
    reasons = _joined(former.reasons, known.reasons)
    events = renumber_reasons(known.events, _numbers(known.reasons, reasons))
    days = [DaySum(*map(int, one)) for one in zip(*day_sums(events, known.digests), strict=True)]
    before, until = day_number(former.as_of), day_number(known.as_of)
    rebuilt = sorted({one.day for one in {*former.days} ^ {*days} if one.day < before})
    changed = np.array([*rebuilt, *(one.day for one in days if one.day >= before)], dtype=np.int64)
    segments = plan_segments(former.segments, days, changed, (before, until), number)
    fresh = [one for one in segments if one.number >= number]
    _write(folder, known, former, fresh, events_of_days(events, changed), changed)
    manifest = former.model_copy(
        update={
            "as_of": known.as_of,
            "reasons": reasons,
            "segments": tuple(segments),
            "days": tuple(days),
        }
    )
    if manifest != former:
        write_text(folder / "manifest.json", manifest.model_dump_json() + "\n")
    _clean(folder, manifest)
    some = int(sum(one.events for one in days if one.day >= before or one.day in {*rebuilt}))
    return Change(len(changed) - len(rebuilt), rebuilt, some, len(fresh), len(segments))


def _write(folder: Path, known: Known, former: Manifest, fresh: list[Segment], news: Events, changed: Days) -> None:
    """Write segments from what was kept of their days and the events of the days that have changed."""

    def write(entity: str) -> None:
        tiles = known.sum_up(entity, news)
        for segment in fresh:
            inside = [one for one in former.segments if segment.first <= one.first < segment.until]
            kept = without_days(_read(folder, entity, inside), changed)
            whole = merge_tiles(kept, within_days(tiles, segment.first, segment.until))
            write_segment(segment_file(folder, entity, segment), whole)

    with ThreadPoolExecutor(max_workers=len(os.sched_getaffinity(0))) as pool:
        list(pool.map(write, known.entities))


def read_tiles(folder: Path, manifest: Manifest, entity: str, keys: npt.NDArray[np.uint64]) -> Tiles:
    """Read the tiles of some keys of an entity.

    Parameters
    ----------
    keys : ascending, without duplicates

    Raises
    ------
    HistoryError
        A file is missing or damaged.
    """
    return _read(folder, entity, manifest.segments, keys)


def _read(folder: Path, entity: str, segments: Sequence[Segment], keys: npt.NDArray[np.uint64] | None = None) -> Tiles:
    parts = [read_segment(segment_file(folder, entity, segment), keys) for segment in segments]
    return reduce(merge_tiles, parts) if parts else no_tiles()


def _joined(former: tuple[str, ...], reasons: tuple[str, ...]) -> tuple[str, ...]:
    """Return the reasons by the numbers they have and, if they are new, will have."""
    return (*former, *(reason for reason in reasons if reason not in former))


def _numbers(reasons: tuple[str, ...], joined: tuple[str, ...]) -> Days:
    return np.array([joined.index(reason) for reason in reasons], dtype=np.int64)


def _clean(folder: Path, manifest: Manifest) -> None:
    """Remove the files that the manifest does not name: those replaced, and what a run that was killed left."""
    named = {segment_file(folder, entity, segment) for entity in manifest.entities for segment in manifest.segments}
    for file in folder.glob("*/*"):
        if file not in named:
            file.unlink()
    for entity in folder.iterdir():
        if entity.is_dir() and not any(entity.iterdir()):
            entity.rmdir()
