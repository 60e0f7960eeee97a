"""The columns of beliefs: what the outcomes before an as-of say about the risk of a line's keys."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.contract.days import NEVER, Days
from returns_risk.features.baskets import basket_columns
from returns_risk.features.belief_definitions import Band, BeliefsDefinition
from returns_risk.features.line_definitions import BasketDefinition
from returns_risk.features.lines import line_columns
from returns_risk.history.beliefs import Prior, empty_state, follow_beliefs, join_codes
from returns_risk.history.keys import Codes, KeyCodes
from returns_risk.history.sorts import sort_by_code
from returns_risk.history.updates import Updates, order_updates
from returns_risk.snapshot import Rows, Snapshot

__all__ = ["BeliefLines", "belief_keys", "belief_lines", "belief_prior", "compute_beliefs", "line_bands"]

Values = npt.NDArray[np.float32]


@dataclass(frozen=True)
class BeliefLines:
    """The order lines that beliefs are learnt from and read for."""

    lines: pd.DataFrame
    """With the columns of keys and the operands of bands that compare lines of an order."""
    keys: KeyCodes
    """Of ``lines``."""
    known_on: Days
    bands: dict[str, Codes]
    """Of each line, by name: those that rest on the line alone."""
    updates: Updates


def belief_lines(definition: BeliefsDefinition, snapshot: Snapshot) -> BeliefLines:
    """Return the order lines of a snapshot."""
    lines, outcomes = snapshot.lines, snapshot.outcomes
    return BeliefLines(
        lines=lines,
        keys=snapshot.history.keys,
        known_on=outcomes.ordered_on,
        bands=line_bands(definition, lines, snapshot.time_zone, snapshot.policy.time_zones),
        updates=order_updates(lines, outcomes),
    )


def compute_beliefs(definition: BeliefsDefinition, lines: BeliefLines, rows: Rows) -> Values:
    """Compute the columns of a definition by following the outcomes of all lines.

    Returns
    -------
    float32 of shape (n_rows, n_columns), columns as ``belief_columns`` lists them.
    """
    block = np.empty((len(rows), 2 + 2 * len(definition.groups)), dtype=np.float32)
    if not len(rows):
        return block
    first, last = int(rows.as_of.min()), int(rows.as_of.max())
    by_as_of = sort_by_code(rows.as_of - np.int32(first), last - first + 1)[0]
    updates = lines.updates.before(last)
    settled_on = np.full(len(lines.known_on), NEVER, dtype=np.int32)
    settled_on[updates.line] = updates.day
    read_later = rows.position[settled_on[rows.position] < rows.as_of]
    codes, count = join_codes(belief_keys(definition, lines), read_later)
    sizes = [len(group.keys) for group in definition.groups.values()]
    groups = np.repeat(np.arange(len(sizes)), sizes)
    read = np.empty_like(block)
    of_rows = (rows.position[by_as_of], rows.as_of[by_as_of])
    follow_beliefs(codes, empty_state(count), belief_prior(definition), tuple(updates), of_rows, groups, read)
    block[by_as_of] = read
    return block


def belief_keys(definition: BeliefsDefinition, lines: BeliefLines) -> list[Codes]:
    """Return the keys of all lines, kind by kind; -1 for none."""
    bands = lines.bands | _basket_bands(definition, lines)
    codes = []
    for key in definition.keys:
        parts = [bands[name] for name in key if name in bands]
        codes.append(lines.keys.codes([name for name in key if name not in bands], parts))
    return codes


def belief_prior(definition: BeliefsDefinition) -> Prior:
    """Return what is believed before any outcome."""
    fitted = definition.fitted
    if fitted is None:
        return Prior(0.0, np.full(len(definition.keys), definition.variance))
    return Prior(fitted.bias, np.array([fitted.variances[" ".join(key)] for key in definition.keys]))


def line_bands(
    definition: BeliefsDefinition, lines: pd.DataFrame, time_zone: str, market_zones: Mapping[str, str]
) -> dict[str, Codes]:
    """Return the bands of each line that rest on the line alone; -1 where the number is missing."""
    alone = {name: band for name, band in definition.bands.items() if band.verb not in BasketDefinition.verbs}
    values = line_columns(alone, lines, time_zone, market_zones)
    return {name: _find_band(alone[name], np.asarray(numbers, dtype=np.float32)) for name, numbers in values.items()}


def _basket_bands(definition: BeliefsDefinition, lines: BeliefLines) -> dict[str, Codes]:
    """Return the other bands of each line, as they were at the first as-of after it became known."""
    compared = {name: band for name, band in definition.bands.items() if band.verb in BasketDefinition.verbs}
    every, next_day = np.arange(len(lines.known_on)), lines.known_on + np.int32(1)
    values = basket_columns(compared, lines.lines, lines.keys, lines.known_on, every, next_day)
    return {name: _find_band(compared[name], numbers) for name, numbers in values.items()}


def _find_band(band: Band, numbers: Values) -> Codes:
    reached = np.searchsorted(np.array(band.edges, dtype=np.float32), numbers, side="right")
    return np.where(np.isnan(numbers), -1, reached).astype(np.int32)
