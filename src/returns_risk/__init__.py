"""Predicts which order lines will come back before they ship, why, and where acting pays.

Names are imported when they are first used: ``import returns_risk`` alone loads neither pandas nor LightGBM.
"""

from importlib import import_module
from typing import Any

__version__ = "0.2.0"

_PACKAGES = {
    "Shop": "snapshot",
    "Snapshot": "snapshot",
    "FeatureSet": "features",
    "ReturnClassifier": "model",
    "ReasonClassifier": "model",
    "forward_splits": "snapshot.splits",
    "measure": "evaluation",
    "explain_order": "scoring.what_if",
    "what_if": "scoring.what_if",
    "advise_sizes": "features.size_advice",
    "load_params": "config.params",
    "load_policy": "config.policy",
    "list_runs": "registry.runs",
    "list_versions": "registry.versions",
}
"""Package of each public name; ``__init__.pyi`` tells type checkers the same."""

__all__ = [*sorted(_PACKAGES), "__version__"]  # noqa: PLE0604  # all are text


def __getattr__(name: str) -> Any:
    if name not in _PACKAGES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PACKAGES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
