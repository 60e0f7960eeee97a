"""The numbers the shop's own systems give to orders, customers, styles and articles."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shop_simulator.catalogue import Catalogue
from shop_simulator.world import Ints

__all__ = [
    "article_numbers",
    "customer_numbers",
    "line_ids",
    "order_numbers",
    "parse_line_id",
    "return_numbers",
    "style_numbers",
]

_FIRST_ORDER = 400_001
_FIRST_STYLE = 4_201
_LINE_ID = re.compile(r"(\d{10})-([1-9]\d{0,2})")


def order_numbers(position: Ints) -> pa.Array:
    """Return ten digits, the first of them zero."""
    return _padded(_FIRST_ORDER + position.astype(np.int64), 10)


def customer_numbers(position: Ints) -> pa.Array:
    """Return C and seven digits."""
    return pc.binary_join_element_wise("C", _padded(position.astype(np.int64) + 1, 7), "")


def return_numbers(position: Ints) -> pa.Array:
    """Return R and eight digits."""
    return pc.binary_join_element_wise("R", _padded(position.astype(np.int64) + 1, 8), "")


def style_numbers(position: Ints) -> pa.Array:
    """Return six digits, the first of them zero."""
    return _padded(_FIRST_STYLE + position.astype(np.int64), 6)


def article_numbers(catalogue: Catalogue) -> pa.Array:
    """Return style, colour and size of each sku as ten digits, the first of them zero."""
    style = catalogue.skus["style"].astype(np.int64)
    within = np.arange(len(style)) - catalogue.styles["first_sku"][style]
    colour = within // catalogue.styles["sizes"][style] + 1
    return _padded(((_FIRST_STYLE + style) * 100 + colour) * 100 + catalogue.skus["size"] + 1, 10)


def line_ids(order: Ints, position: Ints) -> pa.Array:
    """Return order number, hyphen and position, as ``sources/demo/order_lines.sql`` makes them."""
    return pc.binary_join_element_wise(order_numbers(order), pa.array(position).cast(pa.string()), "-")


def parse_line_id(text: str) -> tuple[int, int] | None:
    """Return the position of the order and that of the line in it; None where the text is no line id.

    >>> parse_line_id("0000400003-2")
    (2, 2)
    """
    match = _LINE_ID.fullmatch(text)
    return (int(match[1]) - _FIRST_ORDER, int(match[2])) if match else None


def _padded(numbers: Ints, digits: int) -> pa.Array:
    return pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), digits, "0")
