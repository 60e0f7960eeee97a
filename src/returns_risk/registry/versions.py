"""The registered model versions of a source, and their bundles."""

import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from returns_risk.errors import BundleError, ExportError, RegistryError
from returns_risk.io.files import atomic_directory
from returns_risk.model import BUNDLE_FILES, bundle_version
from returns_risk.registry.aliases import CHAMPION, PREVIOUS, aliases_of, mlflow_client
from returns_risk.registry.database import locate_artifacts
from returns_risk.registry.store import connect, database_file, model_name, reporting

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = [
    "AS_OF_TAG",
    "PROMOTION_TAG",
    "REASON_TAG",
    "VERSION_TAG",
    "ModelVersion",
    "fetch_bundle",
    "find_version",
    "list_versions",
    "registered_bundle",
    "require_recorded",
]

VERSION_TAG = "bundle_version"
REASON_TAG = "reason_bundle_version"
AS_OF_TAG = "as_of"
PROMOTION_TAG = "promotion"
"""Hash of the ledger entry that last made the version champion; a truncated ledger lacks the entry."""


@dataclass(frozen=True)
class ModelVersion:
    """A registered version of a source's model."""

    number: int
    bundle: str
    """``bundle_version`` of its files."""
    reason: str
    """``bundle_version`` of the model of reasons registered with it; empty without one."""
    aliases: tuple[str, ...]
    as_of: str
    """As-of of its training (ISO 8601); empty if unknown."""
    metrics: dict[str, float]
    """Of its run: of training and, once evaluated, of the test period (``model_auc`` and others)."""
    promotion: str
    """Value of ``PROMOTION_TAG``; empty if it never was champion."""
    run_id: str


def list_versions(source: str) -> list[ModelVersion]:
    """Return all versions of a source's model, the oldest first; none if no model is registered.

    Raises
    ------
    RegistryError
        The store cannot be reached.
    """
    aliases = aliases_of(source)
    with mlflow_client("listing models") as client:
        return [_describe(client, version, aliases) for version in _search(client, source)]


def find_version(source: str, which: str) -> ModelVersion:
    """Return the version with an alias or a number.

    Raises
    ------
    RegistryError
        There is no such version, or the store cannot be reached.
    """
    aliases = aliases_of(source)
    number = aliases.get(which, int(which) if which.isdecimal() else None)
    with mlflow_client("looking a model up") as client:
        versions = _search(client, source)
        for version in versions:
            if int(version.version) == number:
                return _describe(client, version, aliases)
    remedy = "the train stage registers one"
    if versions:
        promote = "returns-risk models promote makes one of them champion"
        remedy = promote if which == CHAMPION else "name one of them"
    raise RegistryError(
        f"{model_name(source)}: there is no version {which} among {len(versions)}. See returns-risk models list; "
        f"{remedy}."
    )


def registered_bundle(source: str, bundle: str, reason: str) -> ModelVersion | None:
    """Return the version with these ``bundle_version``; ``reason`` is empty without a model of reasons."""
    same = (version for version in list_versions(source) if (version.bundle, version.reason) == (bundle, reason))
    return next(same, None)


def fetch_bundle(source: str, version: ModelVersion, folder: Path, *, reason: bool = False) -> None:
    """Restore the bundle of a version, bit by bit, as a folder that appears at once.

    Parameters
    ----------
    reason : restore its model of reasons instead, which it must have

    Raises
    ------
    RegistryError
        Its files are missing or are not those that were registered.
    ExportError
        The folder cannot be written, or has files that are not part of a bundle.
    """
    _require_replaceable(folder)
    wanted = version.reason if reason else version.bundle
    with tempfile.TemporaryDirectory() as temporary:
        bundles = _find_bundles(_download(source, version.number, temporary))
        if wanted not in bundles:
            raise RegistryError(
                f"{model_name(source)}: version {version.number} was registered with bundle {wanted}, its "
                f"files give {', '.join(bundles) or 'none'}. Restore MLflow's artifacts from a backup, or choose "
                "another version."
            )
        with atomic_directory(folder) as aside:
            for name in BUNDLE_FILES:
                shutil.copyfile(bundles[wanted] / name, aside / name)


def require_recorded(version: ModelVersion, decisions: Iterable[Mapping[str, Any]]) -> None:
    """Refuse a version whose registered bundle differs from the one that the ledger says was promoted.

    Parameters
    ----------
    decisions : contents of the ledger's entries on models, the oldest first

    Raises
    ------
    BundleError
        The registry was changed after the promotion.
    """
    if not version.promotion and not {CHAMPION, PREVIOUS} & set(version.aliases):
        return
    promotions = [content for content in decisions if "steps" in content and content["version"] == version.number]
    if not promotions:
        return
    recorded = (promotions[-1]["bundle"], promotions[-1].get("reason_bundle", version.reason))
    registered = (version.bundle, version.reason)
    if recorded != registered:
        expected, actual = (" and ".join(filter(None, bundles)) for bundles in (recorded, registered))
        raise BundleError(
            f"version {version.number}: became champion with bundle {expected}, the registry has {actual} now. "
            "Restore MLflow's database from a backup, or promote another version."
        )


def _search(client: "MlflowClient", source: str) -> list[Any]:
    versions = client.search_model_versions(f"name = '{model_name(source)}'", max_results=10_000)
    return sorted(versions, key=lambda version: int(version.version))


def _download(source: str, number: int, folder: str) -> Path:
    """Download the artifacts of a version; return the folder that has them."""
    mlflow = connect()
    with reporting(f"fetching version {number}"):
        artifacts = f"models:/{model_name(source)}/{number}"
        if (file := database_file()) is not None:
            uri = mlflow.MlflowClient().get_model_version_download_uri(model_name(source), str(number))
            artifacts = locate_artifacts(file, uri)
        return Path(mlflow.artifacts.download_artifacts(artifacts, dst_path=folder))


def _find_bundles(artifacts: Path) -> dict[str, Path]:
    """Return the folders with all files of a bundle, by their ``bundle_version``."""
    folders = [file.parent for file in sorted(artifacts.rglob(BUNDLE_FILES[0]))]
    complete = [folder for folder in folders if all((folder / name).is_file() for name in BUNDLE_FILES)]
    return {bundle_version(folder): folder for folder in complete}


def _require_replaceable(folder: Path) -> None:
    names = sorted(file.name for file in folder.iterdir()) if folder.is_dir() else []
    if foreign := [name for name in names if name not in BUNDLE_FILES]:
        raise ExportError(
            f"{folder}: holds {foreign[0]}, which is no part of a bundle and would be lost. Name another folder."
        )


def _describe(client: "MlflowClient", version: Any, aliases: dict[str, int]) -> ModelVersion:
    from mlflow.exceptions import MlflowException

    metrics: dict[str, float] = {}
    tags: dict[str, str] = {}
    try:
        data = client.get_run(version.run_id).data
        metrics, tags = dict(data.metrics), dict(data.tags) | {AS_OF_TAG: data.params.get("as_of", "")}
    except MlflowException:
        pass  # The run was deleted; the version still has its files and tags.
    tags |= version.tags
    return ModelVersion(
        number=int(version.version),
        bundle=tags.get(VERSION_TAG, ""),
        reason=tags.get(REASON_TAG, ""),
        aliases=tuple(alias for alias, number in aliases.items() if number == int(version.version)),
        as_of=tags.get(AS_OF_TAG, ""),
        metrics=metrics,
        promotion=tags.get(PROMOTION_TAG, ""),
        run_id=version.run_id,
    )
