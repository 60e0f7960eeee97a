"""Work of one worker on all lines: features that a filter learns line after line, beliefs and fit."""

from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from returns_risk.cluster.workers import ROW, ClusterPlan, share_snapshot
from returns_risk.contract.days import NEVER
from returns_risk.features.belief_definitions import BeliefsDefinition, belief_names
from returns_risk.features.beliefs import BeliefLines, compute_beliefs, line_bands
from returns_risk.features.fit import compute_fit
from returns_risk.features.fit_definitions import FIT_NAMES
from returns_risk.features.fit_lines import fit_lines, fit_outcomes, starting_values
from returns_risk.history.keys import KeyCodes
from returns_risk.history.sorts import transpose
from returns_risk.history.updates import Updates, hash_ids, outcome_days, sort_updates
from returns_risk.snapshot import Rows

__all__ = ["columns_of_beliefs", "columns_of_fit", "lines_of_beliefs", "lines_of_fit"]

_KNOWN, _DAY, _RETURNED, _HASH = "day known", "day of outcome", "was returned", "hash of line"
_OUTCOME, _WITH_REASONS = "outcome of line", "returns give reasons"


def lines_of_beliefs(lines: pd.DataFrame, returns: pd.DataFrame, plan: ClusterPlan) -> pd.DataFrame:
    """Return what beliefs need of each known line, in narrow columns: hashes instead of text, and its outcome."""
    snapshot = share_snapshot(lines, returns, plan)
    described, outcomes = snapshot.lines, snapshot.outcomes
    day, returned = outcome_days(outcomes)
    columns: dict[str, Any] = {
        "position": described["position"].to_numpy(),
        _KNOWN: outcomes.ordered_on,
        _DAY: day,
        _RETURNED: returned,
        _HASH: hash_ids(described["line_id"].to_numpy(dtype=object)),
    }
    zones = plan.policy.time_zones
    for definition in plan.beliefs:
        for name, band in line_bands(definition, described, plan.time_zone, zones).items():
            columns[f"{name} of {definition.entity}"] = band
    keys = KeyCodes(described)
    for name in sorted({part for definition in plan.beliefs for part in definition.columns}):
        columns[name] = described[name] if is_numeric_dtype(described[name]) else _hash_column(keys, name)
    return pd.DataFrame(columns)


def columns_of_beliefs(table: pd.DataFrame, rows: pd.DataFrame, definitions: list[BeliefsDefinition]) -> pd.DataFrame:
    """Compute the columns of beliefs by the same filter as in a single process.

    Parameters
    ----------
    table : all lines, as ``lines_of_beliefs`` gives them, in any order
    rows : ``ROW`` and ``day of as-of`` of all rows
    """
    table, asked = _in_order(table, rows)
    chosen = np.flatnonzero(table[_DAY].to_numpy() < NEVER)
    hashes = table[_HASH].to_numpy()[chosen]
    days = table[_DAY].to_numpy()
    line = chosen[sort_updates(days[chosen], hashes, chosen)].astype(np.int32)
    updates = Updates(line, days[line], table[_RETURNED].to_numpy()[line])
    keys, columns = KeyCodes(table), {ROW: rows[ROW].to_numpy()}
    for definition in definitions:
        alone = [name for name, band in definition.bands.items() if f"{name} of {definition.entity}" in table]
        bands = {name: table[f"{name} of {definition.entity}"].to_numpy() for name in alone}
        lines = BeliefLines(table, keys, table[_KNOWN].to_numpy(), bands, updates)
        block = compute_beliefs(definition, lines, asked)
        columns |= dict(zip(belief_names(definition), transpose(block), strict=True))
    return pd.DataFrame(columns)


def lines_of_fit(lines: pd.DataFrame, returns: pd.DataFrame, plan: ClusterPlan) -> pd.DataFrame:
    """Return what sizes and fit need of each known line, in narrow columns: hashes instead of most texts."""
    snapshot, definition = share_snapshot(lines, returns, plan), plan.fit[0]
    described, keys = snapshot.lines, KeyCodes(snapshot.lines)
    day, outcome = fit_outcomes(definition, snapshot.outcomes)
    columns: dict[str, Any] = {
        "position": described["position"].to_numpy(),
        _KNOWN: snapshot.outcomes.ordered_on,
        _DAY: day,
        _OUTCOME: outcome,
        _WITH_REASONS: np.full(len(described), snapshot.outcomes.return_reason is not None),
        _HASH: hash_ids(described["line_id"].to_numpy(dtype=object)),
    }
    for name in sorted({*definition.columns, *({"category"} & set(described))}):
        # Sizes and categories say which system they are of.
        is_plain = name in ("size", "category") or is_numeric_dtype(described[name])
        columns[name] = described[name] if is_plain else _hash_column(keys, name)
    return pd.DataFrame(columns)


def columns_of_fit(table: pd.DataFrame, rows: pd.DataFrame, plan: ClusterPlan) -> pd.DataFrame:
    """Compute the columns of sizes and fit by the same filter as in a single process.

    Parameters
    ----------
    table : all lines, as ``lines_of_fit`` gives them, in any order
    rows : ``ROW`` and ``day of as-of`` of all rows
    """
    table, asked = _in_order(table, rows)
    definition, products = plan.fit[0], plan.products
    assert products is not None  # noqa: S101 - without products there are no sizes, and the definition is left out
    values = starting_values(definition, products)
    outcomes = (table[_KNOWN].to_numpy(), table[_DAY].to_numpy(), table[_OUTCOME].to_numpy())
    lines = fit_lines(
        definition, table, KeyCodes(table), values.systems, outcomes, table[_HASH].to_numpy(),
        with_reasons=bool(table[_WITH_REASONS].all()),
    )  # fmt: skip
    block = compute_fit(values, lines, asked)
    return pd.DataFrame({ROW: rows[ROW].to_numpy()} | dict(zip(FIT_NAMES, transpose(block), strict=True)))


def _in_order(table: pd.DataFrame, rows: pd.DataFrame) -> tuple[pd.DataFrame, Rows]:
    """Return all lines in their order, and the rows by their place in it."""
    table = table.sort_values("position").reset_index(drop=True)
    position = np.searchsorted(table["position"].to_numpy(), rows[ROW].to_numpy() // 2)
    return table, Rows(position, rows["day of as-of"].to_numpy())


def _hash_column(keys: KeyCodes, name: str) -> pd.Series:
    """Return the hash of each value of a column, missing where the value is."""
    codes = keys.codes([name])
    hashes = np.append(keys.hashes([name], codes), np.uint64(0))[codes]
    return pd.Series(hashes).astype("UInt64").mask(codes < 0)
