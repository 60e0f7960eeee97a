"""Finished exports as others may have them: whole, as their manifest says, and none of the past."""

from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from returns_risk.errors import DeliveryError
from returns_risk.io.files import hash_file

__all__ = ["Manifest", "held_file", "read_manifest"]

_AGAIN = "Make it again: dvc repro, or returns-risk nightly --again"


class Manifest(BaseModel):
    """What of an export's ``manifest.json`` tells whose it is, and that it is whole; other keys are left aside."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    source: str
    as_of: date
    files: dict[str, str]
    """SHA-256 of each file by its name."""
    backfill: bool = False
    rehearsal: bool = False
    """Made by the chain and not by a night: nobody acts on it."""


def read_manifest(export: Path) -> Manifest:
    """Read the manifest of an export that others are to be told of.

    Parameters
    ----------
    export : ``exports/as_of=<date>``

    Raises
    ------
    DeliveryError
        The export is not finished, its manifest cannot be read, or it is a backfill or the chain's rehearsal.
    """
    file = export / "manifest.json"
    if not (export / "_SUCCESS").exists():
        raise DeliveryError(f"{export}: there is no finished export. Run the chain first: dvc repro.")
    try:
        manifest = Manifest.model_validate_json(file.read_bytes())
    except OSError as error:
        raise DeliveryError(f"{file}: cannot be read ({error.strerror}). {_AGAIN}.") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "the file"
        raise DeliveryError(f"{file}: is damaged: {key}: {first['msg']}. {_AGAIN}.") from error
    if manifest.rehearsal:
        raise DeliveryError(
            f"{export}: is the chain's rehearsal, which nobody acts on. Name the export of a night: "
            "exports/as_of=<date>."
        )
    if manifest.backfill:
        raise DeliveryError(f"{export}: a backfill is told to nobody. Name the export of a night that was acted on.")
    return manifest


def held_file(export: Path, name: str, manifest: Manifest) -> Path:
    """Return the path of a file of an export, held against its hash in the manifest.

    Raises
    ------
    DeliveryError
        The file is missing, or is not what the manifest says.
    """
    file, promised = export / name, manifest.files.get(name)
    if promised is None or not file.exists():
        raise DeliveryError(f"{file}: is missing; an older version has made this export. {_AGAIN}.")
    if hash_file(file) != promised:
        raise DeliveryError(f"{file}: is not what manifest.json says; somebody has changed it. {_AGAIN}.")
    return file
