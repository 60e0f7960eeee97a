"""Customer, sku, basket, order ...: definitions -> typed columns in catalogue order."""

from returns_risk.features.audit import Audit, Leak, audit_features, require_no_leakage
from returns_risk.features.build import FeatureRequest, build_features
from returns_risk.features.catalogue import Feature, compile_features, drop_unavailable
from returns_risk.features.definitions import FeatureSet, load_definitions
from returns_risk.features.storage import read_frozen, write_features, write_frozen

__all__ = [
    "Audit",
    "Feature",
    "FeatureRequest",
    "FeatureSet",
    "Leak",
    "audit_features",
    "build_features",
    "compile_features",
    "drop_unavailable",
    "load_definitions",
    "read_frozen",
    "require_no_leakage",
    "write_features",
    "write_frozen",
]
