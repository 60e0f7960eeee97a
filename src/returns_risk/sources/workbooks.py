"""Sheets of Excel workbooks as tables of texts."""

import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

import openpyxl
from openpyxl.utils.cell import get_column_letter, range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from returns_risk.errors import DataError, SourceError
from returns_risk.sources.conversion import write_parquet
from returns_risk.sources.places import Places

__all__ = ["copy_sheet"]

_ROUNDED = 10**15
"""A spreadsheet keeps 15 digits of a number: a longer id that is no text was rounded, and validation warns of it."""
_DAMAGE = (
    *(AttributeError, EOFError, LookupError, OSError, RuntimeError, TypeError, ValueError),
    *(BadZipFile, InvalidFileException, ParseError, zlib.error),
)
"""What openpyxl raises, depending on the part of a workbook that is damaged."""


def copy_sheet(file: Path, places: Places, *, sheet: str | None, area: str | None, header: bool) -> Path:
    """Return a Parquet copy of a sheet whose cells are texts, e.g. ``2026-03-01 10:00:00`` and ``12`` or ``9.9``.

    Parameters
    ----------
    sheet : its name; None for the first
    area : cells to read, e.g. ``A3:F900``; None for all
    header : whether the first row names the columns; they are ``A``, ``B`` and so on otherwise. The first row says how
        many columns there are

    Raises
    ------
    DataError
        The file is no workbook.
    SourceError
        There is no such sheet, it is empty, or the range is none.
    """
    target = places.new_copy(".parquet")
    limits = _limits(file, area)
    with file.open("rb") as stream:
        try:
            book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
            rows = _rows(_find(book, sheet, file), limits)
            first = next(rows, None)
            if first is None:
                raise SourceError(f"{file}: the sheet or range is empty. Correct the SELECT or deliver the file again.")
            _write(target, first, rows, limits.get("min_col", 1), header=header)
            book.close()
        except _DAMAGE as error:
            raise DataError(f"{file}: is not an .xlsx workbook, or is damaged. Save it as .xlsx again.") from error
    return target


def _find(book: Any, name: str | None, file: Path) -> Any:
    # Charts are sheets, too, but have no cells.
    sheets = {sheet.title: sheet for sheet in book.worksheets}
    if name and name not in sheets:
        raise SourceError(f"{file}: there is no sheet {name!r} with cells; it has {list(sheets)}. Correct the SELECT.")
    return sheets[name] if name else book.worksheets[0]


def _write(
    target: Path, first: list[str | None], rows: Iterator[list[str | None]], first_column: int, *, header: bool
) -> None:
    """Write rows as wide as the first, as DuckDB reads a sheet."""
    while first[-1] is None:
        first.pop()
    width = len(first)
    letters = [get_column_letter(first_column + number) for number in range(width)]
    cells = ((row + [None] * width)[:width] for row in (rows if header else chain([first], rows)))
    write_parquet(target, _names(first) if header else letters, cells)


def _limits(file: Path, area: str | None) -> dict[str, int]:
    try:
        bounds = range_boundaries(area) if area else (None,) * 4
    except ValueError as error:
        raise SourceError(f"{file}: {area!r} is no range of cells. Write it like A3:F900.") from error
    names = ("min_col", "min_row", "max_col", "max_row")
    return {name: bound for name, bound in zip(names, bounds, strict=True) if bound}


def _rows(sheet: Any, limits: dict[str, int]) -> Iterator[list[str | None]]:
    # Some programs declare the size of a sheet wrongly.
    sheet.reset_dimensions()
    for row in sheet.iter_rows(**limits, values_only=True):
        if any(value is not None for value in row):
            yield [_text(value) for value in row]


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float) and abs(value) >= _ROUNDED:
        return f"{Decimal(str(value)).normalize():E}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return None if value is None else str(value)


def _names(first: list[str | None]) -> list[str]:
    """Return the names of columns, where empty or repeated with a number."""
    seen: Counter[str] = Counter()
    names = []
    for number, cell in enumerate(first):
        name = cell or f"column{number}"
        names.append(f"{name}_{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return names
