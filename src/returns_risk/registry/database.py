"""MLflow's SQLite file: checks before it is used, and paths relative to the project, so that it can be moved."""

import logging
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from returns_risk.errors import BusyError, RegistryError

__all__ = ["find_file", "locate_artifacts", "make_paths_relative", "require_readable", "require_writable"]

_SQLITE = "sqlite:///"
_WAIT = 5.0  # seconds to wait for a lock of another process
_ARTIFACTS = "mlruns"
_PATHS = {
    "experiments": ("artifact_location",),
    "runs": ("artifact_uri",),
    "logged_models": ("artifact_location",),
    "model_versions": ("storage_location", "source"),
}
"""Columns with paths of MLflow's files."""
_PATH = re.compile(rf"(?:file://)?(?P<root>/.*)?/{_ARTIFACTS}/(?P<below>\d+(?:/.*)?)", re.DOTALL)
_PARAMETERS = {"params": "key", "logged_model_params": "param_key"}
"""Tables with logged parameters, and their columns of names."""
_TRACES = (f"{_ARTIFACTS}/*/*", "data/state/ledger-*.json")
"""Files that exist beside a database only after a model was trained or a night was run."""
_BACKUP = "Restore it from a backup"
_logger = logging.getLogger(__name__)


def find_file(uri: str) -> Path | None:
    """Return the database file of a tracking URI, absolute; None for a server or another database."""
    name = unquote(uri.removeprefix(_SQLITE).partition("?")[0])
    return Path(name).absolute() if uri.startswith(_SQLITE) and name not in ("", ":memory:") else None


def require_readable(file: Path) -> None:
    """Refuse a database that is missing or does not fit the installed MLflow.

    Raises
    ------
    RegistryError
        The file is missing, damaged, not a database of MLflow, or has another schema.
    BusyError
        Another process has locked it.
    """
    if not file.exists():
        if trace := _find_trace(file):
            raise RegistryError(f"{file.name}: is missing, while {trace} still exists. {_BACKUP}.")
        raise RegistryError(f"{file.name}: there is no model registry here; the train stage creates it.")
    with _user_errors(file), closing(_connect(file, "ro")) as database:
        _require_schema(file, database)


def require_writable(file: Path) -> None:
    """Refuse a database that cannot be written, or that is missing although there was one before.

    Raises
    ------
    RegistryError
        As for ``require_readable``, or an earlier database is missing: a new one would lack its models.
    BusyError
        Another process has locked it.
    """
    if not file.exists():
        if trace := _find_trace(file):
            raise RegistryError(
                f"{file.name}: is missing, while {trace} still exists: a new database would lack its models. "
                f"{_BACKUP}; to start a new one on purpose, move {trace} away first."
            )
        return
    require_readable(file)
    with _user_errors(file), closing(_connect(file, "rw")) as database:
        database.execute("BEGIN IMMEDIATE")
        database.execute("ROLLBACK")


def make_paths_relative(file: Path) -> int:
    """Make the paths in a database of the working folder relative, and delete parameters that may hold passwords.

    Returns
    -------
    The number of changed values.

    Raises
    ------
    RegistryError, BusyError
        As for ``require_writable``; or the database belongs to another folder and has paths relative to that folder.
    """
    if not file.exists():
        return 0
    with _user_errors(file), closing(_connect(file, "rw")) as database:
        if file.parent != Path.cwd():
            _require_absolute(file, database)
            return 0
        # Deleted values are overwritten.
        database.execute("PRAGMA secure_delete = ON")
        database.execute("BEGIN IMMEDIATE")
        changed = sum(_rewrite(file, database, table, column) for table, names in _PATHS.items() for column in names)
        for table, name in _PARAMETERS.items():
            changed += database.execute(
                f"DELETE FROM {table} WHERE {name} LIKE 'nightly.%' OR {name} = 'cluster.address'"  # noqa: S608
            ).rowcount
        database.execute("COMMIT")
        return changed


