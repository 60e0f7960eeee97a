"""The models of a night: the registered risk and, where the source states reasons, that of the reasons."""

import logging
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from returns_risk.classifier import Classifier, bundle_version, load_classifier, load_optional
from returns_risk.errors import ParamsError
from returns_risk.tracking import ModelVersion, fetch_bundle, find_version

__all__ = ["Models", "fetch_models"]

REASON = Path("models/bundles/reason")
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Models:
    """What a night is scored with."""

    version: ModelVersion
    bundle: Path
    risk: Classifier
    reason_bundle: Path
    reason: Classifier | None


def fetch_models(source: str, which: str, as_of: date, folder: Path, *, backfill: bool) -> Models:
    """Fetch the registered risk and load the model of reasons that the latest training left.

    Parameters
    ----------
    which : alias or number
    folder : where the bundle is put

    Raises
    ------
    RegistryError
        There is no such version, or its files are not the registered ones.
    ParamsError
        A backfill would use a model that was trained with what became known later.
    """
    version = find_version(source, which)
    bundle = folder / "bundle"
    if not bundle.exists() or bundle_version(bundle) != version.bundle:
        fetch_bundle(source, version, bundle)
    risk = load_classifier(bundle)
    if backfill and risk.provenance.as_of > as_of:
        raise ParamsError(
            f"--model {which}: version {version.number} was trained with what was known on {risk.provenance.as_of}, "
            f"after {as_of}. Name a version of that day or earlier: returns-risk models list."
        )
    return Models(version, bundle, risk, REASON, _reason(as_of, backfill=backfill))


def _reason(as_of: date, *, backfill: bool) -> Classifier | None:
    reason = load_optional(REASON)
    if reason is not None and backfill and reason.provenance.as_of > as_of:
        _logger.warning("%s was trained after %s; the backfill goes without reasons", REASON, as_of)
        return None
    return reason
