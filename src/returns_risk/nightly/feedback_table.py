"""Reader of a CSV or XLSX file filled in by people: cells as text, rows numbered as in a spreadsheet."""

import csv
import io
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from returns_risk.errors import SourceError
from returns_risk.export.workbook_words import is_to_do

__all__ = ["Table", "read_bytes", "read_table"]

_DELIMITERS = (",", ";", "\t")
# A small file can unpack to any size, and can claim any row number.
_MAX_BYTES = 20_000_000
_MAX_UNPACKED = 100_000_000
_MAX_PARTS = 1_000
_MAX_ROWS = 100_000
_MAX_COLUMNS = 256
_DOCUMENT_TYPES = tuple("<!DOCTYPE".encode(name) for name in ("utf-8", "utf-16-le", "utf-16-be"))
# Errors of openpyxl on a file that is truncated, damaged, locked with a password or no workbook.
_DAMAGE = (BadZipFile, zlib.error, ParseError, EOFError, LookupError, TypeError, AttributeError, RuntimeError)
Row = tuple[int, list[str]]


@dataclass(frozen=True)
class Table:
    """The cells of a file, without its empty rows."""

    header: list[str]
    rows: list[Row]
    """Row number and cells: possibly fewer than the header has, and in a CSV more."""


def read_table(file: Path) -> Table:
    """Read a CSV in UTF-8, or a workbook where the name ends in ``.xlsx``.

    Of a workbook it is the sheet of orders to do, named in the language of any team, or else the first.
    Rows are numbered from 1, empty rows included; a text with line breaks is in a single row.

    Raises
    ------
    SourceError
        The file is missing, empty, in another format or too large.
    """
    if file.exists() and not file.is_file():
        raise SourceError(f"{file}: is not a file. Give a CSV in UTF-8 or an XLSX file.")
    is_workbook = file.suffix.lower() == ".xlsx"
    try:
        rows = _workbook_rows(file) if is_workbook else _csv_rows(file)
        filled = [row for row in rows if any(cell.strip() for cell in row[1])]
    except (OSError, ValueError, *_DAMAGE) as error:
        finding = " ".join(str(error).split()) or type(error).__name__
        raise SourceError(
            f"{file}: cannot be read ({finding}). Give a CSV in UTF-8 with its quotes closed, or an XLSX file."
        ) from error
    if not filled:
        raise SourceError(f"{file}: is empty. Give a CSV or an XLSX file whose first row names the columns.")
    header = filled[0][1]
    # Cells beside the table of a sheet are notes. In a CSV, extra cells mean that others may have shifted.
    width = len(header) if is_workbook else None
    return Table(header, [(number, cells[:width]) for number, cells in filled[1:]])


def _csv_rows(file: Path) -> Iterator[Row]:
    text = read_bytes(file).decode("utf-8-sig")
    if "\0" in text:
        raise ValueError("it contains NUL characters")
    number = 0
    try:
        # Strict, since otherwise an unclosed quote swallows all following rows into a single cell.
        rows = csv.reader(_lines(text), delimiter=_delimiter(text), skipinitialspace=True, strict=True)
        for number, cells in enumerate(rows, start=1):
            _require_size(number, len(cells))
            yield number, cells
    except csv.Error as error:
        raise ValueError(f"row {number + 1}: {error}") from error


def _delimiter(text: str) -> str:
    """Return the delimiter that splits the header into most cells; comments in rows contain delimiters, too."""
    header = next((line for line in _lines(text) if line.strip()), "")
    return max(_DELIMITERS, key=lambda mark: len(next(csv.reader([header], delimiter=mark), [])))


def _lines(text: str) -> io.StringIO:
    return io.StringIO(text, newline="")


def _workbook_rows(file: Path) -> Iterator[Row]:
    from openpyxl import load_workbook

    content = io.BytesIO(read_bytes(file))
    _require_harmless(content)
    with warnings.catch_warnings():
        # It warns of parts it would not write back, such as drop-down lists.
        warnings.simplefilter("ignore", UserWarning)
        book = load_workbook(content, read_only=True, data_only=True)
        sheet = _find_sheet(file, book.worksheets)
        # Some programs write a wrong sheet size, and cells outside of it would not be read.
        sheet.reset_dimensions()
        rows = sheet.iter_rows(values_only=True, max_col=_MAX_COLUMNS)
        for number, cells in enumerate(rows, start=1):
            _require_size(number, len(cells))
            yield number, [_text(cell) for cell in cells]


def _find_sheet(file: Path, sheets: list[Any]) -> Any:
    """Return the sheet of orders to do, or else the first."""
    to_do = [sheet for sheet in sheets if is_to_do(sheet.title)]
    if len(to_do) > 1:
        names = [sheet.title for sheet in to_do]
        raise SourceError(
            f"{file}: has {len(to_do)} sheets of orders to do: {names}. Keep one of them, and import the others from "
            "files of their own."
        )
    return to_do[0] if to_do else sheets[0]


def read_bytes(file: Path) -> bytes:
    """Return the content of a file; one that is too large is a ValueError."""
    with file.open("rb") as stream:
        content = stream.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise ValueError(f"it is larger than {_MAX_BYTES // 1_000_000} MB")
    return content


def _require_harmless(workbook: io.BytesIO) -> None:
    """Refuse a workbook whose parts unpack to too much, or that declares XML entities."""
    with ZipFile(workbook) as parts:
        size = sum(part.file_size for part in parts.infolist())
        if size > _MAX_UNPACKED or len(parts.infolist()) > _MAX_PARTS:
            raise ValueError(f"unpacked it has {size // 1_000_000} MB in {len(parts.infolist())} parts")
        for part in parts.namelist():
            content = parts.read(part)
            if any(kind in content for kind in _DOCUMENT_TYPES):
                raise ValueError(f"{part} declares a document type, which no spreadsheet does")


def _require_size(row: int, cells: int) -> None:
    if row > _MAX_ROWS or cells > _MAX_COLUMNS:
        raise ValueError(f"row {row} goes beyond {_MAX_ROWS:,} rows of {_MAX_COLUMNS} columns; delete it")


def _text(cell: Any) -> str:
    """Return the text of a cell; integers without decimals, since a sheet stores all numbers as floats."""
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
