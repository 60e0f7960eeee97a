"""The only package that imports mlflow: runs, registry, aliases."""

from returns_risk.tracking.runs import log_evaluation, log_training, tracking_uri

__all__ = ["log_evaluation", "log_training", "tracking_uri"]
