"""The columns of one entity: its history definition, translated for the kernel, and the kernel run."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from returns_risk.contract.days import Days
from returns_risk.features.history_columns import share_name
from returns_risk.features.history_definitions import HistoryDefinition
from returns_risk.features.program import Program
from returns_risk.history.history import KeyHistory
from returns_risk.history.keys import Codes
from returns_risk.history.sorts import sort_by_code
from returns_risk.history.sweep import sweep

__all__ = ["RowFacts", "entity_columns"]

Values = npt.NDArray[np.float32]


@dataclass(frozen=True)
class RowFacts:
    """What columns need of each row besides its history; arrays of shape (n_rows,)."""

    ordered_on: Days
    as_of: Days
    quantity: npt.NDArray[np.float64]
    unit_price: npt.NDArray[np.float64]
    size: npt.NDArray[np.int32]
    """As given by ``line_sizes``."""

    @cached_property
    def by_as_of(self) -> npt.NDArray[np.int32]:
        """Rows in the order of their as-of and, within an as-of, of the day they were ordered on."""
        return np.lexsort((self.ordered_on, self.as_of)).astype(np.int32)


def entity_columns(
    definition: HistoryDefinition,
    program: Program,
    history: KeyHistory,
    codes: Codes,
    rows: RowFacts,
    above: Mapping[str, Values],
) -> Values:
    """Compute the columns of a history definition.

    O(n_events x (1 + n_windows) + n_rows x n_columns).

    Parameters
    ----------
    program : the definition, translated
    codes : key of each row in ``history``, negative for none
    above : name and values of further columns; with the rate of all time of the parent, and under the name of the
        parent's the shares that those of the definition shrink towards

    Returns
    -------
    float32 of shape (n_rows, n_columns), columns as in the program; NaN where a line has no such entity, save for
    rates and shares, which are then the prior's.
    """
    priors = _priors(definition, above, len(rows.as_of))
    by_as_of = rows.by_as_of
    row_order, row_begins = sort_by_code(codes[by_as_of], len(history.begins) - 1)
    block = np.empty((len(rows.as_of), len(program.columns)), dtype=np.float32)
    sweep(
        (history.word, history.money, history.size, history.begins),
        (rows.as_of, rows.ordered_on, rows.quantity, rows.unit_price, rows.size),
        (by_as_of[row_order], row_begins),
        program.kernel,
        definition.strength,
        priors,
        block,
    )
    _fill_keyless(block, program, priors, np.flatnonzero(codes < 0))
    return block


def _priors(definition: HistoryDefinition, above: Mapping[str, Values], rows: int) -> Values:
    """Return what the rates and the shares of each group of reasons shrink towards, shape (1 + n_groups, n_rows)."""
    priors = np.empty((1 + len(definition.reasons), rows), dtype=np.float32)
    priors[0] = (
        definition.prior_rate or 0.0 if definition.parent is None else above[f"{definition.parent}_return_rate_all"]
    )
    for number, reason in enumerate(definition.reasons, start=1):
        share = None if definition.parent is None else above.get(share_name(definition.parent, reason))
        priors[number] = definition.prior_share if share is None else share
    return priors


def _fill_keyless(block: Values, program: Program, priors: Values, keyless: npt.NDArray[np.int64]) -> None:
    """Give rows without a key the prior's rate and shares, and nothing else."""
    block[keyless] = np.nan
    for number, column in enumerate(program.columns):
        if column.operation in ("rate", "money_rate"):
            block[keyless, number] = priors[0, keyless]
        elif column.operation == "reason_share":
            block[keyless, number] = priors[program.operations[number, 4], keyless]
