"""The only package that imports mlflow: runs, registry, aliases."""

from returns_risk.tracking.registry import (
    CHALLENGER,
    CHAMPION,
    PREVIOUS,
    PROMOTION_TAG,
    ModelVersion,
    aliases_of,
    fetch_bundle,
    find_version,
    list_versions,
    remove_alias,
    require_recorded,
    set_alias,
    tag_version,
)
from returns_risk.tracking.runs import list_runs, log_evaluation, log_training
from returns_risk.tracking.store import model_name, tracking_uri
from returns_risk.tracking.trials import log_trial

__all__ = [
    "CHALLENGER",
    "CHAMPION",
    "PREVIOUS",
    "PROMOTION_TAG",
    "ModelVersion",
    "aliases_of",
    "fetch_bundle",
    "find_version",
    "list_runs",
    "list_versions",
    "log_evaluation",
    "log_training",
    "log_trial",
    "model_name",
    "remove_alias",
    "require_recorded",
    "set_alias",
    "tag_version",
    "tracking_uri",
]
