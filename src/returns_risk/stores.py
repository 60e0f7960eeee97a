"""Contract tables and other frames as Parquet files between the stages."""

from pathlib import Path

import pandas as pd

from returns_risk.errors import SourceError
from returns_risk.files import write_parquet
from returns_risk.schema import CONTRACT

__all__ = ["read_frame", "read_tables", "write_tables"]


def write_tables(folder: Path, tables: dict[str, pd.DataFrame]) -> None:
    """Write each contract table as ``<folder>/<table>.parquet``; one the source lacks, as a file without columns."""
    for name in CONTRACT:
        write_parquet(folder / f"{name}.parquet", tables.get(name, pd.DataFrame()))


def read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Read the contract tables that ``write_tables`` wrote, without those the source lacks.

    Raises
    ------
    SourceError
        A file is missing or is no Parquet.
    """
    frames = {name: read_frame(folder / f"{name}.parquet", "validate") for name in CONTRACT}
    return {name: frame for name, frame in frames.items() if len(frame.columns)}


def read_frame(file: Path, stage: str) -> pd.DataFrame:
    """Read a Parquet file that a stage wrote.

    Raises
    ------
    SourceError
        The file is missing or is no Parquet.
    """
    try:
        return pd.read_parquet(file)
    except (OSError, ValueError) as error:
        raise SourceError(f"{file}: cannot be read as Parquet. Run the {stage} stage again.") from error
