"""A shop whose truth is known: a source like any other, day after day."""

from shop_simulator.applied import Applied, nothing_applied, read_applied
from shop_simulator.definition import Definition, with_dirt
from shop_simulator.shop import Shop
from shop_simulator.simulation import open_shop, simulate
from shop_simulator.truth import read_truth
from shop_simulator.writing import Places, next_day, write_raw, write_shop

__all__ = [
    "Applied",
    "Definition",
    "Places",
    "Shop",
    "next_day",
    "nothing_applied",
    "open_shop",
    "read_applied",
    "read_truth",
    "simulate",
    "with_dirt",
    "write_raw",
    "write_shop",
]
