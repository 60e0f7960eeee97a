"""The columns of sizes and fit: by how much a line's size is expected to be off, and how its style runs."""

import numpy as np
import numpy.typing as npt

from returns_risk.features.fit_definitions import FIT_COLUMNS, FitDefinition, FittedFit
from returns_risk.features.fit_kernel import READ
from returns_risk.features.fit_lines import FitLines, find_rows, prepare_lines, read_lines, starting_values
from returns_risk.snapshot import Rows, Snapshot

__all__ = ["compute_fit", "fit_columns"]

Values = npt.NDArray[np.float32]


def fit_columns(definition: FitDefinition, snapshot: Snapshot, rows: Rows) -> Values:
    """Compute the columns of rows, float32 of shape (n_rows, len(FIT_COLUMNS)); NaN where a line has no size."""
    values = starting_values(definition, snapshot.tables["products"])
    return compute_fit(values, prepare_lines(definition, snapshot), rows)


def compute_fit(values: FittedFit, lines: FitLines, rows: Rows) -> Values:
    """Compute the columns from prepared lines, as ``fit_columns``."""
    block = np.full((len(rows), len(FIT_COLUMNS)), np.nan, dtype=np.float32)
    place, sized = find_rows(lines, rows)
    read = dict(zip(READ, read_lines(values, lines, place, rows.as_of[sized]).T, strict=True))
    outcomes = read["style_too_small"] + read["style_kept"] + read["style_too_large"]
    spread = np.sqrt(read["variance"])
    columns = [read["mean"], spread, read["too_small"], read["too_large"], read["offset"], outcomes]
    block[sized] = np.column_stack(columns)
    return block
