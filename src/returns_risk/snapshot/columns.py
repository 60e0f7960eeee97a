"""The columns of a described order line that a feature may read."""

from returns_risk.contract.schema import CONTRACT

__all__ = ["FROM_CUSTOMERS", "FROM_PRODUCTS", "KNOWN_LATER", "READABLE", "RETURN_REASON", "kind_of"]

FROM_PRODUCTS = ("style", "brand", "category", "size", "colour", "launched_at")
# Customers come as they are today: only what never changes may describe an order of last year. A segment, for
# one, is made from what the customer did since.
FROM_CUSTOMERS = ("registered_at", "birth_year")
KNOWN_LATER = ("shipped_at", "delivered_at", "cancelled_at", "recorded_at")
"""Columns of order lines about events after the order."""
RETURN_REASON = "returns.reason"
"""Named among the columns of the lines where the source's returns say why."""
READABLE = (
    *(column.name for column in CONTRACT["order_lines"].columns if column.name not in KNOWN_LATER),
    *FROM_PRODUCTS,
    *FROM_CUSTOMERS,
    "line",
    "line_value",
    "size_rank",
)
"""Facts known when a line was ordered; ``line`` is 1, ``line_value`` quantity x unit_price."""
_KINDS = {"text": "text", "category": "text", "time": "time", "integer": "number", "number": "number"}


def kind_of(name: str) -> str:
    """Return whether a readable column is a ``text``, a ``time`` or a ``number``."""
    for table in ("order_lines", "products", "customers"):
        for column in CONTRACT[table].columns:
            if column.name == name:
                return _KINDS[column.type]
    return "number"
