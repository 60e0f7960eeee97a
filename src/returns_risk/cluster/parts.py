"""Parquet files in parts: read and written by many workers, joined by the driver."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from returns_risk.errors import SourceError
from returns_risk.features.storage import ROW_GROUP, open_writer

if TYPE_CHECKING:
    import dask.dataframe as dd

__all__ = ["join_parts", "read_row_groups", "write_candidates", "write_part"]

_IDS = ["line_id", "order_id", "customer_id", "sku", "ordered_on", "as_of"]
_LABELS = ["closes_on", "returned", "returned_on", "reason"]


def read_row_groups(file: Path) -> "dd.DataFrame":
    """Read a Parquet file that a stage wrote, a row group a partition, with the ``position`` of each row.

    Raises
    ------
    SourceError
        The file is missing or is no Parquet.
    """
    import dask.dataframe as dd
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file) as parquet:
            lengths = [parquet.metadata.row_group(group).num_rows for group in range(parquet.num_row_groups)]
            empty = parquet.schema_arrow.empty_table().to_pandas()
    except (OSError, pa.ArrowException) as error:
        raise SourceError(f"{file}: cannot be read as Parquet. Run the stage that writes it again.") from error
    starts = [sum(lengths[:group]) for group in range(len(lengths))]
    meta = empty.assign(position=pd.Series([], dtype="int64"))
    if not lengths:
        return dd.from_pandas(meta, npartitions=1)
    return dd.from_map(_read_row_group, range(len(lengths)), starts, file=file.resolve(), meta=meta)


def write_part(part: pd.DataFrame, folder: Path, names: list[str]) -> pd.DataFrame:
    """Write the training rows of a part, if it has any, and return the candidates: ids and features."""
    training = part[~part["is candidate"].to_numpy(dtype=bool)]
    if len(training):
        import pyarrow as pa
        from pyarrow import feather

        table = pa.Table.from_pandas(training[[*_IDS, *_LABELS, *names]], preserve_index=False)
        # Parts are joined in the order of their names. Parquet would turn days into milliseconds.
        feather.write_feather(table, folder / f"{training.index[0]:020d}.arrow", compression="zstd")
    return part.loc[part["is candidate"].to_numpy(dtype=bool), [*_IDS, *names]]


def join_parts(files: list[Path], out: Path) -> None:
    """Join parts in row groups as ``write_features`` writes them."""
    import pyarrow as pa
    from pyarrow import feather

    waiting: list[pa.Table] = []
    with open_writer(out, feather.read_table(files[0]).schema) as writer:
        for file in files:
            waiting.append(feather.read_table(file))
            while sum(len(table) for table in waiting) >= ROW_GROUP:
                joined = pa.concat_tables(waiting)
                writer.write_table(joined.slice(0, ROW_GROUP).combine_chunks())
                waiting = [joined.slice(ROW_GROUP)]
        if any(len(table) for table in waiting):
            writer.write_table(pa.concat_tables(waiting).combine_chunks())


def write_candidates(candidates: pd.DataFrame, out: Path) -> None:
    """Write the candidates in row groups as ``write_features`` writes them."""
    import pyarrow as pa

    table = pa.Table.from_pandas(candidates, preserve_index=False)
    with open_writer(out, table.schema) as writer:
        writer.write_table(table, row_group_size=ROW_GROUP)


def _read_row_group(group: int, start: int, file: Path) -> pd.DataFrame:
    import pyarrow.parquet as pq

    with pq.ParquetFile(file) as parquet:
        frame: pd.DataFrame = parquet.read_row_group(group, use_threads=False).to_pandas()
    return frame.assign(position=range(start, start + len(frame)))
