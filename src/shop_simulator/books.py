"""The shop's books: the columns stored for each order and line."""

import numpy as np
import numpy.typing as npt

from shop_simulator.growing import Table
from shop_simulator.interventions import INTERVENTIONS
from shop_simulator.world import REASONS

__all__ = ["line_table", "order_table"]

_ORDER_TYPES: dict[str, npt.DTypeLike] = {
    "ordered": "M8[s]", "customer": "i4", "market": "i1", "channel": "i1", "device": "i1", "payment": "i1",
    "voucher": "i1", "warehouse": "i1", "promised": "M8[s]", "fault": "f4",
}  # fmt: skip
_COLUMNS = 1 + len(INTERVENTIONS)
_LINE_TYPES: dict[str, npt.DTypeLike] = {
    "order": "i4", "position": "i1", "sku": "i4", "style": "i4", "quantity": "i1", "list_price": "i4",
    "unit_price": "i4", "gift": "?", "known": "?", "fit": "f4",
    "shipped": "M8[s]", "delivered": "M8[s]", "cancelled": "M8[s]", "carrier": "i1", "late": "?", "overdue": "?",
    "probability": "f4", "reasons": np.dtype(("f4", (len(REASONS),))),
    "if_done": np.dtype(("f4", (len(INTERVENTIONS),))), "returned_if": np.dtype(("?", (_COLUMNS,))),
    "reason_if": np.dtype(("i1", (_COLUMNS,))), "cancels_if": np.dtype(("?", (_COLUMNS,))),
    "annoyed_if": np.dtype(("?", (_COLUMNS,))),
    "applied": "i1", "ships_on": "i4", "decided_on": "i4", "returned": "?", "fault": "f4",
}  # fmt: skip


def order_table() -> Table:
    """Return an empty table of orders, in the order of ordering; ``fault`` decides on planted faults."""
    return Table(_ORDER_TYPES)


def line_table() -> Table:
    """Return an empty table of order lines, in the order of ordering.

    Prices in cents; ``position`` in the order from 1; ``ships_on`` and ``decided_on`` in days since 1970-01-01, -1 for
    never. ``applied`` is 0 for a line without an intervention, else 1 plus the position of the intervention;
    ``returned_if``, ``reason_if``, ``cancels_if`` and ``annoyed_if`` have one column per value of ``applied``,
    ``if_done`` one per intervention and ``reasons`` one per reason. ``returned`` is what becomes of the line once it
    has shipped; ``fault`` decides on planted faults.
    """
    return Table(_LINE_TYPES)
