"""The contract tables: what a source's SELECTs must produce."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["CONTRACT", "Column", "Table", "Type"]

Type = Literal["text", "category", "time", "integer", "number", "flag"]


@dataclass(frozen=True)
class Column:
    """One column of a contract table."""

    name: str
    type: Type
    meaning: str
    required: bool = False
    stored: bool = True
    """False for what may hold personal data that nothing in the chain needs yet."""
    longest: int = 200
    """Characters of a text that ledger and exports are made for."""


@dataclass(frozen=True)
class Table:
    """One contract table: its columns in their order of storage and its key."""

    name: str
    columns: tuple[Column, ...]
    key: str | None
    optional: bool = False
    """True where a source may leave the whole table out."""

    def column(self, name: str) -> Column:
        """Return the column called ``name``; KeyError where there is none."""
        return {column.name: column for column in self.columns}[name]

    @property
    def required(self) -> list[str]:
        """Names of the columns that each source must select."""
        return [column.name for column in self.columns if column.required]


_ORDER_LINES = Table(
    "order_lines",
    (
        Column("order_id", "text", "the order", required=True),
        Column("line_id", "text", "the order line, unique", required=True),
        Column("ordered_at", "time", "when it was ordered, UTC", required=True),
        Column("customer_id", "text", "who ordered; stored as a keyed pseudonym", required=True),
        Column("sku", "text", "the article ordered", required=True),
        Column("quantity", "integer", "units ordered, at least 1", required=True),
        Column("unit_price", "number", "price paid per unit, in currency", required=True),
        Column("list_price", "number", "price per unit before discounts, in currency"),
        Column("currency", "category", "ISO 4217 code of the prices"),
        Column("market", "category", "where the shop sold it; names the terms in policy.yaml"),
        Column("warehouse", "category", "where it ships from"),
        Column("channel", "category", "web, app, store ..."),
        Column("device", "category", "phone, tablet, desktop ..."),
        Column("payment_method", "category", "how it was or will be paid"),
        Column("voucher", "category", "kind of voucher used, empty for none"),
        Column("promised_at", "time", "delivery promised at order time, UTC"),
        Column("shipped_at", "time", "when it left the warehouse, UTC; no return window begins before"),
        Column("delivered_at", "time", "when it arrived, UTC"),
        Column("cancelled_at", "time", "when it was cancelled before shipment, UTC"),
        Column("recorded_at", "time", "when this row became known, UTC; absent: at ordered_at"),
    ),
    key="line_id",
)

_RETURNS = Table(
    "returns",
    (
        Column("line_id", "text", "the order line that came back", required=True),
        Column(
            "returned_at",
            "time",
            "when the return was received, UTC; before shipment it is a cancellation",
            required=True,
        ),
        Column("quantity", "integer", "units that came back, at least 1", required=True),
        Column("reason", "category", "the reason given"),
        Column("comment", "text", "free text of the customer", stored=False),
        Column("condition", "category", "condition on receipt"),
        Column("recorded_at", "time", "when this row became known, UTC; absent: at returned_at"),
    ),
    key=None,
)

_PRODUCTS = Table(
    "products",
    (
        Column("sku", "text", "the smallest unit one can order, unique", required=True),
        Column("style", "text", "what sizes and colours of one article share"),
        Column("brand", "category", "brand"),
        Column("category", "category", "category"),
        Column("size", "category", "size"),
        Column("colour", "category", "colour"),
        Column("launched_at", "time", "first day on sale, UTC"),
        Column("list_price", "number", "price per unit before discounts"),
        Column("photo_uri", "text", "link to the photo", longest=2000),
    ),
    key="sku",
    optional=True,
)

_CUSTOMERS = Table(
    "customers",
    (
        Column("customer_id", "text", "unique; stored as a keyed pseudonym", required=True),
        Column("registered_at", "time", "when the account was opened, UTC"),
        Column("birth_year", "integer", "year of birth"),
        Column("market", "category", "home market"),
        Column("language", "category", "language for messages"),
        Column(
            "segment", "category", "the retailer's own segment; never a feature, since it may follow from later orders"
        ),
        Column("opted_out", "flag", "true where the customer refused profiling"),
    ),
    key="customer_id",
    optional=True,
)

CONTRACT = {table.name: table for table in (_ORDER_LINES, _RETURNS, _PRODUCTS, _CUSTOMERS)}
"""Name and definition of each contract table, in the order in which they are read."""
