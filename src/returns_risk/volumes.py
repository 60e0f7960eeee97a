"""How many rows each table had in the last run that passed, so that a collapse is noticed."""

import json
from datetime import date
from pathlib import Path

import pandas as pd

from returns_risk.errors import SourceError
from returns_risk.files import write_json

__all__ = ["read_volumes", "write_volumes"]


def read_volumes(file: Path, as_of: date) -> dict[str, int] | None:
    """Return the rows by table of the last run that passed, None where there was none up to ``as_of``.

    Raises
    ------
    SourceError
        The file is damaged.
    """
    if not file.exists():
        return None
    try:
        content = json.loads(file.read_bytes())
        return content["rows"] if date.fromisoformat(content["as_of"]) <= as_of else None
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{file}: is damaged. Remove it; the next run counts anew.") from error


def write_volumes(file: Path, as_of: date, tables: dict[str, pd.DataFrame]) -> None:
    """Remember the rows of each table."""
    write_json(file, {"as_of": as_of.isoformat(), "rows": {name: len(frame) for name, frame in tables.items()}})
