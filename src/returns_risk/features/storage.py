"""Feature tables and the definitions behind them, as files."""

import tempfile
import threading
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.params import FeaturizeParams
from returns_risk.config.yaml_files import load_yaml
from returns_risk.errors import ParamsError
from returns_risk.features.feature_set import FeatureSet
from returns_risk.io.files import atomic_file, write_text
from returns_risk.snapshot import Rows, Snapshot

__all__ = ["ROW_GROUP", "Spill", "read_frozen", "write_feature_tables", "write_features", "write_frozen"]

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
    training = snapshot.training_rows(params.warm_up_days)
    write_features(folder / "training.parquet", snapshot.labels(training), feature_set, snapshot, training)
    candidates = snapshot.candidates(params.open_days)
    write_features(folder / "candidates.parquet", snapshot.ids(candidates), feature_set, snapshot, candidates)


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
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Brings numba along, which need not be loaded where definitions are only read.
    from returns_risk.features.build import compute_features, line_features

    names = feature_set.names
    if both := [name for name in names if name in ids.columns]:
        raise ParamsError(f"features/definitions/*.yaml: columns {both} have the names of ids. Give them other names.")
    with atomic_file(file) as aside, Spill(file.parent) as spill:
        compute_features(feature_set.definitions, snapshot, rows, spill.take)
        writer = None
        for start in range(0, max(len(rows), 1), ROW_GROUP):
            part = slice(start, min(start + ROW_GROUP, len(rows)))
            columns = spill.read(part) | line_features(feature_set.definitions, snapshot, rows[part])
            part_ids = ids.iloc[part].reset_index(drop=True)
            frame = pd.concat([part_ids, pd.DataFrame({name: columns[name] for name in names}, copy=False)], axis=1)
            table = pa.Table.from_pandas(frame, schema=writer and writer.schema, preserve_index=False)
            writer = writer or pq.ParquetWriter(aside, table.schema, compression="zstd")
            writer.write_table(table)
        if writer is not None:
            writer.close()


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

    def read(self, part: slice) -> dict[str, Values | pd.Series]:
        """Return a range of rows of all columns."""
        from returns_risk.history.sorts import transpose

        columns: dict[str, Values | pd.Series] = {}
        for names, file in self._blocks:
            width = len(names) * np.dtype(np.float32).itemsize
            file.seek(part.start * width)
            rows = np.fromfile(file, dtype=np.float32, count=(part.stop - part.start) * len(names))
            columns.update(zip(names, transpose(rows.reshape(-1, len(names))), strict=True))
        return columns
