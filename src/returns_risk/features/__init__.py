"""Customer, sku, basket, order ...: definitions -> typed columns in catalogue order."""

from returns_risk.features.audit import Audit, Leak, audit_features, require_no_leakage
from returns_risk.features.catalogue import Feature
from returns_risk.features.feature_set import FeatureSet
from returns_risk.features.storage import read_frozen, write_feature_tables, write_features, write_frozen

__all__ = [
    "Audit",
    "Feature",
    "FeatureSet",
    "Leak",
    "audit_features",
    "read_frozen",
    "require_no_leakage",
    "write_feature_tables",
    "write_features",
    "write_frozen",
]
