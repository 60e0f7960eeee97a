"""Where the file names in a SELECT lead: to raw files, or to copies of those that DuckDB cannot read."""

import codecs
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from returns_risk.errors import SourceError
from returns_risk.sources.conversion import has_utf16_mark, require_content, require_latin1, transcode, unzip
from returns_risk.sources.places import Places
from returns_risk.sources.statements import Call, quote, replace_calls

__all__ = ["locate_files"]

_NATIVE = {"utf-8": "utf-8", "iso8859-1": "latin-1"}
"""Encodings that DuckDB reads by itself, by their names in Python; its UTF-16 knows one byte order only."""
_TEXT_READERS = ("read_csv", "read_json", "read_ndjson")
_SHEET_OPTIONS = (
    "sheet",
    "range",
    "header",
    "all_varchar",
    "empty_as_varchar",
    "ignore_errors",
    "stop_at_empty",
    "union_by_name",
)


def locate_files(statements: str, places: Places, file: Path) -> str:
    """Return SQL statements in which each file has its absolute path.

    Files that DuckDB cannot read without an extension are replaced by copies: texts with an ``encoding``, what is in
    ZIP archives, and the sheets of ``read_xlsx``.

    Parameters
    ----------
    file : file of the statements

    Raises
    ------
    DataError
        A ZIP archive or workbook is damaged.
    SourceError
        A file does not exist, is empty, is not in a declared folder or cannot be converted.
    """
    return replace_calls(statements, lambda call: (_bare if call.is_bare else _located)(call, places, file))


def _bare(call: Call, places: Places, file: Path) -> str:
    """Return the path of a name behind FROM, JOIN or ATTACH; other texts stand there, too: extract(day FROM '...')."""
    name = call.names[0]
    if name.lower().endswith(".xlsx"):
        return _located(Call("read_xlsx", call.names), places, file)
    path = places.locate(name)
    files = places.match(path)
    if call.function != "attach":
        _require_content(files, places)
    return quote(path if files else name)


def _located(call: Call, places: Places, file: Path) -> str:
    paths = [places.locate(name) for name in call.names]
    files = [raw_file for path in paths for raw_file in unzip(path, places)]
    if not files and not any("://" in path for path in paths):
        raise SourceError(
            f"{file}: no file in {places.folder} is called {', '.join(call.names)}. Correct the SELECT or source.raw."
        )
    if call.function == "read_xlsx":
        return _sheets(call, files, places, file)
    if call.function.startswith(_TEXT_READERS):
        _require_content(files, places)
    copies, options = files, call.options
    if call.function.startswith("read_csv"):
        copies, options = _texts(files, call.options, places, file)
    if copies == files and not any(".zip" in path.lower() for path in paths):
        # DuckDB finds them by itself.
        return _call(call.function, paths, options)
    return _call(call.function, list(map(str, copies)), options)


def _require_content(files: list[Path], places: Places) -> None:
    for file in files:
        # An empty _SUCCESS is no part of the data.
        if not file.name.startswith("_"):
            require_content(file, places)


def _texts(files: list[Path], options: dict[str, str], places: Places, file: Path) -> tuple[list[Path], dict[str, str]]:
    """Return files that DuckDB can decode, and the options to read them with."""
    encoding = _encoding(options, file)
    if encoding == "iso8859-1":
        for raw_file in files:
            require_latin1(raw_file)
    copies = [_decodable(raw_file, encoding, places) for raw_file in files]
    changed = {"encoding": quote(_NATIVE.get(encoding, "utf-8"))} if encoding else {}
    if copies != files and "compression" in options:
        changed["compression"] = "'none'"
    return copies, options | changed


def _decodable(file: Path, encoding: str | None, places: Places) -> Path:
    if encoding is None and has_utf16_mark(file):
        encoding = "utf-16"
    return file if encoding is None or encoding in _NATIVE else transcode(file, encoding, places)


def _encoding(options: dict[str, str], file: Path) -> str | None:
    """Return the encoding as Python calls it."""
    if "encoding" not in options:
        return None
    try:
        codec = codecs.lookup(options["encoding"].strip("'"))
    except LookupError:
        codec = None
    # Python's codecs are also packers such as zlib; open() asks the same attribute.
    if codec is None or not codec._is_text_encoding:
        raise SourceError(f"{file}: there is no encoding {options['encoding']}. Name another, e.g. 'cp1252'.")
    return codec.name


def _sheets(call: Call, files: Sequence[Path], places: Places, file: Path) -> str:
    # openpyxl takes a third of a second; few sources read workbooks.
    from returns_risk.sources.workbooks import copy_sheet

    unknown = [name for name in call.options if name not in _SHEET_OPTIONS]
    if unknown:
        raise SourceError(f"{file}: read_xlsx takes {list(_SHEET_OPTIONS)}, not {unknown}. Correct the SELECT.")
    sheet, area = (call.options[name].strip("'") if name in call.options else None for name in ("sheet", "range"))
    header, union = (
        call.options.get(name, default).strip("'").lower() not in ("false", "0")
        for name, default in (("header", "true"), ("union_by_name", "false"))
    )
    copies = [copy_sheet(raw_file, places, sheet=sheet, area=area, header=header) for raw_file in files]
    if header and not union:
        _require_same_columns(files, copies, places, file)
    return _call("read_parquet", list(map(str, copies)), {"union_by_name": "true"})


def _require_same_columns(files: Sequence[Path], copies: Sequence[Path], places: Places, file: Path) -> None:
    """Refuse workbooks with different headers: a renamed column would be empty for some of the rows."""
    headers = [pq.read_schema(copy).names for copy in copies]
    absent = [
        (raw_file, other, number, name)
        for raw_file, header in zip(files, headers, strict=True)
        for other, names in zip(files, headers, strict=True)
        for number, name in enumerate(names, 1)
        if name not in header
    ]
    if not absent:
        return
    # A workbook without a header has a customer's data in its place: only names in the SELECTs are shown.
    statements = " ".join(path.read_text(encoding="utf-8") for path in file.parent.glob("*.sql"))
    raw_file, other, number, name = next((case for case in absent if case[3] in statements), absent[0])
    raise SourceError(
        f"{places.original(raw_file)}: column {repr(name) if name in statements else number} of {other.name} is "
        "missing. Correct the workbook, or add union_by_name = true to read_xlsx."
    )


def _call(function: str, paths: Sequence[str], options: dict[str, str]) -> str:
    names = quote(paths[0]) if len(paths) == 1 else f"[{', '.join(map(quote, paths))}]"
    return f"{function}({', '.join([names, *(f'{name} = {value}' for name, value in options.items())])})"
