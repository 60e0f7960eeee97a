"""Computes feature columns; training rows and candidates alike get theirs here."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.features.availability import Definition
from returns_risk.features.baskets import basket_columns
from returns_risk.features.belief_definitions import BeliefsDefinition, belief_names
from returns_risk.features.beliefs import belief_lines, compute_beliefs
from returns_risk.features.entities import RowFacts
from returns_risk.features.fit import fit_columns
from returns_risk.features.fit_definitions import FIT_NAMES, FitDefinition
from returns_risk.features.histories import sweep_entities
from returns_risk.features.history_definitions import HistoryDefinition
from returns_risk.features.line_definitions import BasketDefinition, LineDefinition
from returns_risk.features.lines import line_columns
from returns_risk.history.sorts import transpose
from returns_risk.snapshot import Rows, Snapshot

__all__ = ["build_features", "compute_features", "line_features"]

Values = npt.NDArray[np.float32]


def build_features(definitions: Sequence[Definition], snapshot: Snapshot, rows: Rows) -> pd.DataFrame:
    """Compute the columns of definitions.

    Returns
    -------
    DataFrame of shape (n_rows, n_columns), a RangeIndex, columns in any order: float32, or text for categories; among
    them columns that only others are computed from.
    """
    columns: dict[str, Values | pd.Series] = {}

    def take(names: list[str], block: Values) -> None:
        columns.update(zip(names, transpose(block), strict=True))

    compute_features(definitions, snapshot, rows, take)
    columns |= line_features(definitions, snapshot, rows)
    return pd.DataFrame(columns, index=pd.RangeIndex(len(rows)), copy=False)


def compute_features(
    definitions: Sequence[Definition], snapshot: Snapshot, rows: Rows, take: Callable[[list[str], Values], None]
) -> None:
    """Compute the columns that rest on other lines too: histories, baskets, beliefs and fit.

    Parameters
    ----------
    take : is called with names and values, float32 of shape (n_rows, n_columns), of each group of columns
    """
    lines, outcomes, history, position = snapshot.lines, snapshot.outcomes, snapshot.history, rows.position
    facts = RowFacts(
        ordered_on=outcomes.ordered_on[position],
        as_of=rows.as_of,
        quantity=lines["quantity"].to_numpy(dtype=np.float64)[position],
        unit_price=lines["unit_price"].to_numpy(dtype=np.float64)[position],
        size=history.sizes[position],
    )
    entities = [definition for definition in definitions if isinstance(definition, HistoryDefinition)]
    sweep_entities(entities, history, position, facts, take)
    for definition in definitions:
        if isinstance(definition, BasketDefinition) and definition.columns:
            columns = basket_columns(definition.columns, lines, history.keys, outcomes.ordered_on, position, rows.as_of)
            take([*columns], np.column_stack([*columns.values()]))
        elif isinstance(definition, BeliefsDefinition):
            take(belief_names(definition), compute_beliefs(definition, belief_lines(definition, snapshot), rows))
        elif isinstance(definition, FitDefinition):
            take(FIT_NAMES, fit_columns(definition, snapshot, rows))


def line_features(definitions: Sequence[Definition], snapshot: Snapshot, rows: Rows) -> dict[str, Values | pd.Series]:
    """Return name and values (float32, or text for categories) of the columns that rest on a line alone."""
    lines = snapshot.lines.iloc[rows.position].reset_index(drop=True)
    columns: dict[str, Values | pd.Series] = {}
    for definition in definitions:
        if isinstance(definition, LineDefinition):
            columns |= line_columns(definition.columns, lines, snapshot.time_zone, snapshot.policy.time_zones)
    return columns
