"""What had happened to an entity before the as-of: counts, shrunken return rates, recency."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from returns_risk.days import NEVER, Days
from returns_risk.feature_groups.catalogue import suffix
from returns_risk.feature_groups.definitions import HistoryDefinition
from returns_risk.feature_groups.keys import Codes
from returns_risk.history import MEASURES, MONEY_SCALE, Events, Tiles, build_tiles

__all__ = ["Rows", "entity_columns"]

Values = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Rows:
    """The lines that are asked for, each at its as-of day; arrays of shape (n_rows,)."""

    position: Codes
    """Position of each among all known lines."""
    ordered_on: Days
    as_of: Days
    quantity: npt.NDArray[np.float64]
    unit_price: npt.NDArray[np.float64]


def entity_columns(
    definition: HistoryDefinition,
    events: dict[str, Events],
    codes: Codes,
    rows: Rows,
    prior: Values | None,
) -> dict[str, Values]:
    """Compute the columns of a history definition.

    Parameters
    ----------
    events : by kind, of all known lines
    codes : entity of each known line, negative where it has none, shape (n_lines,)
    prior : parent's return rate of all time for each row, shape (n_rows,); None for ``prior_rate``

    Returns
    -------
    float32 of shape (n_rows,) by column name; NaN where a line has no such entity, save for rates,
    which are then the prior's. ``<entity>_return_rate_all`` is always among them where there are rates.
    """
    tiles = {kind: build_tiles(some, codes) for kind, some in events.items()}
    own = codes[rows.position]
    has_key = own >= 0
    columns: dict[str, Values] = {}
    rated = (*definition.rated, "all") if definition.rates else ()  # entities below shrink towards that of all time
    for window in dict.fromkeys((*definition.windows, *rated)):
        start = np.zeros_like(rows.as_of) if window == "all" else rows.as_of - np.int32(window)
        sums = {kind: some.between(own, start, rows.as_of) for kind, some in tiles.items()}
        for count in definition.counts if window in definition.windows else ():
            event, measure = count.split("_")
            name = f"{definition.entity}_{count}_{suffix(window)}"
            columns[name] = _where(has_key, _measure(sums[event], measure))
        if window in rated:
            closed, kept = _measure(sums["closed"], "lines"), _measure(sums["kept"], "lines")
            base = np.float32(definition.prior_rate or 0.0) if prior is None else prior
            weight = definition.strength
            columns[f"{definition.entity}_return_rate_{suffix(window)}"] = (
                (closed - kept + weight * base) / (closed + weight)
            ).astype(np.float32)
    return columns | _other_columns(definition, tiles, own, rows)


def _other_columns(definition: HistoryDefinition, tiles: dict[str, Tiles], own: Codes, rows: Rows) -> dict[str, Values]:
    entity, has_key = definition.entity, own >= 0
    columns: dict[str, Values] = {}
    for event in definition.recency:
        # An order is always known of itself: only orders of earlier days say how long ago the last one was.
        end = rows.ordered_on if event == "ordered" else rows.as_of
        last = tiles[event].last_day(own, end)
        columns[f"{entity}_days_since_{event}"] = _where(last != NEVER, (end - last).astype(np.float64))
    if definition.pending:
        start = np.zeros_like(rows.as_of)
        ordered, settled = (
            _measure(tiles[kind].between(own, start, rows.as_of), "lines") for kind in ("ordered", "settled")
        )
        columns[f"{entity}_pending_lines"] = _where(has_key, ordered - settled)
    if definition.usual:
        before = tiles["ordered"].between(own, np.zeros_like(rows.ordered_on), rows.ordered_on)
        lines_before, units, money = (_measure(before, measure) for measure in MEASURES)
        for column in definition.usual:
            above, below = (units, lines_before) if column == "quantity" else (money, units)
            usual = np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)
            value = rows.quantity if column == "quantity" else rows.unit_price
            ratio = np.divide(value, usual, out=np.full_like(value, np.nan), where=usual > 0)
            columns[f"{entity}_usual_{column}_ratio"] = _where(has_key, ratio)
    return columns


def _measure(sums: npt.NDArray[np.int64], measure: str) -> npt.NDArray[np.float64]:
    values = sums[:, MEASURES.index(measure)].astype(np.float64)
    return values / MONEY_SCALE if measure == "money" else values


def _where(condition: npt.NDArray[np.bool_], values: npt.NDArray[np.float64]) -> Values:
    return np.where(condition, values, np.nan).astype(np.float32)
