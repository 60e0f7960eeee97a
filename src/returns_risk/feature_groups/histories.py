"""All entities' history, side by side over one stream of events."""

import os
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.feature_groups.definitions import HistoryDefinition
from returns_risk.feature_groups.entities import Rows, entity_columns
from returns_risk.feature_groups.keys import Codes, KeyCodes
from returns_risk.feature_groups.program import SIZE_SCALE
from returns_risk.history import Outcomes
from returns_risk.history.events import build_events

__all__ = ["sweep_entities"]

Values = npt.NDArray[np.float32]


def sweep_entities(
    definitions: list[HistoryDefinition], lines: pd.DataFrame, outcomes: Outcomes, rows: Rows
) -> dict[str, Values]:
    """Compute the columns of all entities; they run beside each other, and how many do changes no value.

    Parameters
    ----------
    definitions : parents before those that shrink towards them
    lines : all known order lines, as given by ``describe_lines``
    outcomes : of the same lines
    rows : the lines that are asked for

    Returns
    -------
    float32 of shape (n_rows,) by column name, as ``entity_columns``.
    """
    events = build_events(lines, outcomes)
    keys = KeyCodes(lines)
    sizes = _sizes(lines)
    columns: dict[str, Values] = {}
    done: dict[str, Future[dict[str, Values]]] = {}

    def sweep_entity(one: HistoryDefinition, codes: Codes) -> dict[str, Values]:
        # Parents were submitted before, so that what is waited for is running or done.
        above = {} if one.parent is None else done[one.parent].result()
        return entity_columns(one, events, outcomes.reasons, codes, sizes, rows, above)

    with ThreadPoolExecutor(max_workers=len(os.sched_getaffinity(0))) as pool:
        for one in definitions:
            done[one.entity] = pool.submit(sweep_entity, one, keys.of(list(one.key)))
        for future in done.values():
            columns |= future.result()
    return columns


def _sizes(lines: pd.DataFrame) -> npt.NDArray[np.int32]:
    if "size_rank" not in lines:
        return np.zeros(len(lines), dtype=np.int32)
    ranks = lines["size_rank"].to_numpy(dtype=np.float64)
    return np.where(np.isnan(ranks), 0, np.rint((np.nan_to_num(ranks) + 1) * SIZE_SCALE)).astype(np.int32)
