"""A shop whose truth is known: a source like any other, day after day."""

from returns_risk.simulate.applied import Applied, nothing_applied, read_applied
from returns_risk.simulate.definition import Definition, with_dirt
from returns_risk.simulate.shop import Shop, open_shop, simulate
from returns_risk.simulate.truth import read_truth
from returns_risk.simulate.writing import Places, next_day, write_raw, write_shop

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
