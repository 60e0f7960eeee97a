"""MLflow's database where it is an SQLite file: whether it is sound, and paths in it that move with the project."""

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
_WAIT = 5.0  # seconds that another process may hold the file
_ARTIFACTS = "mlruns"
_PATHS = {
    "experiments": ("artifact_location",),
    "runs": ("artifact_uri",),
    "logged_models": ("artifact_location",),
    "model_versions": ("storage_location", "source"),
}
"""Columns in which MLflow keeps where its files are."""
_PLACE = re.compile(rf"(?:file://)?(?P<root>/.*)?/{_ARTIFACTS}/(?P<place>\d+(?:/.*)?)", re.DOTALL)
_SECRETS = {"params": "key", "logged_model_params": "param_key"}
_TRACES = (f"{_ARTIFACTS}/*/*", "data/state/ledger-*.json")
"""Files beside a database that are only there once a model was trained or a night was run."""
_BACKUP = "Restore it from a backup"
_logger = logging.getLogger(__name__)


def find_file(uri: str) -> Path | None:
    """Return the database file of a tracking URI, absolute; None for a server or another database."""
    name = unquote(uri.removeprefix(_SQLITE).partition("?")[0])
    return Path(name).absolute() if uri.startswith(_SQLITE) and name not in ("", ":memory:") else None


def require_readable(file: Path) -> None:
    """Refuse a database that is not there, or that this MLflow cannot work with.

    Raises
    ------
    RegistryError
        The file is missing, damaged, no database of MLflow's, or of another schema.
    BusyError
        Another process holds it.
    """
    if not file.exists():
        trace = _find_trace(file)
        if trace:
            raise RegistryError(f"{file.name}: it is gone, while {trace} is still there. {_BACKUP}.")
        raise RegistryError(f"{file.name}: there is no model registry here; the train stage makes it.")
    with _translating(file), closing(_connect(file, "ro")) as database:
        _require_schema(file, database)


def require_writable(file: Path) -> None:
    """Refuse a database that cannot be written, and a new one where there has been one before.

    Raises
    ------
    RegistryError
        As for ``require_readable``, or a former database is gone: a new one would know none of its models.
    BusyError
        Another process holds it.
    """
    if not file.exists():
        if trace := _find_trace(file):
            raise RegistryError(
                f"{file.name}: it is gone, while {trace} is still there: a new one would know none of its models. "
                f"{_BACKUP}; to begin anew on purpose, move {trace} away first."
            )
        return
    require_readable(file)
    with _translating(file), closing(_connect(file, "rw")) as database:
        database.execute("BEGIN IMMEDIATE")
        database.execute("ROLLBACK")


def make_paths_relative(file: Path) -> int:
    """Make the paths of a database in the working folder relative to it, and drop parameters that may be secret.

    Returns
    -------
    The number of values that were changed.

    Raises
    ------
    RegistryError, BusyError
        As for ``require_writable``; or the database is another folder's, whose files are found from there only.
    """
    if not file.exists():
        return 0
    with _translating(file), closing(_connect(file, "rw")) as database:
        if file.parent != Path.cwd():
            _require_absolute(file, database)
            return 0
        # What is deleted is overwritten, too.
        database.execute("PRAGMA secure_delete = ON")
        database.execute("BEGIN IMMEDIATE")
        changed = sum(_rewrite(file, database, table, column) for table, names in _PATHS.items() for column in names)
        for table, key in _SECRETS.items():
            changed += database.execute(
                f"DELETE FROM {table} WHERE {key} LIKE 'nightly.%' OR {key} = 'cluster.address'"  # noqa: S608
            ).rowcount
        database.execute("COMMIT")
        return changed


def locate_artifacts(file: Path, uri: str) -> str:
    """Return where files of a project are by now, whatever folder it was in when their place was noted.

    >>> locate_artifacts(Path("/now/mlflow.db"), "/then/mlruns/1/models/m-1/artifacts")
    '/now/mlruns/1/models/m-1/artifacts'
    """
    place = _relative(file, uri) or uri
    return place if ":" in place or place.startswith("/") else str(file.parent / place)


@contextmanager
def _translating(file: Path) -> Iterator[None]:
    """Turn what SQLite raises into one line for the user."""
    try:
        yield
    except sqlite3.Error as error:
        told = str(error)
        if "locked" in told or "busy" in told:
            raise BusyError(f"{file.name}: another process holds it ({told}). Run again when it has ended.") from error
        if any(word in told for word in ("unable to open", "readonly", "disk")) and "malformed" not in told:
            raise RegistryError(f"{file.name}: cannot be opened ({told}). Check its permissions and space.") from error
        raise RegistryError(f"{file.name}: is damaged or no database of MLflow's ({told}). {_BACKUP}.") from error


def _connect(file: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.as_uri()}?mode={mode}", uri=True, timeout=_WAIT, isolation_level=None)


def _require_schema(file: Path, database: sqlite3.Connection) -> None:
    known, latest = _revisions()
    (found,) = database.execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
    if found == latest:
        return
    if found in known:
        raise RegistryError(
            f"{file.name}: was written by an older MLflow (schema {found}, this one has {latest}). Back it up, then "
            f"run mlflow db upgrade sqlite:///{file.name}."
        )
    raise RegistryError(
        f"{file.name}: was written by a newer MLflow (its schema {found or 'none'} is unknown here, the latest is "
        f"{latest}). Install the MLflow that wrote it."
    )


@cache
def _revisions() -> tuple[frozenset[str], str]:
    """Return the schemas that the installed MLflow knows, and the latest."""
    from alembic.script import ScriptDirectory
    from mlflow.store.db import utils

    scripts = ScriptDirectory.from_config(utils._get_alembic_config(""))
    return frozenset(one.revision for one in scripts.walk_revisions()), str(scripts.get_current_head())


def _find_trace(file: Path) -> str:
    found = (one for pattern in _TRACES for one in sorted(file.parent.glob(pattern)))
    return next((str(one.relative_to(file.parent)) for one in found), "")


def _rewrite(file: Path, database: sqlite3.Connection, table: str, column: str) -> int:
    rows = database.execute(f"SELECT rowid, {column} FROM {table} WHERE {column} IS NOT NULL")  # noqa: S608
    moved = [(place, row) for row, uri in rows.fetchall() if (place := _relative(file, uri)) is not None]
    database.executemany(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", moved)  # noqa: S608
    return len(moved)


def _relative(file: Path, uri: str) -> str | None:
    """Return the relative form of an absolute place below ``mlruns``; None where it is to stay as it is."""
    found = _PLACE.fullmatch(uri)
    if found is None:
        return None
    root = Path(unquote(found["root"] or "/"))
    # Somebody's own store of files lies elsewhere, with no database beside it: it is not a project that was copied.
    elsewhere = (root / _ARTIFACTS).is_dir() and not (root / file.name).exists()
    if root != file.parent and elsewhere and not (file.parent / _ARTIFACTS).is_dir():
        return None
    return f"{_ARTIFACTS}/{found['place']}"


def _require_absolute(file: Path, database: sqlite3.Connection) -> None:
    rows = database.execute("SELECT artifact_location FROM experiments").fetchall()
    if any(str(place).startswith(f"{_ARTIFACTS}/") for (place,) in rows):
        raise RegistryError(
            f"MLFLOW_TRACKING_URI: names the database of another project ({file.parent.name}), whose files are found "
            "from its own folder only. Run there, or keep a shared registry on an MLflow server."
        )
