"""One row of a table that is stored by columns."""

from dataclasses import dataclass
from typing import Any

import numpy.typing as npt
import pandas as pd

__all__ = ["Row", "columns_of"]

Columns = dict[str, npt.NDArray[Any]]


def columns_of(table: pd.DataFrame) -> Columns:
    """Return the columns of a table by name, for ``Row``."""
    return {str(name): table[name].to_numpy() for name in table}


@dataclass(frozen=True)
class Row:
    """One row of a table that is stored by columns."""

    columns: Columns
    position: int

    def value(self, name: str) -> Any:
        """Return a value, None if it or the column is missing."""
        value = self.columns[name][self.position] if name in self.columns else None
        return None if value is None or (pd.api.types.is_scalar(value) and pd.isna(value)) else value

    def number(self, name: str) -> float | None:
        """Return a number, None if it or the column is missing."""
        value = self.value(name)
        return None if value is None else float(value)

    def text(self, name: str) -> str | None:
        """Return a text on one line, None if it or the column is missing or it is empty.

        A line break in the subject of a mail would begin another header.
        """
        value = self.value(name)
        return None if value is None else " ".join(str(value).split()) or None
