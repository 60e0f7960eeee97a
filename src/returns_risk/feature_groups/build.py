"""The one path by which training rows and tonight's candidates get their features."""

import logging

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.days import Days
from returns_risk.feature_groups.baskets import basket_columns
from returns_risk.feature_groups.catalogue import compile_features
from returns_risk.feature_groups.definitions import Definitions, HistoryDefinition, LineDefinition
from returns_risk.feature_groups.entities import Rows, entity_columns
from returns_risk.feature_groups.keys import Codes, key_codes
from returns_risk.feature_groups.lines import line_columns
from returns_risk.history import Outcomes, build_events, merge_events

__all__ = ["build_features"]

_logger = logging.getLogger(__name__)


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
    stream = merge_events(build_events(lines, outcomes))
    asked = lines.iloc[rows].reset_index(drop=True)
    at = Rows(
        position=rows,
        ordered_on=outcomes.ordered_on[rows],
        as_of=as_of,
        quantity=asked["quantity"].to_numpy(dtype=np.float64),
        unit_price=asked["unit_price"].to_numpy(dtype=np.float64),
    )
    columns: dict[str, npt.NDArray[np.float32] | pd.Series] = {}
    for one in definitions.definitions:
        if isinstance(one, HistoryDefinition):
            above = {name: column for name, column in columns.items() if isinstance(column, np.ndarray)}
            columns |= entity_columns(one, stream, outcomes.reasons, key_codes(lines, list(one.key)), at, above)
        elif isinstance(one, LineDefinition):
            columns |= line_columns(one, asked, time_zone)
        else:
            columns |= basket_columns(one, lines, outcomes.ordered_on, rows, as_of)
        _logger.debug("features of %s are built", one.entity)
    names = [feature.name for feature in compile_features(definitions)]
    return pd.DataFrame({name: columns[name] for name in names})
