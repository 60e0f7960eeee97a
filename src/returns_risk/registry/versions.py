"""The registered models of a source: versions, aliases and their bundles."""

import shutil
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from returns_risk.errors import BundleError, ExportError, RegistryError
from returns_risk.io.files import atomic_directory
from returns_risk.model import BUNDLE_FILES, bundle_version
from returns_risk.registry.database import locate_artifacts
from returns_risk.registry.store import connect, database_file, model_name, reporting

if TYPE_CHECKING:
    from mlflow import MlflowClient

__all__ = [
    "AS_OF_TAG",
    "CHALLENGER",
    "CHAMPION",
    "PREVIOUS",
    "PROMOTION_TAG",
    "VERSION_TAG",
    "ModelVersion",
    "add_version",
    "aliases_of",
    "fetch_bundle",
    "find_version",
    "list_versions",
    "registered_bundle",
    "remove_alias",
    "require_recorded",
    "set_alias",
    "tag_version",
]

CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"
VERSION_TAG = "bundle_version"
REASON_TAG = "reason_bundle_version"
AS_OF_TAG = "as_of"
PROMOTION_TAG = "promotion"
"""Hash of the ledger's row that last made this version champion: a ledger cut short lacks it."""


@dataclass(frozen=True)
class ModelVersion:
    """One registered version."""

    number: int
    bundle: str
    """``bundle_version`` of its files."""
    reason: str
    """``bundle_version`` of the model of reasons that goes with it; empty without one."""
    aliases: tuple[str, ...]
    as_of: str
    """It was trained on what was known at the start of this day; empty if it was registered without."""
    metrics: dict[str, float]
    """Of its run: training's and, once evaluated, the untouched period's (``model_auc`` and others)."""
    promotion: str
    """Value of ``PROMOTION_TAG``; empty if it never was champion."""
    run_id: str


def list_versions(source: str) -> list[ModelVersion]:
    """Return all versions of a source's model, the oldest first; none if there is no such model.

    Raises
    ------
    RegistryError
        The store cannot be reached.
    """
    client = _client()
    with reporting("listing models"):
        found = client.search_model_versions(f"name = '{model_name(source)}'", max_results=10_000)
        aliases = _aliases(client, source)
        return [_describe(client, one, aliases) for one in sorted(found, key=lambda one: int(one.version))]


def find_version(source: str, which: str) -> ModelVersion:
    """Return the version that an alias or a number names.

    Raises
    ------
    RegistryError
        There is none, or the store cannot be reached.
    """
    number = aliases_of(source).get(which)
    client = _client()
    if number is None and which.isdecimal():
        number = int(which)
    with reporting("looking a model up"):
        found = client.search_model_versions(f"name = '{model_name(source)}'", max_results=10_000)
        for one in found:
            if int(one.version) == number:
                return _describe(client, one, _aliases(client, source))
    makes_one = "the train stage registers one"
    if found:
        makes_one = (
            "returns-risk models promote makes one of them champion" if which == CHAMPION else "name one of them"
        )
    raise RegistryError(
        f"{model_name(source)}: there is no version {which} among {len(found)}. See returns-risk models list; "
        f"{makes_one}."
    )


def registered_bundle(source: str, bundle: str, reason: str) -> ModelVersion | None:
    """Return the version that has the very bytes of a bundle and of the one of reasons beside it, if there is one.

    Parameters
    ----------
    bundle, reason : their ``bundle_version``; the latter empty without a model of reasons
    """
    return next((one for one in list_versions(source) if (one.bundle, one.reason) == (bundle, reason)), None)


def aliases_of(source: str) -> dict[str, int]:
    """Return the version number of each alias that is set, in alphabetical order.

    Raises
    ------
    RegistryError
        The store cannot be reached.
    """
    client = _client()
    with reporting("reading the aliases"):
        return _aliases(client, source)


def add_version(source: str, logged: Any, run_id: str, tags: dict[str, str]) -> int:
    """Register a logged model as the next version and return its number; its aliases are left to the caller.

    Parameters
    ----------
    logged : what ``mlflow.pyfunc.log_model`` returned
    """
    client, name = _client(write=True), model_name(source)
    with reporting("registering a model"):
        if not client.search_registered_models(filter_string=f"name = '{name}'"):
            client.create_registered_model(name)
        made = client.create_model_version(name, logged.model_uri, run_id=run_id, model_id=logged.model_id, tags=tags)
        return int(made.version)


def set_alias(source: str, alias: str, number: int) -> None:
    """Point an alias at a version; in one step, wherever it pointed before."""
    client = _client(write=True)
    with reporting(f"setting the alias {alias}"):
        client.set_registered_model_alias(model_name(source), alias, str(number))


