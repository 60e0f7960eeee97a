"""Rows of the simulated shop as text files."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd

from benchmarks.templates.shop import Row, SimulatedShop

__all__ = ["group", "line_number", "local", "order_lines", "returned_lines", "utc", "write_table"]


def write_table(file: Path, rows: Iterable[Row], delimiter: str = ",") -> None:
    """Write rows as text with a header; nothing is quoted that need not be."""
    pd.DataFrame(list(rows)).to_csv(file, sep=delimiter, index=False)


def order_lines(shop: SimulatedShop) -> Iterator[tuple[Row, Row]]:
    """Yield each order with each of its lines."""
    return ((order, line) for order in shop.orders for line in order["lines"])


def line_number(line: Row) -> int:
    """Return a number for a line that no other line of the shop has."""
    return int(line["order_no"]) * 100 + int(line["position"])


def group(rows: Iterable[Row], key: str) -> dict[str, list[Row]]:
    """Return rows by what they have in a column, without those that have nothing there."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if row[key] is not None:
            groups.setdefault(row[key], []).append(row)
    return groups


def returned_lines(shop: SimulatedShop) -> Iterator[tuple[Row, Row, Row]]:
    """Yield each order, its line and the return of it."""
    return ((order, line, returned) for order, line in order_lines(shop) for returned in line["returns"])


def utc(time: str | None, suffix: str = "") -> str | None:
    """Return a time as databases write it, in UTC."""
    return time and time.replace("T", " ").replace("Z", suffix)


def local(time: str | None, form: str, zone: str = "Europe/Berlin") -> str | None:
    """Return a time as a clock in a zone shows it."""
    return time and datetime.fromisoformat(time).astimezone(ZoneInfo(zone)).strftime(form)
