"""Validated tables of a shop with two markets, one warehouse, two categories and two reasons."""

from pathlib import Path

import pandas as pd

from returns_risk.contract.parquet import write_tables

__all__ = ["write_small_tables"]


def write_small_tables(folder: Path, **columns: list[str | None] | None) -> Path:
    """Write them and return their folder; keywords replace columns of order_lines, None leaves one out."""
    own: dict[str, list[str | None] | None] = {
        "line_id": ["L1", "L2", "L3", "L4"],
        "market": ["DE", "DE", "FR", None],
        "warehouse": ["LEJ1", "LEJ1", "LEJ1", None],
        "currency": ["EUR", "EUR", None, "GBP"],
    }
    lines = own | columns
    tables = {
        "order_lines": pd.DataFrame({name: values for name, values in lines.items() if values is not None}),
        "returns": pd.DataFrame({"line_id": ["L1", "L2", "L3"], "reason": ["too_small", "quality", None]}),
        "products": pd.DataFrame({"sku": ["S1", "S2"], "category": ["headphones", "pet feeders"]}),
    }
    write_tables(folder, {name: table.astype("str") for name, table in tables.items()})
    return folder
