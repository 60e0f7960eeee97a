"""Raw files that were cut off while they were written or copied, recognised by their last bytes before any SELECT."""

import csv
import glob
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from returns_risk.config.params import SourceParams
from returns_risk.errors import DataError, SourceError
from returns_risk.sources.places import Places
from returns_risk.sources.statements import quoted_texts

__all__ = ["DELIMITERS", "JSON", "TEXT", "list_raw_files", "require_complete", "require_last_lines"]

TEXT = (".csv", ".tsv", ".psv", ".txt")
JSON = (".json", ".jsonl", ".ndjson")
_LINE_BREAKS = (b"\n", b"\r")
DELIMITERS = ",;\t|"
_TAIL = 2**20
_LIKE, _LONG = 20, 8
"""Lines that must be alike before a last one that differs is held to be cut, and characters of a cell to go by."""
_REMEDY = "The file was cut off while it was written or copied. Deliver it again in full."


def list_raw_files(source: SourceParams, statements: Iterable[str]) -> list[Path]:
    """Return the files in ``source.raw`` and ``source.directories`` that SQL statements name or match, sorted.

    However it is written (``./``, from the working directory, absolute), one in the raw folder begins with
    ``source.raw``.
    """
    # Nothing is copied here.
    places = Places.of(source, scratch=source.raw)
    # Of a file inside an archive, the archive.
    names = {re.sub(r"(?i)(\.zip)/.*", r"\1", name) for text in statements for name in quoted_texts(text)}
    # DuckDB's patterns match hidden files, too.
    found = {path for name in names for path in glob.glob(places.locate(name), recursive=True, include_hidden=True)}  # noqa: PTH207
    files = {_from_raw(Path(path), source.raw, places) for path in found if Path(path).is_file()}
    return sorted(file for file in files if any(file.resolve().is_relative_to(place) for place in places.readable))


def _from_raw(file: Path, raw: Path, places: Places) -> Path:
    folder = raw if raw.is_dir() else raw.parent
    # A symbolic link keeps its name.
    for path in (file.resolve() if ".." in file.parts else file, file.resolve()):
        if path.is_relative_to(places.folder):
            return folder / path.relative_to(places.folder)
    return file.resolve()


def require_complete(files: list[Path]) -> dict[str, bool]:
    """Refuse text, JSON, gzip and Parquet files that end too early.

    A text that only lacks the line break behind its last line is accepted.

    Returns
    -------
    Whether each text file ends in a line break, by its name.

    Raises
    ------
    DataError
        Names the file and the missing part.
    SourceError
        A file cannot be read.
    """
    ends = {}
    for file in files:
        try:
            tail = _tail(file)
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise DataError(f"{file}: the gzip stream ends too early or is damaged. {_REMEDY}") from None
        except OSError as error:
            raise SourceError(f"{file}: cannot be read ({error.strerror}). Check its permissions.") from error
        fault = _fault(_kind(file), tail)
        if fault:
            raise DataError(f"{file}: {fault}. {_REMEDY}")
        if _kind(file) in TEXT:
            ends[file.name] = tail.endswith(_LINE_BREAKS)
    return ends


def require_last_lines(files: Sequence[Path]) -> None:
    """Refuse text files whose last line has fewer cells than the lines before, whether or not it ends.

    For files that a SELECT has failed on: one that reads them may have its reasons, such as a footer that it skips.

    Raises
    ------
    DataError
        As ``require_complete``.
    """
    for file in files:
        tail = _tail(file) if _kind(file) in TEXT else b""
        # Texts of two bytes a character are not split.
        fault = None if b"\x00" in tail else _few_cells(_split(tail)[1])
        if fault:
            raise DataError(f"{file}: {fault}. {_REMEDY}")


def _kind(file: Path) -> str:
    return Path(file.name.lower().removesuffix(".gz")).suffix


def _fault(kind: str, tail: bytes) -> str | None:
    if kind == ".parquet":
        return None if tail.endswith(b"PAR1") else "a Parquet file without its footer"
    if kind in JSON:
        return None if tail.rstrip().endswith((b"}", b"]")) else "the JSON text ends inside a value"
    # Texts of two bytes a character have zero bytes at their ends.
    if kind not in TEXT or tail.endswith((*_LINE_BREAKS, b"\x00")):
        return None
    lines, rows = _split(tail)
    return _few_cells(rows) or _short_cell(lines, rows)


def _tail(file: Path) -> bytes:
    """Return the last bytes of a file, unpacked; all of it where it is small."""
    if file.suffix.lower() != ".gz":
        with file.open("rb") as stream:
            stream.seek(max(0, file.stat().st_size - _TAIL))
            return stream.read()
    tail = b""
    with gzip.open(file) as stream:
        while part := stream.read(_TAIL):
            tail = (tail + part)[-_TAIL:]
    return tail


def _split(tail: bytes) -> tuple[list[str], list[list[str]]]:
    """Return the lines of a text and their cells, without the first, which is a header or incomplete."""
    # Only ASCII counts here, which these encodings share.
    text = tail.decode("latin-1")
    lines = [line for line in re.split(r"\r\n|\n|\r", text) if line]
    if not lines:
        return [], []
    delimiter = max(DELIMITERS, key=lambda sign: Counter(line.count(sign) for line in lines).most_common(1)[0][0])
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    except csv.Error:
        rows = []
    return lines[1:], rows[1:]


def _few_cells(rows: list[list[str]]) -> str | None:
    if len(rows) < 2:
        return None
    usual = Counter(len(row) for row in rows[:-1]).most_common(1)[0][0]
    last = len(rows[-1])
    return f"the last line has {last} of {usual} cells" if last < usual else None


def _short_cell(lines: list[str], rows: list[list[str]]) -> str | None:
    """Return how the last cell is cut, although no cell is missing: by cells of one length, or by an open quote."""
    before = [row[-1] for row in rows[:-1]]
    if len(before) < _LIKE:
        return None
    last, lengths = rows[-1][-1], {len(cell) for cell in before}
    # Times and ids; an empty cell may mean that nothing has happened yet.
    if len(lengths) == 1 and min(lengths) >= _LONG and 0 < len(last) < min(lengths):
        return f"the last cell has {len(last)} of {min(lengths)} characters"
    closed = all(line.count('"') % 2 == 0 for line in lines[-_LIKE - 1 : -1])
    return "the quote of the last cell is not closed" if closed and lines[-1].count('"') % 2 else None
