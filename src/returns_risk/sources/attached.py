"""Tables of SQLite and PostgreSQL as tables of texts under the name that ATTACH gives, without DuckDB's extensions."""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from returns_risk.errors import SourceError
from returns_risk.sources.conversion import write_parquet
from returns_risk.sources.places import Places
from returns_risk.sources.statements import quote

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["attach", "is_foreign", "needs_extension"]

_ATTACH = re.compile(
    # DuckDB leaves the comments before a statement in its text: an ATTACH in them is none.
    r"(?:\s|--[^\n]*(?:\n|$)|/\*.*?\*/)*\bATTACH\s+(?:(?:OR\s+REPLACE|DATABASE|IF\s+NOT\s+EXISTS)\s+)*'((?:[^']|'')+)'(?:\s+AS\s+\"?(\w+)\"?)?(?:\s*\((.*?)\))?",
    re.IGNORECASE | re.DOTALL,
)
_TYPE = re.compile(r"\bTYPE\s+'?(sqlite|postgres|mysql)", re.IGNORECASE)
_NO_ACCESS = re.compile("is locked|unable to open|readonly|disk I/O|memory")
_LOGS = ("-wal", "-journal")
_ATTEMPTS = 2
_SYSTEM = ("information_schema", "pg_")


def is_foreign(statement: str) -> bool:
    """Whether a statement attaches a database of another system."""
    return bool(_kind(statement))


def needs_extension(statement: str) -> bool:
    """Whether a statement attaches a database that only an extension of DuckDB reads."""
    return _kind(statement) == "mysql"


def attach(connection: duckdb.DuckDBPyConnection, statement: str, places: Places, used: str, file: Path) -> None:
    """Attach a database of another system as DuckDB would, with copies of the tables that the SELECTs name.

    All values are texts, as with ``all_varchar = true``; times of PostgreSQL have their offset.

    Parameters
    ----------
    statement : e.g. ``ATTACH 'shop.db' AS shop (TYPE sqlite)`` or ``ATTACH 'postgresql://user@host/shop' AS shop
        (TYPE postgres)``
    used : text of all SELECTs of the source
    file : file of the statement

    Raises
    ------
    SourceError
        The database cannot be read, or DuckDB's extension for MySQL is not installed.
    """
    # SQLAlchemy takes half a second; few sources attach a database.
    from returns_risk.io.databases import open_database

    match = _ATTACH.match(statement)
    if not match:
        raise SourceError(f"{file}: an ATTACH cannot be read. Write it like ATTACH 'shop.db' AS shop (TYPE sqlite).")
    address, name = match[1].replace("''", "'"), match[2] or Path(match[1]).stem
    if needs_extension(statement):
        _attach_natively(connection, statement, file)
        return
    connection.execute(f"ATTACH ':memory:' AS {_identifier(name)}")
    delivered = _sqlite_file(address, places, file)
    with (
        open_database(_url(delivered, places) if delivered else address, SourceError, reading=True) as engine,
        _delivery_errors(delivered, file),
        engine.connect() as database,
    ):
        if engine.dialect.name == "postgresql":
            database.exec_driver_sql("SET TIME ZONE 'UTC'")
        for schema, relation in _relations(database, used):
            copy = places.new_copy(".parquet")
            _copy(database, schema, relation, copy)
            _view(connection, name, schema, relation, copy)


def _kind(statement: str) -> str | None:
    match = _ATTACH.match(statement)
    kind = _TYPE.search((match and match[3]) or "")
    return kind[1].lower() if kind else None


def _attach_natively(connection: duckdb.DuckDBPyConnection, statement: str, file: Path) -> None:
    try:
        connection.execute("LOAD mysql")
    except duckdb.Error as error:
        raise SourceError(
            f"{file}: MySQL needs DuckDB's extension mysql. Install it once for this user, with a network: "
            "python -c \"import duckdb; duckdb.sql('INSTALL mysql')\". Or export the tables as CSV."
        ) from error
    connection.execute(statement)


