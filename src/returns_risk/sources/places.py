"""The folders that a source may read, and where the names in its SELECTs lead."""

import glob
from dataclasses import dataclass
from pathlib import Path

from returns_risk.config.params import SourceParams
from returns_risk.errors import SourceError

__all__ = ["FORBIDDEN", "Places"]

FORBIDDEN = "a SELECT may read source.raw and source.directories only. Declare its folder in params.yaml"


@dataclass(frozen=True)
class Places:
    """The raw folder, further directories, and a folder for converted copies."""

    folder: Path
    """Raw folder, which names in a SELECT are relative to."""
    directories: tuple[Path, ...]
    scratch: Path

    @classmethod
    def of(cls, source: SourceParams, scratch: Path) -> "Places":
        """Return the places that a source declares, without symbolic links."""
        raw = source.raw.resolve()
        return cls(
            raw if raw.is_dir() else raw.parent,
            tuple(folder.resolve() for folder in source.directories),
            scratch.resolve(),
        )

    @property
    def readable(self) -> list[Path]:
        """All that may be read."""
        return [self.folder, *self.directories, self.scratch]

    def locate(self, name: str) -> str:
        """Return the absolute path or pattern of a name: in the raw folder, else in the working directory."""
        if "://" in name or Path(name).is_absolute():
            return name
        paths = [f"{glob.escape(str(folder))}/{name}" for folder in (self.folder, Path.cwd())]
        return next((path for path in paths if _glob(path)), paths[0])

    def match(self, path: str) -> list[Path]:
        """Return the files of an absolute path or pattern, sorted.

        Raises
        ------
        SourceError
            The source does not declare the folder of a file.
        """
        files = [file for file in _glob(path) if file.is_file()]
        for file in files:
            if not any(file.resolve().is_relative_to(place) for place in self.readable):
                raise SourceError(f"{file}: {FORBIDDEN}.")
        return files

    def copy(self, kind: str, file: Path) -> Path:
        """Return where the converted copy of a file belongs; its folder exists."""
        target = self.scratch / kind / file.resolve().relative_to(file.resolve().anchor)
        target.parent.mkdir(parents=True, exist_ok=True)
        return target

    def original(self, file: Path) -> Path:
        """Return where a file came from, if it is a copy of what is in an archive: ``orders.zip/lines.csv``."""
        folder = self.scratch / "archive"
        return Path(file.anchor) / file.relative_to(folder) if file.is_relative_to(folder) else file

    def new_copy(self, ending: str) -> Path:
        """Return where the next copy of a table belongs: under a number, since the table's name may lead elsewhere."""
        folder = self.scratch / "tables"
        folder.mkdir(exist_ok=True)
        return folder / f"{len(list(folder.iterdir()))}{ending}"


def _glob(pattern: str) -> list[Path]:
    # Unlike Path.glob, this takes absolute patterns.
    return sorted(map(Path, glob.glob(pattern, recursive=True)))  # noqa: PTH207
