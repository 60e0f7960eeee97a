"""Templates: SELECTs for the exports of shop systems, each a folder in ``templates/``, copied to begin a source."""

import shutil
from importlib import resources
from pathlib import Path

from pydantic import ValidationError

from returns_risk.config.params import SourceParams
from returns_risk.errors import SourceError
from returns_risk.io.files import atomic_directory

__all__ = ["create_source", "list_systems"]


def list_systems() -> list[str]:
    """Return the names of the systems that have a template, sorted."""
    folders = resources.files("returns_risk.sources").joinpath("templates").iterdir()
    return sorted(folder.name for folder in folders if folder.joinpath("order_lines.sql").is_file())


def create_source(name: str, system: str, root: Path = Path("sources")) -> list[str]:
    """Copy the template of a system to ``root/name`` and return the names of the new files.

    Unlike the data of a run they are for everybody who works on the checkout, whatever the umask.

    Parameters
    ----------
    name : as ``source.name`` in ``params.yaml``
    system : one of ``list_systems``, in small or capital letters

    Raises
    ------
    SourceError
        The system is unknown, the name is no name of a source, or the folder exists.
    ExportError
        The folder cannot be written.
    """
    if system.lower() not in list_systems():
        raise SourceError(f"--from {system}: there is no such template; there are {list_systems()}. Correct the name.")
    _require_name(name)
    folder = root / name
    if folder.exists():
        raise SourceError(f"{folder}: the source exists and is left as it is. Choose another name, or remove it first.")
    template = resources.files("returns_risk.sources").joinpath("templates", system.lower())
    with resources.as_file(template) as files, atomic_directory(folder) as aside:
        shutil.copytree(files, aside, dirs_exist_ok=True, copy_function=shutil.copyfile)
        aside.chmod(0o755)
        for file in aside.iterdir():
            file.chmod(0o644)
    return sorted(file.name for file in folder.iterdir())


def _require_name(name: str) -> None:
    try:
        SourceParams(name=name, raw=Path(), time_zone="UTC")
    except ValidationError as error:
        raise SourceError(
            f"{name!r}: is not a name for a source. It has up to 100 small letters, digits, '-' and '_' and begins "
            "with a letter or digit, such as myshop."
        ) from error
