"""Work of a worker on its share of the keys: the columns of their rows."""

import numpy as np
import pandas as pd

from returns_risk.cluster.lines import ROW
from returns_risk.features.baskets import basket_columns
from returns_risk.features.entities import RowFacts, entity_columns
from returns_risk.features.history_definitions import HistoryDefinition
from returns_risk.features.line_definitions import BasketDefinition
from returns_risk.features.program import translate
from returns_risk.history.event_encoding import DAY_AT
from returns_risk.history.history import KeyHistory
from returns_risk.history.sorts import sort_events

__all__ = ["columns_of_baskets", "columns_of_entity"]


def columns_of_entity(
    events: pd.DataFrame, rows: pd.DataFrame, definition: HistoryDefinition, reasons: tuple[str, ...]
) -> pd.DataFrame:
    """Compute the columns of an entity by the same sweep as in one process.

    Parameters
    ----------
    events : ``key``, ``word``, ``money``, ``size``
    rows : ``ROW``, ``key`` and the facts of the rows; all rows and all events of a key are in one share

    Returns
    -------
    DataFrame with ``ROW`` and the columns, float32.
    """
    program = translate(definition, reasons)
    by_day = events.iloc[np.argsort(events["word"].to_numpy() >> DAY_AT, kind="stable")]
    keys, codes = np.unique(rows["key"].to_numpy(), return_inverse=True)
    nearest = np.minimum(np.searchsorted(keys, by_day["key"].to_numpy()), max(len(keys) - 1, 0))
    known = keys[nearest] == by_day["key"].to_numpy() if len(keys) else np.zeros(len(by_day), dtype=bool)
    history = KeyHistory(
        *sort_events(
            np.where(known, nearest, -1).astype(np.int32),
            np.arange(len(by_day), dtype=np.int32),
            by_day["word"].to_numpy(),
            by_day["money"].to_numpy() if program.with_money else np.zeros(0, dtype=np.int64),
            by_day["size"].to_numpy() if definition.kept_size else np.zeros(0, dtype=np.int32),
            len(keys),
        )
    )
    of_rows = np.where(rows["key"].to_numpy() == 0, -1, codes).astype(np.int32)
    facts = RowFacts(
        ordered_on=rows["day ordered"].to_numpy(),
        as_of=rows["day of as-of"].to_numpy(),
        quantity=rows["quantity of row"].to_numpy(),
        unit_price=rows["price of row"].to_numpy(),
        size=rows["size of row"].to_numpy(),
    )
    above = {str(name): rows[name].to_numpy() for name in rows.columns}
    block = entity_columns(definition, program, history, of_rows, facts, above)
    return pd.DataFrame(block, columns=[column.name for column in program.columns]).assign(
        **{ROW: rows[ROW].to_numpy()}
    )


def columns_of_baskets(lines: pd.DataFrame, rows: pd.DataFrame, definitions: list[BasketDefinition]) -> pd.DataFrame:
    """Compute the columns of the baskets.

    Parameters
    ----------
    lines : as ``basket_lines`` gives them, in any order
    rows : ``ROW``, ``ORDER``, ``day of as-of``; all rows and lines of an order are in one share
    """
    lines = lines.sort_values("position").reset_index(drop=True)
    position = np.searchsorted(lines["position"].to_numpy(), rows[ROW].to_numpy() // 2)
    columns = {ROW: rows[ROW].to_numpy()}
    ordered_on, as_of = lines["day ordered"].to_numpy(), rows["day of as-of"].to_numpy()
    for definition in definitions:
        columns |= basket_columns(definition, lines, ordered_on, position, as_of)
    return pd.DataFrame(columns)
