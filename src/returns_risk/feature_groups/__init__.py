"""Customer, sku, basket, order ...: definitions -> typed columns in catalogue order."""

from returns_risk.feature_groups.audit import Audit, Moved, audit_features, require_unmoved
from returns_risk.feature_groups.build import Asked, build_features
from returns_risk.feature_groups.catalogue import Feature, compile_features, switch_off
from returns_risk.feature_groups.definitions import Definitions, load_definitions
from returns_risk.feature_groups.lines import describe_lines, known_columns
from returns_risk.feature_groups.storage import read_frozen, write_features, write_frozen

__all__ = [
    "Asked",
    "Audit",
    "Definitions",
    "Feature",
    "Moved",
    "audit_features",
    "build_features",
    "compile_features",
    "describe_lines",
    "known_columns",
    "load_definitions",
    "read_frozen",
    "require_unmoved",
    "switch_off",
    "write_features",
    "write_frozen",
]
