"""Finished exports that may be delivered: complete, unchanged, and of a night that people act on."""

import json
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from returns_risk.errors import DeliveryError
from returns_risk.errors.findings import finding_of
from returns_risk.io.files import hash_file

__all__ = ["Manifest", "published_source", "read_manifest", "verified_file"]

_REBUILD = "Rebuild it: dvc repro, or returns-risk nightly --rerun"


class Manifest(BaseModel):
    """The keys of ``manifest.json`` that identify an export and prove that it is complete; other keys are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    source: str
    as_of: date
    files: dict[str, str]
    """SHA-256 of each file by its name."""
    backfill: bool = False
    rehearsal: bool = False
    """Written by the chain and not by a night, for the record only."""


def read_manifest(export: Path) -> Manifest:
    """Read the manifest of an export that is to be delivered.

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
        raise DeliveryError(f"{file}: cannot be read ({error.strerror}). {_REBUILD}.") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"]) or "the file"
        raise DeliveryError(f"{file}: is damaged: {key}: {finding_of(first)}. {_REBUILD}.") from error
    if manifest.rehearsal:
        raise DeliveryError(
            f"{export}: is the chain's rehearsal, which nobody acts on. Name the export of a night: "
            "exports/as_of=<date>."
        )
    if manifest.backfill:
        raise DeliveryError(
            f"{export}: backfill exports are never delivered. Name the export of a night that was acted on."
        )
    return manifest


def published_source(export: Path) -> str | None:
    """Return the source that the manifest of an export names; None if there is none, or it cannot be read."""
    try:
        manifest = json.loads((export / "manifest.json").read_bytes())
    except (OSError, ValueError):
        return None
    return manifest.get("source") if isinstance(manifest, dict) else None


def verified_file(export: Path, name: str, manifest: Manifest) -> Path:
    """Return the path of a file of an export once its hash agrees with the manifest.

    Raises
    ------
    DeliveryError
        The file is missing or has been changed.
    """
    file, expected = export / name, manifest.files.get(name)
    if expected is None or not file.exists():
        raise DeliveryError(f"{file}: is missing; an older version has written this export. {_REBUILD}.")
    if hash_file(file) != expected:
        raise DeliveryError(f"{file}: does not match its hash in manifest.json; it has been changed. {_REBUILD}.")
    return file
