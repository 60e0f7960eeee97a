"""Templates: SELECTs for the exports of shop systems, each a folder in ``templates/``, copied to begin a source."""

import re
import shutil
from importlib import resources
from pathlib import Path

from returns_risk.errors import SourceError
from returns_risk.io.files import atomic_directory

__all__ = ["create_source", "list_systems"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def list_systems() -> list[str]:
    """Return the names of the systems that have a template, sorted."""
    folders = resources.files("returns_risk.sources").joinpath("templates").iterdir()
    return sorted(folder.name for folder in folders if folder.joinpath("order_lines.sql").is_file())


def create_source(name: str, system: str, root: Path = Path("sources")) -> list[str]:
    """Copy the template of a system to ``root/name`` and return the names of the new files.

    Raises
    ------
    SourceError
        The system is unknown, the name cannot be a folder, or the folder exists.
    ExportError
        The folder cannot be written.
    """
    if system not in list_systems():
        raise SourceError(f"--from {system}: there is no such template; there are {list_systems()}. Correct the name.")
    if not _NAME.fullmatch(name):
        raise SourceError(
            f"{name!r}: is not a name for a source. Use up to 64 letters, digits, '-' and '_', such as myshop."
        )
    folder = root / name
    if folder.exists():
        raise SourceError(f"{folder}: the source exists and is left as it is. Choose another name, or remove it first.")
    template = resources.files("returns_risk.sources").joinpath("templates", system)
    with resources.as_file(template) as files, atomic_directory(folder) as aside:
        shutil.copytree(files, aside, dirs_exist_ok=True, copy_function=shutil.copyfile)
    return sorted(file.name for file in folder.iterdir())
