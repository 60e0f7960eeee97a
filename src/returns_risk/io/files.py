"""Atomic files and folders (written under a temporary name, then renamed), locks and hashes."""

import ctypes
import errno
import fcntl
import hashlib
import json
import logging
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from returns_risk.errors import ExportError, Stopped

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "atomic_directory",
    "atomic_file",
    "hash_file",
    "hash_files",
    "locked",
    "restrict_access",
    "write_csv",
    "write_folder",
    "write_json",
    "write_parquet",
    "write_text",
]

_logger = logging.getLogger(__name__)
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_NO_SPACE, _NO_RIGHT = "Free some space", "Give the user write permission"
_REMEDIES = {
    errno.ENOSPC: _NO_SPACE,
    errno.EDQUOT: _NO_SPACE,
    errno.EACCES: _NO_RIGHT,
    errno.EPERM: _NO_RIGHT,
    errno.EROFS: "Mount the file system so that it can be written",
    errno.EMFILE: "Allow the process more open files (ulimit -n)",
}


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Yield a temporary name beside ``path``, which is renamed to ``path`` when the block succeeds.

    Raises
    ------
    ExportError
        The folder cannot be created or written; ``path`` keeps its previous content.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield aside
        _flush(aside)
        _require_not_stopped()
        aside.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        # Raised where a parent is a file: it would hide the error above.
        with suppress(NotADirectoryError):
            aside.unlink(missing_ok=True)


@contextmanager
def atomic_directory(path: Path) -> Iterator[Path]:
    """Yield a temporary folder beside ``path``, which replaces ``path`` when the block succeeds.

    An existing folder is exchanged in one step where the system can (``renameat2`` on Linux), so that a reader sees
    either the old files or the new ones.

    Raises
    ------
    ExportError
        The folder cannot be created or written; ``path`` keeps its previous content.
    """
    aside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        yield aside
        for file in sorted(aside.rglob("*")):
            if file.is_file():
                _flush(file)
        _require_not_stopped()
        _replace_folder(aside, path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def locked(path: Path, *, wait: bool = False) -> Iterator[None]:
    """Lock a file while the block runs; the system releases the lock when the process ends, also when it is killed.

    Parameters
    ----------
    wait : wait for another process that holds the lock

    Raises
    ------
    BlockingIOError
        Another process holds the lock; ``filename2`` names it, as far as it is known.
    ExportError
        The file cannot be created.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise _unwritable(path, error) from error
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            stream.seek(0)
            raise BlockingIOError(error.errno, error.strerror, str(path), None, stream.read().strip()) from error
        stream.truncate(0)
        stream.write(f"process {os.getpid()}")
        stream.flush()
        yield


def restrict_access(path: Path) -> None:
    """Remove the permissions of accounts other than owner and group from a file or folder, if it exists.

    Other accounts cannot reach the files in a restricted folder, even those with wider permissions.
    """
    try:
        with suppress(FileNotFoundError, NotADirectoryError):
            mode = path.stat().st_mode & 0o7777
            if mode & 0o007:
                path.chmod(mode & ~0o007)
    except PermissionError:
        _logger.warning("%s: belongs to another account and may be open to all. Run chmod o-rwx %s there.", path, path)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8 with line feeds, atomically."""
    with atomic_file(path) as aside:
        aside.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, content: Any) -> None:
    """Write ``content`` as JSON, keys in their given order, atomically."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_parquet(path: Path, frame: "pd.DataFrame") -> None:
    """Write ``frame`` without its index as Parquet (zstd), atomically."""
    with atomic_file(path) as aside:
        frame.to_parquet(aside, index=False, compression="zstd")


def write_csv(path: Path, frame: "pd.DataFrame") -> Path:
    """Write ``frame`` without its index as CSV, atomically, and return the path."""
    write_text(path, frame.to_csv(index=False, lineterminator="\n"))
    return path


def write_folder(folder: Path, contents: "dict[str, Any]") -> None:
    """Replace ``folder`` by files of the given names and contents: frames (``*.csv``), texts, bytes, JSON values."""
    with atomic_directory(folder) as aside:
        for name, content in contents.items():
            file = aside / name
            file.parent.mkdir(exist_ok=True)
            if isinstance(content, bytes):
                file.write_bytes(content)
            elif isinstance(content, str):
                write_text(file, content)
            elif name.endswith(".csv"):
                write_csv(file, content)
            else:
                write_json(file, content)


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file's content in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def hash_files(paths: list[Path]) -> dict[str, str]:
    """Return the SHA-256 of each file by its name, in the order given."""
    return {path.name: hash_file(path) for path in paths}


def _require_not_stopped() -> None:
    if Stopped.pending is not None:
        raise Stopped.pending


def _flush(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _replace_folder(aside: Path, path: Path) -> None:
    if path.exists() and not path.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    if not path.exists():
        aside.rename(path)
    elif not _exchange(aside, path):
        previous = path.with_name(f".{path.name}.{os.getpid()}.old")
        path.rename(previous)
        aside.rename(path)
        shutil.rmtree(previous)


def _exchange(new: Path, old: Path) -> bool:
    """Swap two paths in one step; return False where the kernel or the file system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        return False
    arguments = (_AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(old), _RENAME_EXCHANGE)
    if libc.renameat2(*arguments) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        return False
    raise OSError(code, os.strerror(code), str(old))


def _unwritable(path: Path, error: OSError) -> ExportError:
    remedy = _REMEDIES.get(error.errno or 0, "Check that the folder exists, is writable and has space")
    return ExportError(
        f"{path}: cannot be written ({error.strerror or error}). {remedy}; the previous content is unchanged."
    )
