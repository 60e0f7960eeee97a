"""The one path by which training rows and tonight's candidates get their features."""

import os
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.days import Days
from returns_risk.feature_groups.baskets import basket_columns
from returns_risk.feature_groups.catalogue import compile_features
from returns_risk.feature_groups.definitions import (
    BasketDefinition,
    Definitions,
    HistoryDefinition,
    LineDefinition,
)
from returns_risk.feature_groups.entities import Rows, entity_columns
from returns_risk.feature_groups.keys import Codes, KeyCodes
from returns_risk.feature_groups.lines import line_columns
from returns_risk.feature_groups.program import SIZE_SCALE
from returns_risk.history import Outcomes, build_events, merge_events

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
    asked = lines.iloc[rows].reset_index(drop=True)
    at = Rows(
        position=rows,
        ordered_on=outcomes.ordered_on[rows],
        as_of=as_of,
        quantity=asked["quantity"].to_numpy(dtype=np.float64),
        unit_price=asked["unit_price"].to_numpy(dtype=np.float64),
    )
    columns: dict[str, Values | pd.Series] = dict(_history_columns(definitions, lines, outcomes, at))
    for one in definitions.definitions:
        if isinstance(one, LineDefinition):
            columns |= line_columns(one, asked, time_zone)
        elif isinstance(one, BasketDefinition):
            columns |= basket_columns(one, lines, outcomes.ordered_on, rows, as_of)
    names = [feature.name for feature in compile_features(definitions)]
    return pd.DataFrame({name: columns[name] for name in names}, copy=False)


def _history_columns(
    definitions: Definitions, lines: pd.DataFrame, outcomes: Outcomes, rows: Rows
) -> dict[str, Values]:
    """Sweep each entity's events; entities run beside each other, and what they give does not depend on how many do."""
    stream = merge_events(build_events(lines, outcomes))
    keys = KeyCodes(lines)
    sizes = _sizes(lines)
    columns: dict[str, Values] = {}
    done: dict[str, Future[dict[str, Values]]] = {}

    def sweep_entity(one: HistoryDefinition, codes: Codes) -> dict[str, Values]:
        # Parents were submitted before, so that what is waited for is running or done.
        above = {} if one.parent is None else done[one.parent].result()
        return entity_columns(one, stream, outcomes.reasons, codes, sizes, rows, above)

    with ThreadPoolExecutor(max_workers=len(os.sched_getaffinity(0))) as pool:
        for one in definitions.history:
            done[one.entity] = pool.submit(sweep_entity, one, keys.of(list(one.key)))
        for future in done.values():
            columns |= future.result()
    return columns


def _sizes(lines: pd.DataFrame) -> npt.NDArray[np.int32]:
    if "size_rank" not in lines:
        return np.zeros(len(lines), dtype=np.int32)
    ranks = lines["size_rank"].to_numpy(dtype=np.float64)
    return np.where(np.isnan(ranks), 0, np.rint((np.nan_to_num(ranks) + 1) * SIZE_SCALE)).astype(np.int32)