def _sqlite_file(address: str, places: Places, file: Path) -> Path | None:
    """Return the file of an SQLite database; None for the address of a server."""
    from returns_risk.io.database_urls import parse_url

    if "://" in address:
        parsed = parse_url(address, SourceError)
        if parsed.get_backend_name() != "sqlite":
            return None
        address = parsed.database or ""
    files = places.match(places.locate(address))
    if not files:
        raise SourceError(
            f"{file}: no database in {places.folder} is called {address}. Correct the ATTACH; "
            "the address of a server is written like postgresql://user@host/database."
        )
    return files[0]


def _url(delivered: Path, places: Places) -> str:
    from sqlalchemy import URL

    # A sign such as ? in the name of a file is no part of the address.
    return URL.create("sqlite", database=str(_readable(delivered, places))).render_as_string()


def _readable(delivered: Path, places: Places) -> Path:
    """Return an SQLite file to open: a copy where a log beside it would be written into it on closing."""
    database = delivered.resolve()
    for _ in range(_ATTEMPTS):
        parts = [database, *(part for suffix in _LOGS if (part := Path(f"{database}{suffix}")).exists())]
        if len(parts) == 1:
            return delivered
        try:
            before = [_state(part) for part in parts]
            copy = _copy_files(parts, places)
            if [_state(part) for part in parts] == before:
                return copy
        except FileNotFoundError:
            continue
        except OSError as error:
            raise SourceError(
                f"{delivered}: cannot be copied ({error.strerror}). Check its permissions and the disk."
            ) from error
    # Another process writes to it: that process, not this one, closes it last.
    return delivered


def _copy_files(parts: list[Path], places: Places) -> Path:
    copy = places.copy("database", parts[0])
    for suffix in _LOGS:
        copy.with_name(copy.name + suffix).unlink(missing_ok=True)
    for part in parts:
        shutil.copyfile(part, copy.with_name(part.name))
    return copy


def _state(file: Path) -> tuple[int, int]:
    return file.stat().st_size, file.stat().st_mtime_ns


@contextmanager
def _delivery_errors(database: Path | None, file: Path) -> Iterator[None]:
    """Explain what is wrong in a delivered SQLite file; the ledger's advice is to restore it from a backup."""
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except DBAPIError as error:
        finding = str(error.orig).splitlines()[0].split(" with text ")[0]
        if not isinstance(error.orig, sqlite3.Error) or _NO_ACCESS.search(finding):
            raise
        raise SourceError(
            f"{file}: {database}: {finding}. Correct the table or view, or deliver the database again."
        ) from error


def _relations(database: "Connection", used: str) -> list[tuple[str | None, str]]:
    """Return schema and name of each table or view whose name occurs in the SELECTs."""
    from sqlalchemy import inspect

    inspector = inspect(database)
    schemas = inspector.get_schema_names() if database.dialect.name == "postgresql" else [None]
    words = set(re.findall(r"\w+", used.lower()))
    return [
        (schema, relation)
        for schema in schemas
        if not (schema or "").startswith(_SYSTEM)
        for relation in sorted({*inspector.get_table_names(schema), *inspector.get_view_names(schema)})
        if set(re.findall(r"\w+", relation.lower())) <= words
    ]


def _copy(database: "Connection", schema: str | None, relation: str, copy: Path) -> None:
    from sqlalchemy import Text, cast, column, select, table

    source = table(relation, schema=schema)
    names = list(database.execute(select("*").select_from(source).limit(0)).keys())
    texts = select(*(cast(column(name), Text) for name in names)).select_from(source)
    rows = database.execution_options(stream_results=True, yield_per=10_000).execute(texts)
    write_parquet(copy, names, map(tuple, rows))


def _view(connection: duckdb.DuckDBPyConnection, database: str, schema: str | None, relation: str, copy: Path) -> None:
    view = f"{_identifier(relation)} AS FROM read_parquet({quote(str(copy))})"
    if schema:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_identifier(database)}.{_identifier(schema)}")
        connection.execute(f"CREATE VIEW {_identifier(database)}.{_identifier(schema)}.{view}")
    if schema in (None, "public"):
        connection.execute(f"CREATE VIEW {_identifier(database)}.main.{view}")


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
