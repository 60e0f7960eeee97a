"""The interventions that operations carried out, read back so that their effect shows on the following days."""

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from returns_risk.contract.days import day_number
from returns_risk.errors import SourceError
from shop_simulator.interventions import INTERVENTIONS
from shop_simulator.numbering import parse_line_id
from shop_simulator.world import Ints

__all__ = ["APPLIED_COLUMNS", "Applied", "nothing_applied", "read_applied"]

APPLIED_COLUMNS = ("line_id", "intervention", "applied_on")
"""Columns of the file: id of the line, name of the intervention, ISO date."""


@dataclass(frozen=True)
class Applied:
    """Interventions in the order of their days, arrays of shape (n_applied,)."""

    day: Ints
    """At whose beginning it was done, days since 1970-01-01."""
    order: Ints
    """Position of the order."""
    position: Ints
    """Of the line in its order, from 1."""
    intervention: Ints
    """Position in ``INTERVENTIONS``."""

    def on(self, day: int) -> tuple[Ints, Ints, Ints]:
        """Return order, position and intervention of those of one day."""
        start, end = np.searchsorted(self.day, [day, day + 1])
        return self.order[start:end], self.position[start:end], self.intervention[start:end]

    def digest(self, until: int) -> str:
        """Return a hash of all that was done before a day: equal digests, equal past."""
        end = int(np.searchsorted(self.day, until))
        columns = [self.day, self.order, self.position, self.intervention]
        return hashlib.sha256(b"".join(column[:end].astype("<i8").tobytes() for column in columns)).hexdigest()


def nothing_applied() -> Applied:
    """Return no interventions."""
    none = np.zeros(0, dtype=np.int64)
    return Applied(none, none, none, none)


def read_applied(path: Path) -> Applied:
    """Read the interventions that were carried out; a file that is not there says that none were.

    Raises
    ------
    SourceError
        A column is missing, an intervention is unknown, a line id or a date is none, or a line has two.
    """
    if not path.exists():
        return nothing_applied()
    try:
        frame = pd.read_csv(path, dtype="str", keep_default_na=False)
    except (OSError, ValueError) as error:
        raise SourceError(f"{path}: cannot be read as CSV ({str(error).splitlines()[0]}). Write it anew.") from error
    missing = [name for name in APPLIED_COLUMNS if name not in frame]
    if missing:
        raise SourceError(f"{path}: columns {missing} are missing; it has {list(frame.columns)}. Add them.")
    known = {intervention.name: number for number, intervention in enumerate(INTERVENTIONS)}
    lines = frame["line_id"].map(parse_line_id)
    days = frame["applied_on"].map(_day_number)
    _refuse(path, frame, ~frame["intervention"].isin(list(known)), "intervention", f"is none of {list(known)}")
    _refuse(path, frame, lines.isna(), "line_id", "is not an order number, a hyphen and a position")
    _refuse(path, frame, days.isna(), "applied_on", "is not a date like 2026-03-02")
    _refuse(path, frame, frame["line_id"].duplicated(), "line_id", "appears twice; a line gets one intervention")
    order, position = zip(*lines, strict=True) if len(lines) else ((), ())
    columns = [days, order, position, frame["intervention"].map(known)]
    table = np.array(columns, dtype=np.int64)
    return Applied(*table[:, np.lexsort(table[2::-1])])


def _day_number(text: str) -> int | None:
    try:
        return day_number(date.fromisoformat(text))
    except ValueError:
        return None


def _refuse(path: Path, frame: pd.DataFrame, bad: pd.Series, column: str, finding: str) -> None:
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise SourceError(
            f"{path}: {column} {finding}: {int(bad.sum())} of {len(frame)} rows, first in line {row + 2}: "
            f"{frame[column].iloc[row][:40]!r}. Correct the file."
        )
