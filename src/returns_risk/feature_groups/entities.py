"""What had happened to an entity before the as-of: a definition translated for the sweep, and the sweep run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from returns_risk.days import Days
from returns_risk.feature_groups.definitions import HistoryDefinition
from returns_risk.feature_groups.history_columns import share_name
from returns_risk.feature_groups.keys import Codes
from returns_risk.feature_groups.program import Program, translate
from returns_risk.history.events import Events
from returns_risk.history.sorts import sort_by_code, sort_events, turned
from returns_risk.history.sweep import sweep

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

    @cached_property
    def by_as_of(self) -> npt.NDArray[np.int32]:
        """Rows in the order of their as-of and, within one, of the day they were ordered on."""
        return np.lexsort((self.ordered_on, self.as_of)).astype(np.int32)


def entity_columns(
    definition: HistoryDefinition,
    events: Events,
    reasons: Sequence[str],
    codes: Codes,
    sizes: npt.NDArray[np.int32],
    rows: Rows,
    above: Mapping[str, Values],
) -> dict[str, Values]:
    """Compute the columns of a history definition.

    O(n_events x (1 + n_windows) + n_rows x n_columns).

    Parameters
    ----------
    stream : events of all known lines
    reasons : the reasons by their numbers in the stream
    codes : entity of each known line, from 0, negative where it has none, shape (n_lines,)
    sizes : size of each known line in hundredths of a step, 0 for none, shape (n_lines,)
    above : columns of the rows by name, with the rate and the shares of all time of the parent

    Returns
    -------
    float32 of shape (n_rows,) by column name; NaN where a line has no such entity, save for rates and shares,
    which are then the prior's. What entities below shrink towards is always among them.
    """
    program = translate(definition, reasons)
    priors = _priors(definition, above, len(rows.as_of))
    count = int(codes.max(initial=-1)) + 1
    money = events.money if program.with_money else events.money[:0]
    turn = rows.by_as_of
    row_order, row_begins = sort_by_code(codes[rows.position[turn]], count)
    block = np.empty((len(rows.as_of), len(program.columns)), dtype=np.float32)
    sweep(
        sort_events(codes, events.line, events.word, money, sizes if definition.kept_size else sizes[:0], count),
        (rows.as_of, rows.ordered_on, rows.quantity, rows.unit_price, sizes[rows.position]),
        turn[row_order],
        row_begins,
        program.windows,
        program.slots,
        program.adds,
        program.marks,
        program.reason_slots,
        program.operations,
        program.scales,
        definition.strength,
        priors,
        block,
    )
    _fill_in(block, program, priors, np.flatnonzero(codes[rows.position] < 0))
    columns = turned(block)
    return {column.name: columns[number] for number, column in enumerate(program.columns)}


def _priors(definition: HistoryDefinition, above: Mapping[str, Values], rows: int) -> Values:
    """Return what the rates and the shares of each group of reasons shrink towards, shape (1 + n_groups, n_rows)."""
    priors = np.empty((1 + len(definition.reasons), rows), dtype=np.float32)
    priors[0] = (
        definition.prior_rate or 0.0 if definition.parent is None else above[f"{definition.parent}_return_rate_all"]
    )
    for number, reason in enumerate(definition.reasons, start=1):
        known = None if definition.parent is None else above.get(share_name(definition.parent, reason))
        priors[number] = definition.prior_share if known is None else known
    return priors


def _fill_in(block: Values, program: Program, priors: Values, keyless: Codes) -> None:
    """Give rows without a key the prior's rate and shares, and nothing else."""
    block[keyless] = np.nan
    for number, column in enumerate(program.columns):
        if column.operation in ("rate", "money_rate"):
            block[keyless, number] = priors[0, keyless]
        elif column.operation == "reason_share":
            block[keyless, number] = priors[program.operations[number, 4], keyless]
