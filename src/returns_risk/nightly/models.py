"""The models of a night: the registered risk model and the reason model registered with it."""

from dataclasses import dataclass

from returns_risk.errors import ParamsError
from returns_risk.model import load_classifier
from returns_risk.nightly.night import Night
from returns_risk.registry.versions import ModelVersion, fetch_bundle, find_version, require_recorded
from returns_risk.scoring import ScoringModels

__all__ = ["Models", "fetch_models"]


@dataclass(frozen=True)
class Models:
    """The models that a night is scored with."""

    version: ModelVersion
    scoring: ScoringModels


def fetch_models(night: Night, model: str) -> Models:
    """Fetch a registered risk model and its reason model into the night's folder.

    Parameters
    ----------
    model : alias or number of a version

    Raises
    ------
    RegistryError
        There is no such version, or its files are not the registered ones.
    BundleError
        The version is not the one that was promoted, or its files cannot be read.
    ParamsError
        A backfill would use a model trained on data after its as-of.
    """
    version = find_version(night.source, model)
    require_recorded(version, [entry.content for entry in night.ledger.entries("promotion", night.source)])
    bundle, reason_bundle = night.folder / "bundle", night.folder / "reason-bundle"
    fetch_bundle(night.source, version, bundle)
    risk, reason = load_classifier(bundle, version.bundle), None
    if version.reason:
        fetch_bundle(night.source, version, reason_bundle, reason=True)
        reason = load_classifier(reason_bundle, version.reason)
    if night.backfill and risk.provenance.as_of > night.params.as_of:
        raise ParamsError(
            f"--model {model}: version {version.number} was trained on data as of {risk.provenance.as_of}, "
            f"after {night.as_of}. Name a version of that day or earlier: returns-risk models list."
        )
    return Models(version, ScoringModels(risk, version.bundle, reason, version.reason or None))
