"""Feature tables and the definitions behind them, as files."""

import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.params import FeaturizeParams
from returns_risk.config.yaml_files import load_yaml
from returns_risk.errors import ParamsError
from returns_risk.features.feature_set import FeatureSet
from returns_risk.io.files import atomic_file, write_text
from returns_risk.snapshot import Rows, Snapshot

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

__all__ = ["ROW_GROUP", "Spill", "open_writer", "read_frozen", "write_feature_tables", "write_features", "write_frozen"]

Values = npt.NDArray[np.float32]
ROW_GROUP = 2**17
"""Rows."""


def write_feature_tables(folder: Path, feature_set: FeatureSet, snapshot: Snapshot, params: FeaturizeParams) -> None:
    """Write ``training.parquet`` and ``candidates.parquet``.

    Parameters
    ----------
    feature_set : without features the source lacks the columns for (``drop_unavailable``)

    Raises
    ------
    LabelError
        No line is matured.
    """
    training, candidates = snapshot.training_rows(params.warm_up_days), snapshot.candidates(params.open_days)
    # Computed together, so that each entity's history is gone through once.
    tables = [(folder / "training.parquet", snapshot.labels(training), training)]
    tables += [(folder / "candidates.parquet", snapshot.ids(candidates), candidates)]
    _write_tables(tables, feature_set, snapshot)


def write_features(file: Path, ids: pd.DataFrame, feature_set: FeatureSet, snapshot: Snapshot, rows: Rows) -> None:
    """Compute features and write them as Parquet: ids (and labels) first, then features in catalogue order.

    Each entity's columns are spilled to disk as soon as they are computed, so that memory holds those of a few
    entities only.

    Parameters
    ----------
    ids : of ``rows``

    Raises
    ------
    ParamsError
        A feature has the name of an id.
    ExportError
        The file cannot be written.
    """
    _write_tables([(file, ids, rows)], feature_set, snapshot)


def _write_tables(tables: list[tuple[Path, pd.DataFrame, Rows]], feature_set: FeatureSet, snapshot: Snapshot) -> None:
    """Write several tables, given as file, ids and rows, of which the columns are computed together."""
    # Brings numba along, which need not be loaded where definitions are only read.
    from returns_risk.features.build import compute_features

    taken = {name for _, ids, _ in tables for name in ids.columns}
    if both := [name for name in feature_set.names if name in taken]:
        raise ParamsError(f"features/definitions/*.yaml: columns {both} have the names of ids. Give them other names.")
    every = [rows for _, _, rows in tables]
    together = Rows(np.concatenate([rows.position for rows in every]), np.concatenate([rows.as_of for rows in every]))
    folder = tables[0][0].parent
    folder.mkdir(parents=True, exist_ok=True)
    with Spill(folder) as spill:
        compute_features(feature_set.definitions, snapshot, together, spill.take)
        begin = 0
        for file, ids, rows in tables:
            with atomic_file(file) as aside:
                _write_table(aside, ids, feature_set, snapshot, rows, partial(spill.read, begin=begin))
            begin += len(rows)


def _write_table(
    file: Path,
    ids: pd.DataFrame,
    feature_set: FeatureSet,
    snapshot: Snapshot,
    rows: Rows,
    read: Callable[[slice], dict[str, Values | pd.Series]],
) -> None:
    """Write one table; each row group is compressed while the next is put together."""
    import pyarrow as pa

    from returns_risk.features.build import line_features

    names, writer = feature_set.names, None
    written: Future[None] | None = None
    with ThreadPoolExecutor(max_workers=1) as pool:
        for start in range(0, max(len(rows), 1), ROW_GROUP):
            part = slice(start, min(start + ROW_GROUP, len(rows)))
            columns = read(part) | line_features(feature_set.definitions, snapshot, rows[part])
            part_ids = ids.iloc[part].reset_index(drop=True)
            frame = pd.concat([part_ids, pd.DataFrame({name: columns[name] for name in names}, copy=False)], axis=1)
            table = pa.Table.from_pandas(frame, schema=writer and writer.schema, preserve_index=False)
            writer = writer or open_writer(file, table.schema)
            if written is not None:
                written.result()
            written = pool.submit(writer.write_table, table)
    if writer is not None and written is not None:
        written.result()
        writer.close()


def open_writer(file: Path, schema: "pa.Schema") -> "pq.ParquetWriter":
    """Open a Parquet file of features for writing: texts by a dictionary; for numbers one costs more than it saves."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    texts = [field.name for field in schema if pa.types.is_large_string(field.type) or pa.types.is_string(field.type)]
    return pq.ParquetWriter(file, schema, compression="zstd", use_dictionary=texts)


def write_frozen(file: Path, definitions: FeatureSet) -> None:
    """Write the definitions that a feature table was computed from."""
    write_text(file, definitions.model_dump_json(indent=1, exclude_none=True) + "\n")


def read_frozen(file: Path) -> FeatureSet:
    """Read the definitions that ``write_frozen`` wrote."""
    return load_yaml(file, FeatureSet)


class Spill:
    """Blocks of columns on disk, in files without a name: they are gone with the process, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._blocks: list[tuple[list[str], IO[bytes]]] = []
        self._lock = threading.Lock()

    def __enter__(self) -> "Spill":
        return self

    def __exit__(self, *_: object) -> None:
        for _names, file in self._blocks:
            file.close()

    def take(self, names: list[str], block: Values) -> None:
        """Write a block of shape (n_rows, n_columns) to disk."""
        file = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - closed on leaving
        with self._lock:
            self._blocks.append((names, file))
        block.tofile(file)

    def read(self, part: slice, begin: int = 0) -> dict[str, Values | pd.Series]:
        """Return a range of rows, counted from row ``begin``, of all columns."""
        from returns_risk.history.sorts import transpose

        columns: dict[str, Values | pd.Series] = {}
        for names, file in self._blocks:
            width = len(names) * np.dtype(np.float32).itemsize
            file.seek((begin + part.start) * width)
            rows = np.fromfile(file, dtype=np.float32, count=(part.stop - part.start) * len(names))
            columns.update(zip(names, transpose(rows.reshape(-1, len(names))), strict=True))
        return columns
