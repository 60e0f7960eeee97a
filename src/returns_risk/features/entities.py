"""What had happened to an entity before the as-of: a definition translated for the sweep, and the sweep run."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from returns_risk.contract.days import Days
from returns_risk.features.definitions import HistoryDefinition
from returns_risk.features.history_columns import share_name
from returns_risk.features.keys import Codes
from returns_risk.features.program import Program
from returns_risk.history.sorts import sort_by_code
from returns_risk.history.sweep import sweep

__all__ = ["KeyHistory", "Rows", "entity_columns"]

Values = npt.NDArray[np.float32]
Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Rows:
    """The lines that are asked for, each at its as-of day; arrays of shape (n_rows,)."""

    ordered_on: Days
    as_of: Days
    quantity: npt.NDArray[np.float64]
    unit_price: npt.NDArray[np.float64]
    size: npt.NDArray[np.int32]
    """In hundredths of a step, 0 for none."""

    @cached_property
    def by_as_of(self) -> npt.NDArray[np.int32]:
        """Rows in the order of their as-of and, within one, of the day they were ordered on."""
        return np.lexsort((self.ordered_on, self.as_of)).astype(np.int32)


@dataclass(frozen=True)
class KeyHistory:
    """What happened to the keys of an entity, key by key and within a key by day, and which rows are of which key."""

    word: npt.NDArray[np.int64]
    """Events or tiles, shape (n_events,)."""
    money: npt.NDArray[np.int64]
    """Likewise; may be empty where nothing sums money."""
    size: npt.NDArray[np.int32]
    """Likewise; may be empty where nothing asks for sizes."""
    begins: npt.NDArray[np.int64]
    """Where each key's events begin, shape (n_keys + 1,)."""
    codes: Codes
    """Key of each row, from 0, negative for none, shape (n_rows,)."""


def entity_columns(
    definition: HistoryDefinition, program: Program, history: KeyHistory, rows: Rows, above: Mapping[str, Values]
) -> Values:
    """Compute the columns of a history definition.

    O(n_events x (1 + n_windows) + n_rows x n_columns).

    Parameters
    ----------
    program : the definition, translated
    above : columns of the rows by name, with the rate and the shares of all time of the parent

    Returns
    -------
    float32 of shape (n_rows, n_columns), columns as in the program; NaN where a line has no such entity, save for
    rates and shares, which are then the prior's.
    """
    priors = _priors(definition, above, len(rows.as_of))
    turn = rows.by_as_of
    row_order, row_begins = sort_by_code(history.codes[turn], len(history.begins) - 1)
    block = np.empty((len(rows.as_of), len(program.columns)), dtype=np.float32)
    sweep(
        (history.word, history.money, history.size, history.begins),
        (rows.as_of, rows.ordered_on, rows.quantity, rows.unit_price, rows.size),
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
    _fill_in(block, program, priors, np.flatnonzero(history.codes < 0))
    return block


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


def _fill_in(block: Values, program: Program, priors: Values, keyless: npt.NDArray[np.int64]) -> None:
    """Give rows without a key the prior's rate and shares, and nothing else."""
    block[keyless] = np.nan
    for number, column in enumerate(program.columns):
        if column.operation in ("rate", "money_rate"):
            block[keyless, number] = priors[0, keyless]
        elif column.operation == "reason_share":
            block[keyless, number] = priors[program.operations[number, 4], keyless]