def locate_artifacts(file: Path, uri: str) -> str:
    """Return the present address of a project's files, also where the project was moved after it was stored.

    >>> locate_artifacts(Path("/now/mlflow.db"), "/then/mlruns/1/models/m-1/artifacts")
    '/now/mlruns/1/models/m-1/artifacts'
    """
    address = _relative(file, uri) or uri
    return address if ":" in address or address.startswith("/") else str(file.parent / address)


@contextmanager
def _user_errors(file: Path) -> Iterator[None]:
    """Raise the errors of SQLite in the block as one line."""
    try:
        yield
    except sqlite3.Error as error:
        text = str(error)
        if "locked" in text or "busy" in text:
            raise BusyError(f"{file.name}: another process holds it ({text}). Run again when it has ended.") from error
        if any(part in text for part in ("unable to open", "readonly", "disk")) and "malformed" not in text:
            raise RegistryError(f"{file.name}: cannot be opened ({text}). Check its permissions and space.") from error
        raise RegistryError(f"{file.name}: is damaged or not a database of MLflow ({text}). {_BACKUP}.") from error


def _connect(file: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.as_uri()}?mode={mode}", uri=True, timeout=_WAIT, isolation_level=None)


def _require_schema(file: Path, database: sqlite3.Connection) -> None:
    known, latest = _revisions()
    (revision,) = database.execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
    if revision == latest:
        return
    if revision in known:
        raise RegistryError(
            f"{file.name}: was written by an older MLflow (schema {revision}, this one has {latest}). Back it up, then "
            f"run mlflow db upgrade sqlite:///{file.name}."
        )
    raise RegistryError(
        f"{file.name}: was written by a newer MLflow (its schema {revision or 'none'} is unknown here, the latest is "
        f"{latest}). Install the MLflow that wrote it."
    )


@cache
def _revisions() -> tuple[frozenset[str], str]:
    """Return the schema revisions that the installed MLflow knows, and the latest."""
    from alembic.script import ScriptDirectory
    from mlflow.store.db import utils

    scripts = ScriptDirectory.from_config(utils._get_alembic_config(""))
    return frozenset(script.revision for script in scripts.walk_revisions()), str(scripts.get_current_head())


def _find_trace(file: Path) -> str:
    traces = (trace for pattern in _TRACES for trace in sorted(file.parent.glob(pattern)))
    return next((str(trace.relative_to(file.parent)) for trace in traces), "")


def _rewrite(file: Path, database: sqlite3.Connection, table: str, column: str) -> int:
    rows = database.execute(f"SELECT rowid, {column} FROM {table} WHERE {column} IS NOT NULL")  # noqa: S608
    changed = [(path, row) for row, uri in rows.fetchall() if (path := _relative(file, uri)) is not None]
    database.executemany(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", changed)  # noqa: S608
    return len(changed)


def _relative(file: Path, uri: str) -> str | None:
    """Return the relative form of an absolute path below ``mlruns``; None for an address that stays as it is."""
    match = _PATH.fullmatch(uri)
    if match is None:
        return None
    root = Path(unquote(match["root"] or "/"))
    # A store without a database beside it is a shared folder of files, not the folder of a project that was copied.
    is_shared = (root / _ARTIFACTS).is_dir() and not (root / file.name).exists()
    if root != file.parent and is_shared and not (file.parent / _ARTIFACTS).is_dir():
        return None
    return f"{_ARTIFACTS}/{match['below']}"


def _require_absolute(file: Path, database: sqlite3.Connection) -> None:
    rows = database.execute("SELECT artifact_location FROM experiments").fetchall()
    if any(str(path).startswith(f"{_ARTIFACTS}/") for (path,) in rows):
        raise RegistryError(
            f"MLFLOW_TRACKING_URI: names the database of another project ({file.parent.name}), whose files are found "
            "from that folder only. Run there, or use an MLflow server as a shared registry."
        )
