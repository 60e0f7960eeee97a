"""Contract tables and other frames as Parquet files between the stages."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.contract.schema import CONTRACT
from returns_risk.errors import SourceError
from returns_risk.io.files import write_parquet

__all__ = ["list_columns", "read_frame", "read_rows", "read_tables", "write_tables"]


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


def list_columns(file: Path, stage: str) -> list[str]:
    """Name the columns of a Parquet file that a stage wrote, without reading any.

    Raises
    ------
    SourceError
        The file is missing or is no Parquet.
    """
    import pyarrow.parquet as pq

    try:
        return [str(name) for name in pq.read_schema(file).names]
    except (OSError, ValueError) as error:
        raise _unreadable(file, stage) from error


def read_frame(file: Path, stage: str, columns: list[str] | None = None) -> pd.DataFrame:
    """Read a Parquet file that a stage wrote, or some of its columns.

    Raises
    ------
    SourceError
        The file is missing, is no Parquet or has no such column.
    """
    try:
        return pd.read_parquet(file, columns=columns)
    except (OSError, ValueError) as error:
        raise _unreadable(file, stage) from error


def read_rows(file: Path, stage: str, chosen: npt.NDArray[np.bool_], columns: list[str] | None = None) -> pd.DataFrame:
    """Read some rows of a Parquet file that a stage wrote; memory holds no more than these and a row group.

    Parameters
    ----------
    chosen : of each row of the file, shape (n_rows,)

    Raises
    ------
    SourceError
        As ``read_frame``.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file) as parquet:
            wanted = parquet.schema_arrow.names if columns is None else columns
            parts, start = [parquet.schema_arrow.empty_table().select(wanted)], 0
            for group in range(parquet.num_row_groups):
                end = start + parquet.metadata.row_group(group).num_rows
                if chosen[start:end].any():
                    parts.append(parquet.read_row_group(group, columns=wanted).filter(pa.array(chosen[start:end])))
                start = end
            frame: pd.DataFrame = pa.concat_tables(parts).to_pandas(split_blocks=True, self_destruct=True)
            return frame.reset_index(drop=True)
    except (OSError, KeyError, pa.ArrowException) as error:
        raise _unreadable(file, stage) from error


def _unreadable(file: Path, stage: str) -> SourceError:
    return SourceError(f"{file}: cannot be read as Parquet. Run the {stage} stage again.")
