"""What a page says, before it is Markdown or HTML."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

__all__ = ["Block", "Page", "Picture", "Section", "Table", "number", "share", "span", "tabulate"]


@dataclass(frozen=True)
class Table:
    """Rows of text under a caption; the first column names the row."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Picture:
    """A picture and what it shows, for those who do not see it."""

    shows: str
    name: str
    """Of the file beside the Markdown page, without its ending."""
    png: bytes


Block = str | Table | Picture
"""A paragraph, a table or a picture."""


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Page:
    """A whole page."""

    title: str
    summary: str
    sections: tuple[Section, ...]


def tabulate(caption: str, rows: Sequence[dict[str, str]]) -> Table:
    """Return a table of rows that have the same keys; the keys are the columns."""
    columns = tuple(rows[0]) if rows else ()
    return Table(caption, columns, tuple(tuple(row.values()) for row in rows))


def number(value: float, digits: int = 3) -> str:
    """Write a number with so many decimals, and an unknown one as a dash.

    >>> number(0.75), number(float("nan"))
    ('0.750', '-')
    """
    return "-" if pd.isna(value) else f"{value:,.{digits}f}"


def share(value: float, digits: int = 1) -> str:
    """Write a share in percent.

    >>> share(0.125)
    '12.5 %'
    """
    return "-" if pd.isna(value) else f"{100 * value:.{digits}f} %"


def span(value: float, low: float, high: float, digits: int = 3) -> str:
    """Write a number with its interval.

    >>> span(0.5, 0.4, 0.625, 2)
    '0.50 (0.40 to 0.62)'
    """
    return "-" if pd.isna(value) else f"{value:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"
