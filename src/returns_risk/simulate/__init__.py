"""A fashion shop whose truth is known: a source like any other."""

from datetime import date
from pathlib import Path

import pandas as pd

from returns_risk.files import write_csv
from returns_risk.simulate.raw import raw_tables
from returns_risk.simulate.shop import Shop, build_shop

__all__ = ["DAYS", "LINES", "Shop", "build_shop", "raw_tables", "simulate_shop", "write_shop"]

LINES = 60_000
"""Order lines of the demo."""
DAYS = 540
"""Days of the demo: a year and a half, so that each season has been seen once before the last one."""


def simulate_shop(seed: int, until: date, days: int = DAYS, lines: int = LINES) -> dict[str, pd.DataFrame]:
    """Make up a shop and export it as it is known when the day ``until`` begins in Berlin, the shop's home.

    Parameters
    ----------
    seed : int
        The same seed gives the same shop, byte by byte.
    until : date
        Nothing is dated on or after it; what is on its way then has no arrival yet.
    days : int
        Length of the history.
    lines : int
        About so many order lines in all.

    Returns
    -------
    Raw tables ``orders``, ``order_lines``, ``returns``, ``articles`` and ``customers``, as the shop's own
    systems would name and write them. They hold nothing a shop cannot know; ``build_shop`` has the truth.
    """
    return raw_tables(build_shop(seed, until, days, lines), until)


def write_shop(folder: Path, tables: dict[str, pd.DataFrame]) -> list[Path]:
    """Write each table as ``<folder>/<name>.csv``, atomically, and return the paths in that order."""
    return [write_csv(folder / f"{name}.csv", table) for name, table in tables.items()]
