"""Order lines as numbers, so that rules compare a million of them with each other in parts of a second."""

from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["CodedLines"]

Codes = npt.NDArray[np.int64]


class CodedLines:
    """Order lines whose ids are the numbers of their first occurrence; each column is made when a rule asks for it."""

    def __init__(self, lines: pd.DataFrame) -> None:
        self.frame = lines

    @cached_property
    def order(self) -> Codes:
        """Number of the order, shape (n_lines,)."""
        return self._codes("order_id")

    @cached_property
    def customer(self) -> Codes:
        """Number of the customer, shape (n_lines,)."""
        return self._codes("customer_id")

    @cached_property
    def sku(self) -> Codes:
        """Number of the item, shape (n_lines,)."""
        return self._codes("sku")

    @cached_property
    def second(self) -> Codes:
        """Seconds since 1970 at which the line was ordered, shape (n_lines,)."""
        return np.asarray(self.frame["ordered_at"].astype("datetime64[s, UTC]").astype("int64"), dtype=np.int64)

    @cached_property
    def price(self) -> npt.NDArray[np.float64]:
        """Price of a unit, shape (n_lines,)."""
        return self.frame["unit_price"].to_numpy()

    @cached_property
    def quantity(self) -> Codes:
        """Units, shape (n_lines,)."""
        return self.frame["quantity"].to_numpy(dtype="int64")

    @cached_property
    def orders(self) -> int:
        """How many orders there are."""
        return int(self.order.max(initial=-1)) + 1

    @cached_property
    def last_line(self) -> Codes:
        """Position of the last line of each order, shape (n_orders,)."""
        last = np.zeros(self.orders, dtype="int64")
        last[self.order] = np.arange(len(self.order))
        return last

    def _codes(self, column: str) -> Codes:
        return pd.factorize(self.frame[column])[0].astype("int64")
