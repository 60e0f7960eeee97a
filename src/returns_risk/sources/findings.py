"""Errors of a statement with their remedy, in one line without values of the data."""

import re
from pathlib import Path
from tempfile import gettempdir

import duckdb

from returns_risk.sources.places import FORBIDDEN

__all__ = ["describe"]

_SAFE = (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException, duckdb.IOException)
"""Their messages quote the statement, never a row."""
_VALUE = re.compile(
    r"(?:string|format:|out of range:) ([\"'])(.*?)\1(?: to |, expected| according| when |\n|$)", re.DOTALL
)
_TARGET = re.compile(r"[\"'] to '?(?!true\b)(\w+)|(\w+) field (?:format|value)")
_COLUMN = re.compile(r"(?:converting column \"|source column )(\w+)")
_COPY = re.compile(rf"(?:{re.escape(gettempdir())}/returns-risk-\w{{8}}/(?:archive|text/[^/]+))+/")
"""Where ``Places.copy`` keeps the copy of a raw file, before the path of that file."""
_EXTENSION = re.compile(r"extension '(\w+)|exists in the (\w+) extension|INSTALL (\w+)")


def describe(error: duckdb.Error, statement: str) -> str:
    """Return finding and remedy.

    Parameters
    ----------
    statement : SQL that failed; what it does already is not recommended, and of texts only those it quotes are shown
    """
    text = _COPY.sub("/", str(error))
    finding = _forbidden(text) or _missing_extension(error, text)
    if finding:
        return finding
    if isinstance(error, _SAFE):
        lines = (line.strip() for line in text.split("\nLINE ")[0].splitlines())
        finding = " ".join(filter(None, lines))
        return f"{finding}{'' if finding.endswith(('.', '!', '?')) else '.'} Correct the SELECT or the raw file."
    location = _location(text)
    return (
        _columns(text, statement)
        or _unreadable(text, statement)
        or _encoding(text, location, statement)
        or _malformed(text, location)
        or _zone(text, statement)
        or _cast(error, text, location, statement)
    )


def _forbidden(text: str) -> str | None:
    path = re.search(r'Cannot access file "([^"]*)" - file system operations are disabled', text)
    if path and not path[1].startswith("/") and "://" not in path[1]:
        return f"{path[1]}: a file name cannot be put together. Write it as one text, e.g. read_csv('orders.csv')."
    if path:
        return f"{path[1]}: {FORBIDDEN}."
    is_setting = re.search(r"configuration has been locked|Cannot (change|enable|disable)", text)
    return "what a source may read and load is not changed in SQL. Remove this setting." if is_setting else None


def _missing_extension(error: duckdb.Error, text: str) -> str | None:
    match = _EXTENSION.search(text)
    is_needed = "automatically install" in text or isinstance(error, duckdb.CatalogException)
    if not (match and is_needed) and not re.search(r"external extensions is disabled|Cannot access directory", text):
        return None
    name = f" {next(filter(None, match.groups()))}" if match else ""
    return (
        f"this needs DuckDB's extension{name}, and a run loads none. Export the data as CSV or Parquet; "
        "read_xlsx and ATTACH of SQLite and PostgreSQL need no extension."
    )


def _location(text: str) -> str:
    """Return the file and line that a CSV error names."""
    file = re.search(r"^ {2}file = (.+)$", text, re.MULTILINE)
    line = re.search(r"CSV Error on Line: (\d+)", text)
    return f"{file[1] if file else 'the file'}, line {line[1]}: " if line else ""


def _encoding(text: str, location: str, statement: str) -> str | None:
    if not re.search(r"not (utf-8|latin-1) encoded|[Ii]nvalid unicode", text):
        return None
    stated = re.search(r"encoding\s*:?=\s*'([^']+)'", statement)
    return (
        f"{location}the text is not {stated[1] if stated else 'UTF-8'}. Name the encoding that the file has; "
        "many Windows programs write encoding = 'cp1252'."
    )


