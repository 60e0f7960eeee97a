"""The one path by which training rows and tonight's candidates get their features."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.days import Days
from returns_risk.feature_groups.catalogue import compile_features
from returns_risk.feature_groups.definitions import (
    BasketDefinition,
    Definitions,
    LineDefinition,
)
from returns_risk.feature_groups.keys import Codes
from returns_risk.feature_groups.lines import line_columns
from returns_risk.history import Outcomes

__all__ = ["build_features"]

Values = npt.NDArray[np.float32]


def build_features(
    definitions: Definitions, lines: pd.DataFrame, outcomes: Outcomes, rows: Codes, as_of: Days, time_zone: str
) -> pd.DataFrame:
    """Compute the features of some order lines, each at its own as-of day.

    Parameters
    ----------
    definitions : those the source has the columns for (``switch_off``)
    lines : all known order lines, as given by ``describe_lines``
    outcomes : of the same lines
    rows : positions in ``lines`` of the lines that are asked for, shape (n_rows,)
    as_of : as-of day of each row, later than the day its line was ordered on, shape (n_rows,)

    Returns
    -------
    DataFrame of shape (n_rows, n_features), a RangeIndex, columns in catalogue order: float32, or text
    for categories.
    """
    # With these comes numba, which whoever only reads definitions or frozen features does not wait for.
    from returns_risk.feature_groups.baskets import basket_columns
    from returns_risk.feature_groups.entities import Rows
    from returns_risk.feature_groups.histories import sweep_entities

    asked = lines.iloc[rows].reset_index(drop=True)
    at = Rows(
        position=rows,
        ordered_on=outcomes.ordered_on[rows],
        as_of=as_of,
        quantity=asked["quantity"].to_numpy(dtype=np.float64),
        unit_price=asked["unit_price"].to_numpy(dtype=np.float64),
    )
    columns: dict[str, Values | pd.Series] = dict(sweep_entities(definitions.history, lines, outcomes, at))
    for one in definitions.definitions:
        if isinstance(one, LineDefinition):
            columns |= line_columns(one, asked, time_zone)
        elif isinstance(one, BasketDefinition):
            columns |= basket_columns(one, lines, outcomes.ordered_on, rows, as_of)
    names = [feature.name for feature in compile_features(definitions)]
    return pd.DataFrame({name: columns[name] for name in names}, copy=False)
