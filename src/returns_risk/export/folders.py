"""Folders of exports."""

from datetime import date
from pathlib import Path
from typing import Literal

__all__ = ["EXPORTS", "export_folder"]

EXPORTS = Path("exports")
"""Folder of all exports; those of nights lie directly in it."""


def export_folder(as_of: date | str, kind: Literal["", "chain", "backfill", "withdrawn"] = "") -> Path:
    """Return the folder of an export: of a night, or of a ``kind`` that is for the record only."""
    return EXPORTS / kind / f"as_of={as_of}"
