"""Where the products of the stages are, and how they are read and written."""

from pathlib import Path

import pandas as pd

from returns_risk.errors import ParamsError, SourceError
from returns_risk.feature_groups import Definitions
from returns_risk.files import write_parquet, write_text
from returns_risk.params import load_yaml
from returns_risk.schema import CONTRACT

__all__ = ["read_frame", "read_frozen", "read_tables", "write_frozen", "write_rows", "write_tables"]


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


def write_rows(file: Path, ids: pd.DataFrame, features: pd.DataFrame) -> None:
    """Write rows as Parquet: ids (and labels) first, then features.

    Raises
    ------
    ParamsError
        A feature has the name of an id.
    """
    both = [name for name in features.columns if name in ids.columns]
    if both:
        raise ParamsError(f"features/*.yaml: columns {both} have the names of ids. Give them other names.")
    write_parquet(file, pd.concat([ids, features], axis=1))


def write_frozen(file: Path, definitions: Definitions) -> None:
    """Write the definitions that a feature table was computed from."""
    write_text(file, definitions.model_dump_json(indent=1, exclude_none=True) + "\n")


def read_frozen(file: Path) -> Definitions:
    """Read what ``write_frozen`` wrote."""
    return load_yaml(file, Definitions)
