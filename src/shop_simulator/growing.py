"""Tables that only grow: the memory of the shop, column by column."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from shop_simulator.world import Ints

__all__ = ["Table"]


class Table:
    """Rows of fixed columns; appending costs amortised constant time, values may be changed in place."""

    def __init__(self, types: Mapping[str, npt.DTypeLike]) -> None:
        self._columns: dict[str, npt.NDArray[Any]] = {name: np.empty(0, dtype) for name, dtype in types.items()}
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        """Return a view of one column; a later ``append`` may leave it behind."""
        return self._columns[name][: self._length]

    @property
    def names(self) -> list[str]:
        """Columns in their order."""
        return list(self._columns)

    def append(self, values: Mapping[str, npt.ArrayLike]) -> Ints:
        """Add rows, every column given, scalars for all of them alike; return the positions of the new rows."""
        if set(values) != set(self._columns):
            raise KeyError(sorted(set(values) ^ set(self._columns)))
        count = max(len(value) for value in values.values() if isinstance(value, np.ndarray))
        end = self._length + count
        for name, value in values.items():
            self._room(name, end)[self._length : end] = value
        self._length = end
        return np.arange(end - count, end)

    def _room(self, name: str, length: int) -> npt.NDArray[Any]:
        column = self._columns[name]
        if len(column) < length:
            larger = np.empty((max(length, int(1.5 * len(column)), 64), *column.shape[1:]), column.dtype)
            larger[: self._length] = column[: self._length]
            self._columns[name] = larger
        return self._columns[name]
