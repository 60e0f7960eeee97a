"""The models of a night: the registered risk and, where the source states reasons, the model of them beside it."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from returns_risk.errors import ParamsError
from returns_risk.ledger import Entry
from returns_risk.model import Classifier, bundle_version, load_classifier
from returns_risk.registry.versions import ModelVersion, fetch_bundle, find_version, require_recorded

__all__ = ["Models", "fetch_models"]


@dataclass(frozen=True)
class Models:
    """What a night is scored with."""

    version: ModelVersion
    bundle: Path
    risk: Classifier
    reason_bundle: Path | None
    """None where no model of reasons was registered with it."""
    reason: Classifier | None


def fetch_models(source: str, which: str, as_of: date, folder: Path, decided: list[Entry], *, backfill: bool) -> Models:
    """Fetch the registered risk and the model of reasons that was registered with it.

    Parameters
    ----------
    which : alias or number
    folder : where the bundles are put
    decided : what the ledger says of promotions

    Raises
    ------
    RegistryError
        There is no such version, or its files are not the registered ones.
    BundleError
        The version is not the one that was promoted, or its files cannot be read.
    ParamsError
        A backfill would use a model that was trained with what became known later.
    """
    version = find_version(source, which)
    require_recorded(version, [entry.content for entry in decided])
    bundle, reason_bundle = folder / "bundle", folder / "reason-bundle"
    risk = _load(source, version, bundle, version.bundle, reason=False)
    reason = _load(source, version, reason_bundle, version.reason, reason=True) if version.reason else None
    if backfill and risk.provenance.as_of > as_of:
        raise ParamsError(
            f"--model {which}: version {version.number} was trained with what was known on {risk.provenance.as_of}, "
            f"after {as_of}. Name a version of that day or earlier: returns-risk models list."
        )
    return Models(version, bundle, risk, reason_bundle if version.reason else None, reason)


def _load(source: str, version: ModelVersion, bundle: Path, wanted: str, *, reason: bool) -> Classifier:
    if not bundle.exists() or bundle_version(bundle) != wanted:
        fetch_bundle(source, version, bundle, reason=reason)
    return load_classifier(bundle, wanted)
