"""Writes the demo shop's raw files."""

from datetime import date
from pathlib import Path

from rich.console import Console

from returns_risk.simulate import simulate_shop, write_shop

__all__ = ["make_shop"]


def make_shop(raw: Path, seed: int, until: date, days: int, lines: int) -> None:
    """Simulate a shop and say what was written."""
    tables = simulate_shop(seed=seed, until=until, days=days, lines=lines)
    write_shop(raw, tables)
    counts = ", ".join(f"{len(frame):,} {name.replace('_', ' ')}" for name, frame in tables.items())
    Console().print(f"{raw}: {counts}", highlight=False)
