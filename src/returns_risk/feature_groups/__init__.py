"""Customer, sku, basket, order ...: definitions -> typed columns in catalogue order."""

from returns_risk.feature_groups.build import build_features
from returns_risk.feature_groups.catalogue import Feature, compile_features, switch_off
from returns_risk.feature_groups.definitions import Definitions, load_definitions
from returns_risk.feature_groups.lines import describe_lines, known_columns
from returns_risk.feature_groups.storage import read_frozen, write_frozen, write_rows

__all__ = [
    "Definitions",
    "Feature",
    "build_features",
    "compile_features",
    "describe_lines",
    "known_columns",
    "load_definitions",
    "read_frozen",
    "switch_off",
    "write_frozen",
    "write_rows",
]
