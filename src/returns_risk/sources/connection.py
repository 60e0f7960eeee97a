"""DuckDB connections of a source: what they may read, the source's setup and SELECTs, errors without values."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from returns_risk.config.params import SourceParams
from returns_risk.errors import SourceError
from returns_risk.sources.attached import attach, is_foreign, needs_extension
from returns_risk.sources.findings import describe
from returns_risk.sources.places import Places
from returns_risk.sources.raw_files import require_last_lines
from returns_risk.sources.raw_names import locate_files
from returns_risk.sources.statements import quote, warn_of_lost_offsets, writes_files

__all__ = ["Session", "connect", "explain_errors", "read_statements", "select"]

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    # Otherwise a name in a SELECT may be a variable of this process.
    "python_enable_replacements": False,
}


@dataclass(frozen=True)
class Session:
    """A connection of a source and the places that it may read."""

    connection: duckdb.DuckDBPyConnection
    places: Places


@contextmanager
def connect(source: SourceParams, folder: Path, files: Sequence[Path] = ()) -> Iterator[Session]:
    """Yield a session in which the source's ``setup.sql`` has run.

    From then on, and for all of ``setup.sql`` but its ATTACH of MySQL, only declared places can be read, no
    extension is loaded and no setting changes.

    Parameters
    ----------
    folder : folder of the SELECTs
    files : raw files that are read; one without a last line break is named where reading fails
    """
    with TemporaryDirectory(prefix="returns-risk-") as scratch, duckdb.connect(config=_CONFIG) as connection:
        session = Session(connection, Places.of(source, Path(scratch)))
        try:
            _prepare(session, folder)
            yield session
        except SourceError:
            require_last_lines(files)
            raise


def read_statements(folder: Path) -> str:
    """Return the text of all ``*.sql`` of a source."""
    return " ".join(_text(file) for file in sorted(folder.glob("*.sql")))


def select(session: Session, file: Path) -> duckdb.DuckDBPyRelation:
    """Return the relation that the one SELECT in a file gives.

    Raises
    ------
    SourceError
        The file holds anything else than one SELECT, or is not UTF-8.
    """
    warn_of_lost_offsets(file, _text(file))
    text = locate_files(_text(file), session.places, file)
    statements = session.connection.extract_statements(text)
    if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
        raise SourceError(f"{file}: is not one SELECT. Move other statements to setup.sql.")
    # As a view the text may end in a semicolon or a comment.
    session.connection.execute(f'CREATE TEMP VIEW "{file.name}" AS {statements[0].query}')
    return session.connection.view(file.name)


@contextmanager
def explain_errors(file: Path) -> Iterator[None]:
    """Turn an error of DuckDB in the statements of a file into one line that quotes no values of the data."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise MemoryError from error
    except duckdb.Error as error:
        texts = [_text(path) for path in (file.with_name("setup.sql"), file) if path.exists()]
        raise SourceError(f"{file}: {describe(error, ' '.join(texts))}") from error


def _prepare(session: Session, folder: Path) -> None:
    connection, setup = session.connection, folder / "setup.sql"
    connection.execute("SET enable_progress_bar = false")
    connection.execute(_text(Path(__file__).with_name("macros.sql")))
    statements = []
    with explain_errors(setup):
        if setup.exists():
            statements = [statement.query for statement in connection.extract_statements(_text(setup))]
        if any(map(writes_files, statements)):
            raise SourceError(
                f"{setup}: a source writes no files. Remove COPY ... TO, EXPORT, logs and persistent secrets; "
                "CREATE TEMP TABLE keeps a result."
            )
        foreign = [statement for statement in statements if is_foreign(statement)]
        for statement in filter(needs_extension, foreign):
            attach(connection, statement, session.places, "", setup)
        _restrict(session)
        # Only now, since the names of tables in a delivered database become SQL.
        for statement in (statement for statement in foreign if not needs_extension(statement)):
            attach(connection, statement, session.places, read_statements(folder), setup)
        warn_of_lost_offsets(setup, " ".join(statements))
        for statement in filter(lambda statement: not is_foreign(statement), statements):
            connection.execute(locate_files(statement, session.places, setup))
        # Whatever setup.sql has set: times without a zone are UTC.
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute("SET lock_configuration = true")


def _restrict(session: Session) -> None:
    """Let the connection read the declared places only."""
    places = session.places
    session.connection.execute(f"SET temp_directory = {quote(str(places.scratch))}")
    session.connection.execute(f"SET allowed_directories = [{', '.join(quote(str(path)) for path in places.readable)}]")
    session.connection.execute("SET enable_external_access = false")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SourceError(f"{file}: byte {error.start} is not UTF-8. Save the file as UTF-8.") from error
