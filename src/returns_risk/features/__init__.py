"""Customer, sku, basket, order ...: definitions -> typed columns in catalogue order."""

from returns_risk.features.audit import Audit, Moved, audit_features, require_unmoved
from returns_risk.features.build import Asked, build_features
from returns_risk.features.catalogue import Feature, compile_features, switch_off
from returns_risk.features.definitions import Definitions, load_definitions
from returns_risk.features.storage import read_frozen, write_features, write_frozen

__all__ = [
    "Asked",
    "Audit",
    "Definitions",
    "Feature",
    "Moved",
    "audit_features",
    "build_features",
    "compile_features",
    "load_definitions",
    "read_frozen",
    "require_unmoved",
    "switch_off",
    "write_features",
    "write_frozen",
]
