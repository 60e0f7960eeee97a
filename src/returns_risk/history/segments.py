"""Tiles of some days as a Parquet file: ``key``, ``word``, ``money`` and, where kept, ``size``, by key and day."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from returns_risk.errors import HistoryError
from returns_risk.history.tiles import Tiles
from returns_risk.io.files import atomic_file

if TYPE_CHECKING:
    import pyarrow.parquet as pq

__all__ = ["read_segment", "write_segment"]

Array = npt.NDArray[Any]
_ROW_GROUP = 2**19


def write_segment(file: Path, tiles: Tiles) -> None:
    """Write tiles; their size is left out where it is not kept."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns: dict[str, Array] = {
        "key": np.repeat(tiles.key, np.diff(tiles.begins)),
        "word": tiles.word,
        "money": tiles.money,
    }
    if len(tiles.size):
        columns["size"] = tiles.size
    # Read every night, written once: plain LZ4 is read at the speed of memory and is a third of the bytes.
    schema = pa.schema([pa.field(name, pa.from_numpy_dtype(column.dtype), False) for name, column in columns.items()])
    with atomic_file(file) as aside:
        pq.write_table(
            pa.table(columns, schema=schema), aside, row_group_size=_ROW_GROUP, compression="lz4", use_dictionary=False
        )


def read_segment(file: Path, keys: npt.NDArray[np.uint64] | None = None) -> Tiles:
    """Read tiles, of all keys or of some.

    Parameters
    ----------
    keys : ascending, without duplicates; None for all

    Raises
    ------
    HistoryError
        The file is missing or damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file, memory_map=True) as parquet:
            parts = [_read_group(parquet, group, keys) for group in range(parquet.num_row_groups)]
    except (OSError, pa.ArrowException) as error:
        raise HistoryError(
            f"{file}: cannot be read as tiles ({type(error).__name__}). Run returns-risk history rebuild."
        ) from error
    parts.append(_no_rows())
    key, word, money, size = (np.concatenate(column) for column in zip(*parts, strict=True))
    first = np.flatnonzero(np.append(True, key[1:] != key[:-1])) if len(key) else np.zeros(0, dtype=np.int64)
    return Tiles(key[first], np.append(first, len(key)), word, money, size)


def _read_group(parquet: "pq.ParquetFile", group: int, keys: npt.NDArray[np.uint64] | None) -> tuple[Array, ...]:
    key = _column(parquet, group, "key")
    if keys is None:
        chosen = None
    else:
        places = np.searchsorted(key, keys, side="left"), np.searchsorted(key, keys, side="right")
        chosen = _ranges(*places)
        if not len(chosen):
            return _no_rows()
    names = ["word", "money", "size"] if "size" in parquet.schema_arrow.names else ["word", "money"]
    columns = [key, *(_column(parquet, group, name) for name in names)]
    if chosen is not None:
        columns = [column[chosen] for column in columns]
    return (*columns, np.zeros(0, dtype=np.int32)) if len(names) == 2 else tuple(columns)


def _column(parquet: "pq.ParquetFile", group: int, name: str) -> Array:
    return np.asarray(parquet.read_row_group(group, columns=[name], use_threads=False).column(0).to_numpy())


def _ranges(begins: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return all positions of some ranges, one range after the other."""
    lengths = ends - begins
    until = np.cumsum(lengths)
    shifts = np.repeat(begins - (until - lengths), lengths)
    places: npt.NDArray[np.int64] = np.arange(len(shifts)) + shifts
    return places


def _no_rows() -> tuple[Array, ...]:
    nothing = np.zeros(0, dtype=np.int64)
    return nothing.astype(np.uint64), nothing, nothing, nothing.astype(np.int32)