def _columns(text: str, statement: str) -> str | None:
    """Return the finding on files of one pattern whose columns differ; a name is shown only if the SELECT has it."""
    main = re.search(r'Main file schema: (.+)|from the original file "([^"]*)"', text)
    current = re.search(r'Current file: (.+)|not be found in file "([^"]*)"', text)
    if main and current:
        names = re.findall(r'Column with name: "(.*)" is missing|column "(.*)" was read from the original', text)
        known = [name for name in map("".join, names) if name in statement]
        column = f"column {known[0]!r}" if known else "a column"
        verb = f"and {len(names) - 1} more are" if len(names) > 1 else "is"
        return (
            f"{''.join(filter(None, current.groups()))}: {column} of {Path(main[1] or main[2]).name} {verb} missing. "
            "Correct the header of the file, or add union_by_name = true to the SELECT."
        )
    cast = re.search(
        r'In file "([^"]*)" the column "(.*)" has type (\w+), but we are trying to read it as type (\w+)', text
    )
    if not cast:
        return None
    column = f"column {cast[2]!r}" if cast[2] in statement else "a column"
    return (
        f"{cast[1]}: {column} has the type {cast[3]}, and {cast[4]} in the first file. "
        "Add union_by_name = true to the SELECT, or write the files with the same types."
    )


def _unreadable(text: str, statement: str) -> str | None:
    """Return the finding on a value of a JSON file that does not fit its column, or on a damaged file."""
    file = re.search(r'Failed to read file "([^"]*)"', text)
    if file:
        return f"{file[1]}: is damaged. Deliver it again."
    place = re.search(r'JSON transform error in file "([^"]*)", in line (\d+): ', text)
    if not place:
        return None
    location = f"{place[1]}, line {place[2]}: "
    twice = re.search(r'has duplicate key "(.*)"', text)
    if twice:
        key = f"the key {twice[1]!r}" if twice[1] in statement else "a key"
        return f"{location}{key} is there twice. Correct the file."
    return (
        f"{location}a value or key does not fit the columns that the first rows have. Correct the line, or add "
        "sample_size = -1 to the SELECT, so that all rows count."
    )


def _malformed(text: str, location: str) -> str | None:
    cells = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", text)
    if cells:
        finding = f"{cells[2]} or more cells instead of {cells[1]}"
        return f"{location}{finding}. Correct the line, or delim and quote of the SELECT."
    sniffed = re.search(r'Error when sniffing file "([^"]*)"', text)
    if sniffed:
        counts = re.search(r"they contain: (\d+) columns.*found by the sniffer: (\d+)", text)
        finding = (
            f"lines have {counts[2]} cells and the SELECT names {counts[1]} columns" if counts else "no table is found"
        )
        return f"{sniffed[1]}: {finding}. Correct the file, or delim, quote and columns of the SELECT."
    if "unterminated quote" in text:
        return f"{location}a quote is not closed. Correct the line, or quote and escape of the SELECT."
    json = re.search(r'Malformed JSON in file "[^"]*", at byte \d+ in line \d+', text)
    return f"{json[0]}. Correct the file." if json else None


def _zone(text: str, statement: str) -> str | None:
    zone = re.search(r"Unknown TimeZone '(.*?)'!", text)
    if not zone:
        return None
    name = zone[0][17:-1] if f"'{zone[1]}'" in statement else "of a row"
    return f"the time zone {name} is unknown. Write it like 'Europe/Berlin'."


def _cast(error: duckdb.Error, text: str, location: str, statement: str) -> str:
    value, column, target = _VALUE.search(text), _COLUMN.search(text), _TARGET.search(text)
    shape = f" of the form {_shape(value[2])!r}" if value else ""
    name = f"column {column[1]}" if column else "a cell"
    kind = f" to {next(filter(None, target.groups())).upper()}" if target else ""
    if location and "all_varchar" not in statement:
        return f"{location}{name} cannot be converted{kind}, a value{shape}. Read the file with all_varchar = true."
    function = "strptime" if "Could not parse string" in text else "a function"
    cast = (column and _expression(column[1], statement)) or (f"the cast of {name}{kind}" if kind else function)
    if isinstance(error, duckdb.ConversionException) or "Could not parse string" in text:
        remedy = "With local_time for times, or TRY_CAST for the rest, only the row of such a value is rejected."
        return f"{location}{cast} fails on a value{shape}. {remedy}"
    return f"{location}{cast} fails on the data ({type(error).__name__}). Correct the SELECT."


def _expression(column: str, statement: str) -> str | None:
    """Return the first cast of a column in a statement."""
    casts = rf"(?<!TRY_)CAST\(\s*(?:\w+\.)?{column}\s+AS\s+\w+\s*\)|\b(?:\w+\.)?{column}\s*::\s*\w+"
    cast = re.search(casts, statement, re.IGNORECASE)
    return cast[0] if cast else None


def _shape(value: str) -> str:
    """Return a value with ``a`` for each letter and ``9`` for each digit."""
    shape = "".join("9" if sign.isdigit() else "a" if sign.isalpha() else sign for sign in value[:20])
    return " ".join(shape.split()) + ("..." if len(value) > 20 else "")
