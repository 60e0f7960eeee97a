"""Where nights keep their working data, and which validated tables they left."""

from datetime import date
from pathlib import Path

from returns_risk.contract.schema import CONTRACT
from returns_risk.errors import LedgerError

__all__ = ["NIGHTS", "find_tables", "latest_tables", "night_folder"]

NIGHTS = Path("data/nightly")
_CHAIN_TABLES = Path("data/validated")


def night_folder(source: str, as_of: date | str, *, backfill: bool = False) -> Path:
    """Return the folder of a night's working data: validated tables, quarantine, features and the staged export."""
    return NIGHTS / source / f"as_of={as_of}{'-backfill' if backfill else ''}"


def latest_tables(source: str) -> tuple[date, Path]:
    """Return the as-of of the latest night that has validated tables, and their folder.

    Raises
    ------
    LedgerError
        No night has validated tables.
    """
    folders = _table_folders(source)
    if not folders:
        raise LedgerError(
            f"{NIGHTS / source}: there are no validated tables of a night. Run returns-risk nightly, or name a folder "
            "with --tables and --as-of."
        )
    return date.fromisoformat(folders[-1].parent.name.removeprefix("as_of=")), folders[-1]


def find_tables(source: str) -> Path | None:
    """Return the validated tables of the latest night, else those of the chain; None if neither exists."""
    complete = [
        folder
        for folder in (_CHAIN_TABLES, *_table_folders(source))
        if all((folder / f"{name}.parquet").exists() for name in CONTRACT)
    ]
    return complete[-1] if complete else None


def _table_folders(source: str) -> list[Path]:
    """List the validated tables of nights by date; backfills are not among them."""
    return sorted((NIGHTS / source).glob("as_of=????-??-??/validated"))
