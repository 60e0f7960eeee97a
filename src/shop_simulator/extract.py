"""The raw tables of a night, with a record of the faults planted in them."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from shop_simulator.world import DAY, Ints, Times, later

__all__ = ["FAULT_COLUMNS", "Extract", "plant_fault", "record_fault"]

FAULT_COLUMNS = ("fault", "file", "key", "column", "clean", "dirty", "since")


@dataclass
class Extract:
    """The raw tables of one night and the faults in them."""

    tables: dict[str, pa.Table]
    encodings: dict[str, str] = field(default_factory=dict)
    """Of files that are not UTF-8."""
    faults: list[pd.DataFrame] = field(default_factory=list)

    def ledger(self) -> pd.DataFrame:
        """Return all planted faults, one row each, with ``FAULT_COLUMNS``."""
        if not self.faults:
            return pd.DataFrame({name: pd.Series(dtype="str") for name in FAULT_COLUMNS})
        return pd.concat(self.faults, ignore_index=True)[list(FAULT_COLUMNS)]


def record_fault(
    extract: Extract,
    kind: str,
    file: str,
    keys: pa.Array,
    column: str,
    clean: list[object] | pa.Array,
    dirty: list[object] | pa.Array,
    event: Times,
) -> None:
    """Record planted faults; they show in the extracts from the day after their event."""
    following = later(event.astype("M8[D]"), DAY)
    extract.faults.append(
        pd.DataFrame(
            {
                "fault": kind,
                "file": file,
                "key": pd.Series(keys.to_pylist(), dtype="str"),
                "column": column,
                "clean": pd.Series([str(value) for value in clean], dtype="str"),
                "dirty": pd.Series([str(value) for value in dirty], dtype="str"),
                "since": pd.Series(np.datetime_as_string(following), dtype="str"),
            }
        )
    )


def plant_fault(
    extract: Extract, kind: str, file: str, column: str, rows: Ints, values: pa.Array, keys: pa.Array, event: Times
) -> None:
    """Write faulty values into some rows of a column and record them by their keys."""
    table = extract.tables[file]
    previous = table.column(column).combine_chunks()
    mask = np.zeros(len(previous), dtype=bool)
    mask[rows] = True
    changed = pc.replace_with_mask(previous, pa.array(mask), values.cast(previous.type))
    extract.tables[file] = table.set_column(table.column_names.index(column), column, changed)
    # As written in the file: 274 and not 274.0.
    clean = pc.cast(previous.take(pa.array(rows)), pa.string()).to_pylist()
    record_fault(extract, kind, file, keys, column, clean, pc.cast(values, pa.string()).to_pylist(), event)
