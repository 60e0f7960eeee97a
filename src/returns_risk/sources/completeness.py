"""Whether the raw files have been written in full, by a marker, by counts of their rows or by their age."""

import codecs
import csv
import gzip
import io
import json
import os
import zlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import cast

import pyarrow.parquet as pq

from returns_risk.config.params import CompleteParams, SourceParams
from returns_risk.errors import DataError
from returns_risk.sources.raw_files import DELIMITERS, JSON, TEXT, require_complete

__all__ = ["require_delivered"]

_WAIT = "Wait until the files are written in full, and run again."


def require_delivered(source: SourceParams, files: Sequence[Path], at: datetime | None) -> None:
    """Refuse raw files that ``source.complete`` in ``params.yaml`` does not vouch for.

    Parameters
    ----------
    files : raw files that the SELECTs read
    at : time of reading, UTC; needed for ``min_age_minutes``

    Raises
    ------
    DataError
        The marker is missing or older than a file, a count differs, or a file is too young.
    """
    complete = source.complete
    if complete is None:
        return
    folder = source.raw if source.raw.is_dir() else source.raw.parent
    special = [folder / name for name in (complete.marker, complete.counts) if name is not None]
    data = [file for file in files if file not in special]
    for file in special:
        _require_written_last(file, data)
    if complete.counts is not None:
        _require_counts(folder / complete.counts, data)
    if complete.min_age_minutes is not None:
        _require_age(complete, data, at)


def _require_written_last(marker: Path, files: Iterable[Path]) -> None:
    if not marker.is_file():
        raise DataError(f"{marker}: is missing, so the raw files are not complete. {_WAIT}")
    written = marker.stat().st_mtime_ns
    for file in files:
        if file.stat().st_mtime_ns > written:
            raise DataError(f"{marker}: is older than {file.name}, so it is of an earlier delivery. {_WAIT}")


def _require_counts(counts: Path, files: Sequence[Path]) -> None:
    expected = _read_counts(counts)
    missing = [name for name in expected if not (counts.parent / name).is_file()]
    if missing:
        raise DataError(f"{counts.parent / missing[0]}: is missing, and {counts.name} counts its rows. {_WAIT}")
    for file in files:
        # A file of source.directories begins with ../
        name = Path(os.path.relpath(file, counts.parent)).as_posix()
        if name not in expected:
            raise DataError(f"{counts}: has no count for {name}. Add the number of its rows.")
        rows = _count_rows(file)
        if rows != expected[name]:
            raise DataError(f"{file}: has {rows} rows, and {counts.name} says {str(expected[name])[:20]}. {_WAIT}")


def _read_counts(counts: Path) -> dict[str, int]:
    try:
        expected = json.loads(counts.read_bytes())
    except (ValueError, RecursionError):
        expected = None
    if not isinstance(expected, dict):
        raise DataError(f'{counts}: is no JSON object such as {{"lines.csv": 4711}}. {_WAIT}')
    for name, rows in expected.items():
        # True is 1 to Python.
        if type(rows) is not int or rows < 0:
            raise DataError(f"{counts}: the count of {name} is no number of rows such as 4711. Correct it.")
    return expected


def _require_age(complete: CompleteParams, files: Iterable[Path], at: datetime | None) -> None:
    if at is None:
        raise ValueError("the age of files needs the time of reading")
    for file in files:
        age = at - datetime.fromtimestamp(file.stat().st_mtime, UTC)
        if age < timedelta(minutes=complete.min_age_minutes or 0):
            raise DataError(
                f"{file}: has changed in the {complete.min_age_minutes} minutes before the run "
                f"(source.complete.min_age_minutes), so it may still be written. {_WAIT}"
            )


def _count_rows(file: Path) -> int:
    """Count the rows of a Parquet file, the values of a JSON file, or the rows of a text below its header."""
    kind = Path(file.name.lower().removesuffix(".gz")).suffix
    try:
        if kind == ".parquet":
            return int(pq.read_metadata(file).num_rows)
        if kind in (*TEXT, *JSON):
            with gzip.open(file) if file.suffix.lower() == ".gz" else file.open("rb") as stream:
                return _count_values(stream) if kind in JSON else _count_lines(stream)
    except (csv.Error, ValueError, EOFError, OSError, zlib.error):
        # Where the file was cut off, this says so.
        require_complete([file])
    raise DataError(f"{file}: its rows cannot be counted. Use source.complete.marker instead of counts.")


def _count_values(stream: gzip.GzipFile | io.BufferedReader) -> int:
    if stream.peek(1)[:1] == b"[":
        return len(json.load(stream))
    return sum(1 for line in stream if line.strip())


def _count_lines(stream: gzip.GzipFile | io.BufferedReader) -> int:
    is_wide = stream.peek(2)[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    # Only line breaks, quotes and delimiters count here, which the encodings of one byte a letter and UTF-8 share.
    encoding = "utf-16" if is_wide else "latin-1"
    with io.TextIOWrapper(cast("io.BufferedReader", stream), encoding=encoding, newline="") as text:
        header = text.readline()
        rows = csv.reader(chain([header], text), delimiter=max(DELIMITERS, key=header.count))
        return max(0, sum(1 for row in rows if row) - 1)
