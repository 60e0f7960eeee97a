"""Which contract columns a source lacks, and what each would add."""

from collections.abc import Mapping, Sequence

import pandas as pd

from returns_risk.contract.schema import CONTRACT
from returns_risk.doctor.findings import MissingColumn
from returns_risk.features import FeatureSet
from returns_risk.features.availability import available_definitions
from returns_risk.features.catalogue import list_features
from returns_risk.snapshot.columns import RETURN_REASON
from returns_risk.snapshot.lines import available_columns, join_attributes

__all__ = ["available_features", "missing_columns"]

_EXAMPLES = 3
_USES = {
    "order_lines.market": "return windows, costs and languages by market",
    "order_lines.warehouse": "capacities and costs by warehouse",
    "order_lines.currency": "prices in more than one currency",
    "order_lines.promised_at": "when the return window opens where the delivery scan is missing; time left to act",
    "order_lines.shipped_at": "which lines are still open, cancellations, when the return window opens",
    "order_lines.delivered_at": "when the return window opens",
    "order_lines.cancelled_at": "cancelled lines are neither learnt from nor acted on",
    "order_lines.recorded_at": "rows that are booked late count from the day they were known",
    "returns.recorded_at": "returns that are booked late count from the day they were known",
    "returns.reason": "the model of return reasons; interventions by reason",
    "products.photo_uri": "photos in the report",
    "customers.opted_out": "customers who opted out are left out of scoring",
}


def available_features(tables: Mapping[str, pd.DataFrame], definitions: FeatureSet) -> list[str]:
    """Name the features that the tables have the columns for."""
    return _names(definitions, _columns(tables))


def missing_columns(
    tables: Mapping[str, pd.DataFrame], absent: Mapping[str, Sequence[str]], definitions: FeatureSet
) -> tuple[MissingColumn, ...]:
    """List the contract columns and tables that the source lacks, with the features that each alone would add.

    Parameters
    ----------
    absent : missing columns of the tables that the source has
    """
    columns = _columns(tables)
    known = _names(definitions, columns)
    missing = []
    for table in CONTRACT.values():
        names = [column.name for column in table.columns if column.stored and not column.required]
        for name in [name for name in names if name in absent.get(table.name, ())]:
            added = _added(table.name, [name], columns, definitions, known)
            missing.append(_missing(f"{table.name}.{name}", added))
        if table.name not in tables:
            added = _added(table.name, names, columns, definitions, known)
            missing.append(_missing(table.name, added, _USES["customers.opted_out"] * (table.name == "customers")))
    return tuple(sorted(missing, key=lambda column: (-column.features, not column.use)))


def _missing(name: str, added: list[str], use: str = "") -> MissingColumn:
    return MissingColumn(name, len(added), tuple(added[:_EXAMPLES]), use or _USES.get(name, ""))


def _added(
    table: str, names: Sequence[str], columns: list[str], definitions: FeatureSet, known: Sequence[str]
) -> list[str]:
    """Name the features that further columns of a table would add."""
    before = set(known)
    return [name for name in _names(definitions, [*columns, *_provided(table, names)]) if name not in before]


def _provided(table: str, names: Sequence[str]) -> list[str]:
    """Name the columns of ``available_columns`` that columns of a table give."""
    if table == "returns":
        return [RETURN_REASON] if "reason" in names else []
    empty = {name: _empty(name, ()) for name in ("order_lines", "returns")} | {table: _empty(table, names)}
    return _columns(empty)


def _empty(table: str, names: Sequence[str]) -> pd.DataFrame:
    columns = [column for column in CONTRACT[table].columns if column.required or column.name in names]
    types = {column.name: "float64" if column.type in ("integer", "number") else "str" for column in columns}
    return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in types.items()})


def _columns(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    few = {name: frame.head(0) for name, frame in tables.items()}
    return available_columns(join_attributes(few), few)


def _names(definitions: FeatureSet, columns: list[str]) -> list[str]:
    available, _ = available_definitions(definitions.definitions, columns)
    return [feature.name for definition in available for feature in list_features(definition)]
