"""The one path by which training rows and tonight's candidates get their features."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.contract.days import Days
from returns_risk.features.catalogue import compile_features
from returns_risk.features.definitions import BasketDefinition, FeatureSet, LineDefinition
from returns_risk.features.lines import line_columns
from returns_risk.history import Outcomes

if TYPE_CHECKING:
    from returns_risk.features.histories import Histories

__all__ = ["FeatureRequest", "build_features", "compute_features", "line_features"]

Values = npt.NDArray[np.float32]


@dataclass(frozen=True)
class FeatureRequest:
    """Some order lines, each at its own as-of day, and what they are looked up in."""

    lines: pd.DataFrame
    """Known order lines, as given by ``join_attributes``: those asked for and all others of their orders."""
    outcomes: Outcomes
    """Of the same lines."""
    position: npt.NDArray[np.int64]
    """Of the lines that are asked for, shape (n_rows,)."""
    as_of: Days
    """As-of day of each row, later than the day its line was ordered on, shape (n_rows,)."""
    time_zone: str

    def __len__(self) -> int:
        return len(self.position)


def build_features(
    definitions: FeatureSet, asked: FeatureRequest, histories: "Histories | None" = None
) -> pd.DataFrame:
    """Compute features.

    Parameters
    ----------
    definitions : those the source has the columns for (``drop_unavailable``)
    histories : what the rows' history is taken from; None for the events of ``asked.lines``, which are then all lines
        that are known

    Returns
    -------
    DataFrame of shape (n_rows, n_features), a RangeIndex, columns in catalogue order: float32, or text
    for categories.
    """
    # With it comes numba, which whoever only reads definitions or frozen features does not wait for.
    from returns_risk.history.sorts import transpose

    columns: dict[str, Values | pd.Series] = {}

    def keep(names: list[str], block: Values) -> None:
        columns.update(zip(names, transpose(block), strict=True))

    compute_features(definitions, asked, keep, histories)
    columns |= line_features(definitions, asked, slice(None))
    names = [feature.name for feature in compile_features(definitions)]
    return pd.DataFrame({name: columns[name] for name in names}, copy=False)


def compute_features(
    definitions: FeatureSet,
    asked: FeatureRequest,
    take: Callable[[list[str], Values], None],
    histories: "Histories | None" = None,
) -> None:
    """Compute what rests on other lines: histories and baskets.

    Parameters
    ----------
    take : is given names and values, float32 of shape (n_rows, n_columns), of one group of columns after the other
    histories : as in ``build_features``
    """
    from returns_risk.features.baskets import basket_columns
    from returns_risk.features.entities import Rows
    from returns_risk.features.histories import LineHistories, line_sizes, sweep_entities

    lines, position = asked.lines, asked.position
    rows = Rows(
        ordered_on=asked.outcomes.ordered_on[position],
        as_of=asked.as_of,
        quantity=lines["quantity"].to_numpy(dtype=np.float64)[position],
        unit_price=lines["unit_price"].to_numpy(dtype=np.float64)[position],
        size=line_sizes(lines)[position],
    )
    if histories is None:
        histories = LineHistories(lines, asked.outcomes, position)
    sweep_entities(definitions.history, histories, rows, take)
    for one in definitions.definitions:
        if isinstance(one, BasketDefinition) and one.columns:
            columns = basket_columns(one, lines, asked.outcomes.ordered_on, position, asked.as_of)
            take([*columns], np.column_stack([*columns.values()]))


def line_features(definitions: FeatureSet, asked: FeatureRequest, part: slice) -> dict[str, Values | pd.Series]:
    """Compute what rests on a line alone, for some of the rows: float32, or text for categories, by name."""
    some = asked.lines.iloc[asked.position[part]].reset_index(drop=True)
    columns: dict[str, Values | pd.Series] = {}
    for one in definitions.definitions:
        if isinstance(one, LineDefinition):
            columns |= line_columns(one, some, asked.time_zone)
    return columns