def remove_alias(source: str, alias: str, number: int) -> None:
    """Take an alias away from a version; one that points elsewhere by now stays."""
    client = _client(write=True)
    with reporting(f"removing the alias {alias}"):
        if _aliases(client, source).get(alias) == number:
            client.delete_registered_model_alias(model_name(source), alias)


def tag_version(source: str, number: int, tag: str, value: str) -> None:
    """Note a value on a version."""
    client = _client(write=True)
    with reporting("tagging a model"):
        client.set_model_version_tag(model_name(source), str(number), tag, value)


def fetch_bundle(source: str, version: ModelVersion, folder: Path, *, reason: bool = False) -> None:
    """Restore the bundle of a version as a folder, bit by bit; the folder appears as a whole.

    Parameters
    ----------
    reason : restore the model of reasons that goes with it instead; the version has to have one

    Raises
    ------
    RegistryError
        Its files are gone or are not the registered ones.
    ExportError
        The folder cannot be written, or holds other things than a bundle, which would be lost.
    """
    _require_replaceable(folder)
    mlflow = connect()
    with tempfile.TemporaryDirectory() as place:
        with reporting(f"fetching version {version.number}"):
            artifacts = f"models:/{model_name(source)}/{version.number}"
            if (file := database_file()) is not None:
                noted = mlflow.MlflowClient().get_model_version_download_uri(model_name(source), str(version.number))
                artifacts = locate_artifacts(file, noted)
            fetched = Path(mlflow.artifacts.download_artifacts(artifacts, dst_path=place))
        wanted = version.reason if reason else version.bundle
        found = _find_bundles(fetched)
        if wanted not in found:
            raise RegistryError(
                f"{model_name(source)}: version {version.number} was registered with bundle {wanted}, its "
                f"files give {', '.join(found) or 'none'}. Restore MLflow's artifacts from a backup, or choose another "
                "version."
            )
        with atomic_directory(folder) as aside:
            for name in BUNDLE_FILES:
                shutil.copyfile(found[wanted] / name, aside / name)


def require_recorded(version: ModelVersion, decided: Iterable[Mapping[str, Any]]) -> None:
    """Refuse a version that became champion with another bundle than the registry has of it by now.

    Parameters
    ----------
    decided : contents of the ledger's entries on models, the oldest first

    Raises
    ------
    BundleError
        The registry was changed after the promotion.
    """
    if not version.promotion and not {CHAMPION, PREVIOUS} & set(version.aliases):
        return
    own = [one for one in decided if "steps" in one and one["version"] == version.number]
    if not own:
        return
    known = (own[-1]["bundle"], own[-1].get("reason_bundle", version.reason))
    if known != (version.bundle, version.reason):
        then, now = (" and ".join(filter(None, pair)) for pair in (known, (version.bundle, version.reason)))
        raise BundleError(
            f"version {version.number}: became champion with bundle {then}, the registry has {now} by now. "
            "Restore MLflow's database from a backup, or promote another version."
        )


def _find_bundles(fetched: Path) -> dict[str, Path]:
    """Return the folders with a bundle's files among the artifacts of a model, by their ``bundle_version``."""
    folders = [file.parent for file in sorted(fetched.rglob(BUNDLE_FILES[0]))]
    whole = [one for one in folders if all((one / name).is_file() for name in BUNDLE_FILES)]
    return {bundle_version(one): one for one in whole}


def _require_replaceable(folder: Path) -> None:
    held = sorted(one.name for one in folder.iterdir()) if folder.is_dir() else []
    if foreign := [name for name in held if name not in BUNDLE_FILES]:
        raise ExportError(
            f"{folder}: holds {foreign[0]}, which is no part of a bundle and would be lost. Name another folder."
        )


def _client(*, write: bool = False) -> "MlflowClient":
    mlflow = connect(write=write)
    with reporting("opening the store"):
        return mlflow.MlflowClient()


def _aliases(client: "MlflowClient", source: str) -> dict[str, int]:
    found = client.search_registered_models(filter_string=f"name = '{model_name(source)}'")
    return {alias: int(found[0].aliases[alias]) for alias in sorted(found[0].aliases)} if found else {}


def _describe(client: "MlflowClient", version: Any, aliases: dict[str, int]) -> ModelVersion:
    from mlflow.exceptions import MlflowException

    try:
        run = client.get_run(version.run_id)
        metrics, tags = dict(run.data.metrics), dict(run.data.tags) | {AS_OF_TAG: run.data.params.get("as_of", "")}
    except MlflowException:
        metrics, tags = {}, {}  # the run was removed; the version has its files and tags all the same
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
