"""What a folder of kept history holds: its segments, the days they cover and the sums of these days."""

from datetime import date
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pydantic import ValidationError

from returns_risk.config.yaml_files import Frozen
from returns_risk.errors import HistoryError

__all__ = ["VERSION", "DaySum", "KeptEntity", "Manifest", "Segment", "plan_segments", "read_manifest", "segment_file"]

VERSION = 1


class KeptEntity(Frozen):
    """What the tiles of an entity are of."""

    key: tuple[str, ...]
    sizes: bool


class Segment(Frozen):
    """Tiles of the days from ``first`` until before ``until``."""

    number: int
    first: int
    until: int


class DaySum(NamedTuple):
    """Number of events of a day, and one number that any change of them changes."""

    day: int
    events: int
    digest: int


class Manifest(Frozen):
    """What is kept, and as of which day."""

    version: int
    as_of: date
    time_zone: str
    columns: tuple[str, ...]
    """Of the order lines, that the sums of the days are made from."""
    entities: dict[str, KeptEntity]
    reasons: tuple[str, ...]
    """By their numbers in the words."""
    segments: tuple[Segment, ...]
    """By their days, which follow each other."""
    days: tuple[DaySum, ...]


def read_manifest(folder: Path) -> Manifest:
    """Read what is kept.

    Raises
    ------
    HistoryError
        There is nothing, or nothing that this version can read.
    """
    file = folder / "manifest.json"
    if not file.exists():
        raise HistoryError(f"{folder}: there is no history yet. Run returns-risk history rebuild.")
    try:
        manifest = Manifest.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise HistoryError(f"{file}: cannot be read. Run returns-risk history rebuild.") from error
    if manifest.version != VERSION:
        raise HistoryError(
            f"{file}: is of version {manifest.version}, not {VERSION}. Run returns-risk history rebuild."
        )
    return manifest


def plan_segments(
    former: tuple[Segment, ...], days: list[DaySum], changed: npt.NDArray[np.int64], added: tuple[int, int], number: int
) -> list[Segment]:
    """Say which segments there will be; those to be written are numbered from ``number`` on.

    Parameters
    ----------
    days : sums of all days
    changed : days whose tiles are made anew
    added : first day that was not kept before, and the first that will not be
    """
    ranges = [(one.first, one.until) for one in former]
    if added[1] > added[0]:
        ranges.append(added)
    sizes = [sum(one.events for one in days if first <= one.day < until) for first, until in ranges]
    while len(ranges) > 1 and (sizes[-1] == 0 or sizes[-2] < 2 * sizes[-1]):
        ranges[-2:] = [(ranges[-2][0], ranges[-1][1])]
        sizes[-2:] = [sizes[-2] + sizes[-1]]
    planned = []
    for first, until in ranges:
        inside = [one for one in former if first <= one.first < until]
        if len(inside) == 1 and not ((changed >= first) & (changed < until)).any():
            planned.append(inside[0].model_copy(update={"until": until}))
        else:
            planned.append(Segment(number=number + len(planned), first=first, until=until))
    return planned


def segment_file(folder: Path, entity: str, segment: Segment) -> Path:
    """Return the place of an entity's tiles."""
    return folder / entity / f"{segment.number:06d}.parquet"
