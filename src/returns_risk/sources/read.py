"""Runs a source's SELECTs with DuckDB and hands over typed contract tables."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pandas as pd

from returns_risk.config.params import SourceParams
from returns_risk.contract.pseudonyms import pseudonymise
from returns_risk.contract.schema import CONTRACT, Column, Table, Type
from returns_risk.errors import SourceError
from returns_risk.sources.raw_files import list_raw_files, require_complete, require_last_lines

__all__ = ["REJECT_REASON", "Source", "count_unread", "read_order_customers", "read_source"]

REJECT_REASON = "reject_reason"
"""Column by which a SELECT turns a row away on purpose: the reason, null for a good row."""

_SQL_TYPES: dict[Type, str] = {
    "text": "VARCHAR",
    "category": "VARCHAR",
    "time": "TIMESTAMPTZ",
    "integer": "BIGINT",
    "number": "DOUBLE",
    "flag": "BOOLEAN",
}
_NOUNS: dict[Type, str] = {
    "time": "a timestamp of the years 1 to 9999",
    "integer": "a whole number",
    "number": "a number",
    "flag": "true or false",
}
# Databases, spreadsheets and terminals refuse or obey them; a line break in a name of a category does no harm.
_CONTROLS: dict[Type, str] = {"text": r"\p{Cc}", "category": r"[^\P{Cc}\t\n\r]"}
_EARLIEST, _LATEST = "0001-01-03", "9999-12-31"
"""Times that have a date in every time zone."""
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """What the SELECTs of one source gave."""

    tables: dict[str, pd.DataFrame]
    """Typed rows by contract table, in the order of the raw files."""
    rejected: dict[str, pd.DataFrame]
    """Rows turned away while reading: contract columns as text, ``rule`` and ``reason``."""
    absent: dict[str, list[str]]
    """Optional contract columns that the source does not select, by table."""
    line_ends: dict[str, bool] = field(default_factory=dict)
    """Whether each text file ends in a line break, by its name."""


def read_source(source: SourceParams, key: bytes, folder: Path = Path("sources")) -> Source:
    """Run the SELECTs of ``folder/<name>`` over the raw files and cast each column to its contract type.

    ``<table>.sql`` holds one SELECT; raw files are named relative to ``source.raw``. Statements in an
    optional ``setup.sql`` run first (ATTACH a database, a view that two SELECTs share). Times without
    a zone are UTC. A value that does not parse sends its row to ``rejected``, and so does a SELECT's
    own ``reject_reason``. Customer ids leave as keyed pseudonyms; columns not to be stored are dropped.

    Raises
    ------
    SourceError
        Folder, file or required column is missing, a file is empty, a statement fails, or there
        are no order lines.
    DataError
        A raw file was cut off.
    """
    place = folder / source.name
    _require_places(source, place, folder)
    tables, rejected, absent = {}, {}, {}
    files = list_raw_files(source.raw, _statements(place))
    line_ends = require_complete(files)
    with _connected(source, place, files) as connection:
        for table in CONTRACT.values():
            file = place / f"{table.name}.sql"
            if not file.exists():
                _require_optional(table, file)
                continue
            frame = _run(connection, table, file)
            absent[table.name] = [c.name for c in table.columns if c.name not in frame]
            tables[table.name], rejected[table.name] = _part(_protect(frame, table, key), table)
            _logger.info("%s: %d rows, %d turned away", table.name, len(tables[table.name]), len(rejected[table.name]))
    if tables["order_lines"].empty and rejected["order_lines"].empty:
        raise SourceError(
            f"{place}/order_lines.sql selects no rows from {source.raw}. Check the raw files and the SELECT's filters."
        )
    return Source(tables, rejected, absent, line_ends)


def count_unread(source: Source) -> dict[str, int]:
    """Count the rows of each table with a value that could not be read; those a SELECT rejects are not among them."""
    return {name: int((frame["rule"] != f"{name}.source").sum()) for name, frame in source.rejected.items()}


def read_order_customers(source: SourceParams, orders: pd.Series, folder: Path = Path("sources")) -> pd.DataFrame:
    """Return by which ids the shop knows the customers of some orders: for exports that never leave the house.

    Returns
    -------
    ``order_id`` and ``customer_id``, as the shop names them, sorted; an order without a customer is not in it.

    Raises
    ------
    SourceError
        As for ``read_source``.
    """
    place = folder / source.name
    _require_places(source, place, folder)
    file = place / "order_lines.sql"
    columns = [column for column in CONTRACT["order_lines"].columns if column.name in ("order_id", "customer_id")]
    with _connected(source, place) as connection, _explained(file):
        connection.register("wanted", pd.DataFrame({"order_id": orders}))
        lines = _select(connection, file).project(", ".join(map(_cast, columns))).project("order_id, customer_id")
        found = lines.filter("order_id IN (SELECT order_id FROM wanted) AND customer_id IS NOT NULL").distinct()
        frame: pd.DataFrame = found.order("order_id, customer_id").to_arrow_table().to_pandas()
    return frame.astype("str")


@contextmanager
def _connected(source: SourceParams, place: Path, files: Sequence[Path] = ()) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as connection:
        try:
            _prepare(connection, source, place)
            yield connection
        except SourceError:
            require_last_lines(files)
            raise


def _require_places(source: SourceParams, place: Path, folder: Path) -> None:
    if not place.is_dir():
        known = sorted(p.name for p in folder.iterdir() if p.is_dir()) if folder.is_dir() else []
        raise SourceError(
            f"{place}: there is no such source; {folder}/ has {known}. Correct source.name in params.yaml."
        )
    if not source.raw.exists():
        raise SourceError(
            f"{source.raw}: the raw files of source {source.name} are not there. "
            "Put them there or correct source.raw in params.yaml."
        )
    statements = _statements(place)
    raw = sorted(source.raw.rglob("*")) if source.raw.is_dir() else [source.raw]
    for file in raw:
        if file.is_file() and file.stat().st_size == 0 and file.name in statements:
            raise SourceError(f"{file}: the file is empty (0 bytes). Deliver it again.")


def _statements(place: Path) -> str:
    return " ".join(_text(file) for file in sorted(place.glob("*.sql")))


def _require_optional(table: Table, file: Path) -> None:
    if not table.optional:
        raise SourceError(f"{file}: the SELECT for {table.name} is missing. Write it; it must give {table.required}.")
    _logger.warning("%s: no SELECT; features that need it are off", table.name)


def _prepare(connection: duckdb.DuckDBPyConnection, source: SourceParams, place: Path) -> None:
    raw = source.raw if source.raw.is_dir() else source.raw.parent
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")
    connection.execute(f"SET file_search_path = '{str(raw.resolve()).replace(chr(39), chr(39) * 2)}'")
    setup = place / "setup.sql"
    if setup.exists():
        with _explained(setup):
            connection.execute(_text(setup))


def _run(connection: duckdb.DuckDBPyConnection, table: Table, file: Path) -> pd.DataFrame:
    """Run one SELECT; beside each column that had to be cast stands ``<column>__bad``, the text that failed."""
    with _explained(file):
        selected = _select(connection, file)
        found: list[str] = selected.columns
    missing = [name for name in table.required if name not in found]
    if missing:
        raise SourceError(
            f"{table.name}: columns {missing} are missing from {file}; it selects {found}. Add them to the SELECT."
        )
    unknown = [name for name in found if name not in {c.name for c in table.columns} and name != REJECT_REASON]
    if unknown:
        _logger.warning("%s: columns %s are not in the contract and are ignored", table.name, unknown)
    columns = [column for column in table.columns if column.name in found]
    casts = ", ".join(_cast(column) for column in columns)
    reason = REJECT_REASON if REJECT_REASON in found else f"NULL::VARCHAR AS {REJECT_REASON}"
    with _explained(file):
        frame: pd.DataFrame = selected.project(f"{casts}, {reason}").to_arrow_table().to_pandas()
    return frame.astype({c.name: _pandas_type(c) for c in columns})


def _select(connection: duckdb.DuckDBPyConnection, file: Path) -> duckdb.DuckDBPyRelation:
    statements = connection.extract_statements(_text(file))
    if [one.type for one in statements] != [duckdb.StatementType.SELECT]:
        raise SourceError(f"{file}: is not one SELECT. Move other statements to setup.sql.")
    # As a view the text may end in a semicolon or a comment.
    connection.execute(f'CREATE TEMP VIEW "{file.name}" AS {statements[0].query}')
    return connection.view(file.name)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SourceError(f"{file}: byte {error.start} is not UTF-8. Save the file as UTF-8.") from error


def _cast(column: Column) -> str:
    """Return SQL for the typed value, and for the original text where it fails to parse."""
    text = f"nullif(trim(CAST({column.name} AS VARCHAR)), '')"
    if column.type in _CONTROLS:
        if column.name == "customer_id" or not column.stored:
            # Only their pseudonyms, or nothing at all, goes further.
            return f"{text} AS {column.name}"
        unfit = f"(length({text}) > {column.longest} OR regexp_matches({text}, '{_CONTROLS[column.type]}'))"
        value = f"CASE WHEN NOT {unfit} THEN {text} END"
        return f"{value} AS {column.name}, CASE WHEN {unfit} THEN {text} END AS {column.name}__bad"
    value = f"TRY_CAST({text} AS {_SQL_TYPES[column.type]})"
    if column.type == "integer":
        # DuckDB rounds '1.5' to a whole number without a word.
        number = f"TRY_CAST({text} AS DOUBLE)"
        value = f"CASE WHEN {number} = trunc({number}) THEN TRY_CAST({number} AS BIGINT) END"
    if column.type == "number":
        value = f"CASE WHEN isfinite({value}) THEN {value} END"
    if column.type == "time":
        value = f"CASE WHEN {value} BETWEEN TIMESTAMPTZ '{_EARLIEST}' AND TIMESTAMPTZ '{_LATEST}' THEN {value} END"
    bad = f"({text} IS NOT NULL AND ({value}) IS NULL)"
    return f"{value} AS {column.name}, CASE WHEN {bad} THEN {text} END AS {column.name}__bad"


def _pandas_type(column: Column) -> str:
    names: dict[Type, str] = {
        "time": "datetime64[us, UTC]",
        "integer": "Int64",
        "number": "float64",
        "flag": "boolean",
    }
    return names.get(column.type, "str")


def _protect(frame: pd.DataFrame, table: Table, key: bytes) -> pd.DataFrame:
    unstored = [c.name for c in table.columns if not c.stored and c.name in frame]
    frame = frame.drop(columns=unstored)
    if "customer_id" in frame:
        frame["customer_id"] = pseudonymise(frame["customer_id"], key)
    return frame


def _part(frame: pd.DataFrame, table: Table) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Separate good rows from those that the SELECT or a cast turned away, each with its first reason."""
    columns = [c for c in table.columns if c.name in frame]
    names = [c.name for c in columns]
    rule = pd.Series(None, index=frame.index, dtype="str").mask(frame[REJECT_REASON].notna(), f"{table.name}.source")
    reason = frame[REJECT_REASON].astype("str")
    text = frame[names].copy()
    for column in columns:
        given = frame.get(f"{column.name}__bad")
        if given is None or given.isna().all():
            continue
        text[column.name] = text[column.name].astype("str").mask(given.notna(), given.astype("str"))
        fresh = given.notna() & rule.isna()
        rule = rule.mask(fresh, f"{table.name}.{column.name}_type")
        reason = reason.mask(fresh, f"{column.name} is not {_noun(column)}")
    away = rule.notna()
    rejected = text[away].astype("str").assign(rule=rule[away], reason=reason[away])
    return frame.loc[~away, names].reset_index(drop=True), rejected.reset_index(drop=True)


def _noun(column: Column) -> str:
    return _NOUNS.get(column.type, f"a text of at most {column.longest} characters without control characters")


@contextmanager
def _explained(file: Path) -> Iterator[None]:
    """Turn what DuckDB finds wrong into one line, without values of the data in it."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise MemoryError from error
    except duckdb.Error as error:
        raise SourceError(f"{file}: {_finding(error)} Correct the SELECT or the raw file.") from error


def _finding(error: duckdb.Error) -> str:
    if not isinstance(
        error, duckdb.ParserException | duckdb.BinderException | duckdb.CatalogException | duckdb.IOException
    ):
        # Any other message may quote the row, which may be a customer's.
        return (
            "a value of the raw data cannot be converted or a line cannot be parsed; read the file with "
            "all_varchar = true, and with encoding = 'latin-1' or the like where it is not UTF-8."
        )
    lines = (line.strip() for line in str(error).split("\nLINE ")[0].splitlines())
    return " ".join(line for line in lines if line).rstrip(".") + "."
