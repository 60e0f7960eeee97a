"""DuckDB connections of a source: its setup, its SELECTs, and errors without values of the data."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from returns_risk.config.params import SourceParams
from returns_risk.errors import SourceError
from returns_risk.sources.raw_files import require_last_lines

__all__ = ["connect", "explain_errors", "read_statements", "select"]


@contextmanager
def connect(source: SourceParams, folder: Path, files: Sequence[Path] = ()) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection on which the source's ``setup.sql`` has run.

    Parameters
    ----------
    folder : folder of the SELECTs
    files : raw files that are read; one without a last line break is named where reading fails
    """
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as connection:
        try:
            _prepare(connection, source, folder)
            yield connection
        except SourceError:
            require_last_lines(files)
            raise


def read_statements(folder: Path) -> str:
    """Return the text of all ``*.sql`` of a source."""
    return " ".join(_text(file) for file in sorted(folder.glob("*.sql")))


def select(connection: duckdb.DuckDBPyConnection, file: Path) -> duckdb.DuckDBPyRelation:
    """Return the relation that the one SELECT in a file gives.

    Raises
    ------
    SourceError
        The file holds anything else than one SELECT, or is not UTF-8.
    """
    statements = connection.extract_statements(_text(file))
    if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
        raise SourceError(f"{file}: is not one SELECT. Move other statements to setup.sql.")
    # As a view the text may end in a semicolon or a comment.
    connection.execute(f'CREATE TEMP VIEW "{file.name}" AS {statements[0].query}')
    return connection.view(file.name)


@contextmanager
def explain_errors(file: Path) -> Iterator[None]:
    """Turn an error of DuckDB into one line that quotes no values of the data."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise MemoryError from error
    except duckdb.Error as error:
        raise SourceError(f"{file}: {_finding(error)} Correct the SELECT or the raw file.") from error


def _prepare(connection: duckdb.DuckDBPyConnection, source: SourceParams, folder: Path) -> None:
    raw = source.raw if source.raw.is_dir() else source.raw.parent
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")
    connection.execute(f"SET file_search_path = '{str(raw.resolve()).replace(chr(39), chr(39) * 2)}'")
    connection.execute(_text(Path(__file__).with_name("macros.sql")))
    setup = folder / "setup.sql"
    if setup.exists():
        with explain_errors(setup):
            connection.execute(_text(setup))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SourceError(f"{file}: byte {error.start} is not UTF-8. Save the file as UTF-8.") from error


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
