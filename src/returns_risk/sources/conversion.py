"""Copies of files that DuckDB cannot read: texts of other encodings and what is in ZIP archives."""

import codecs
import errno
import gzip
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch
from io import BufferedReader
from itertools import islice
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import pyarrow as pa
import pyarrow.parquet as pq

from returns_risk.errors import DataError, SourceError
from returns_risk.sources.places import Places

__all__ = ["has_utf16_mark", "require_content", "require_latin1", "transcode", "unzip", "write_parquet"]

_PART = 2**22
_ROWS = 50_000
_BLANK = b" \t\r\n\0" + codecs.BOM_UTF8 + codecs.BOM_UTF16_LE
_NAME_ERRORS = (errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EEXIST)
_ARCHIVE = re.compile(r"(.+?\.zip)(?:/(.+))?", re.IGNORECASE)


def has_utf16_mark(file: Path) -> bool:
    """Whether a text, packed by gzip or not, begins with the byte order mark of UTF-16."""
    with _open(file) as stream:
        return stream.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def require_content(file: Path, places: Places) -> None:
    """Refuse an empty text, packed by gzip or not: DuckDB passes over it where it reads several files.

    Raises
    ------
    SourceError
        Names the file, or archive and file.
    """
    with _open(file) as stream:
        size = 0
        while part := stream.read(_PART):
            if part.strip(_BLANK):
                return
            size += len(part)
    finding = "holds nothing but blanks" if size else "is empty (0 bytes)"
    raise SourceError(f"{places.original(file)}: the file {finding}. Deliver it again.")


def require_latin1(file: Path) -> None:
    """Refuse a text with bytes that latin-1 has no character for; most such texts are cp1252.

    Raises
    ------
    SourceError
        Names the line.
    """
    line = 1
    with _open(file) as stream:
        while part := stream.read(_PART):
            match = re.search(rb"[\x80-\x9f]", part)
            if match:
                line += part.count(b"\n", 0, match.start())
                raise SourceError(
                    f"{file}: line {line:,} has a character that is not latin-1. Try encoding = 'cp1252'."
                )
            line += part.count(b"\n")


def transcode(file: Path, encoding: str, places: Places) -> Path:
    """Return a copy of a text, packed by gzip or not, in UTF-8.

    Raises
    ------
    SourceError
        The file is not in this encoding.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    target = places.copy(f"text/{encoding}", file.with_suffix("") if _is_packed(file) else file)
    line = 1
    with _open(file) as stream, target.open("wb") as copy:
        part = b" "
        while part:
            part = stream.read(_PART)
            try:
                text = decoder.decode(part, final=not part)
                copy.write(text.encode())
            except UnicodeError as error:
                # Some codecs do not say where.
                line += part.count(b"\n", 0, getattr(error, "start", 0))
                raise SourceError(
                    f"{file}: a character in line {line:,} is not {encoding}. Name the encoding that the file has."
                ) from None
            line += text.count("\n")
    return target


def unzip(path: str, places: Places) -> list[Path]:
    """Return the files of a path or pattern, with copies of those inside ZIP archives.

    Parameters
    ----------
    path : ``orders.zip`` for all files in it, ``orders.zip/lines*.csv`` for some of them

    Raises
    ------
    DataError
        An archive is damaged.
    SourceError
        The source does not declare the folder of a file.
    """
    match = _ARCHIVE.fullmatch(path)
    if not match:
        return places.match(path)
    return [member for archive in places.match(match[1]) for member in _members(archive, match[2] or "*", places)]


def write_parquet(target: Path, names: Sequence[str], rows: Iterable[Sequence[str | None]]) -> None:
    """Write rows of texts."""
    schema = pa.schema([(name, pa.string()) for name in names])
    rows = iter(rows)
    with pq.ParquetWriter(target, schema) as writer:
        while part := list(islice(rows, _ROWS)):
            columns = [pa.array(column, pa.string()) for column in zip(*part, strict=True)]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))


def _is_packed(file: Path) -> bool:
    return file.suffix.lower() == ".gz"


@contextmanager
def _open(file: Path) -> Iterator[gzip.GzipFile | BufferedReader]:
    with gzip.open(file) if _is_packed(file) else file.open("rb") as stream:
        try:
            yield stream
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise DataError(
                f"{file}: the gzip stream ends too early or is damaged. Deliver it again in full."
            ) from error


def _members(archive: Path, pattern: str, places: Places) -> list[Path]:
    folder = places.copy("archive", archive)
    try:
        with ZipFile(archive) as content:
            # What Macs add.
            names = [name for name in content.namelist() if not name.endswith("/") and not name.startswith("__MACOSX/")]
            if not names:
                raise SourceError(f"{archive}: the ZIP archive holds no file. Deliver it again.")
            return [_extract(content, name, folder) for name in sorted(names) if fnmatch(name, pattern)]
    except (BadZipFile, EOFError, zlib.error) as error:
        raise DataError(f"{archive}: the ZIP archive is cut off or damaged. Deliver it again in full.") from error
    except NotImplementedError as error:
        raise SourceError(
            f"{archive}: the ZIP archive is packed by another method than Deflate. Pack it again, or unpack it "
            "before the run."
        ) from error
    except RuntimeError as error:
        raise SourceError(f"{archive}: the ZIP archive is encrypted. Unpack it before the run.") from error
    except OSError as error:
        if error.errno not in _NAME_ERRORS:
            raise
        raise SourceError(
            f"{archive}: a name in the ZIP archive is too long or is also a folder. Unpack it before the run."
        ) from error


def _extract(content: ZipFile, name: str, folder: Path) -> Path:
    # zipfile itself takes care of names such as ../orders.csv.
    return Path(content.extract(name, folder))
