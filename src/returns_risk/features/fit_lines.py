"""What the filter of sizes and fit needs of order lines: sizes in steps, keys, brackets, outcomes and their order."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.contract.days import NEVER, Days
from returns_risk.features.fit_definitions import FitDefinition, FittedFit, SizeSystem
from returns_risk.features.fit_kernel import KEPT, NO_OUTCOME, READ, RETURNED, TOO_LARGE, TOO_SMALL, filter_lines
from returns_risk.features.size_systems import find_systems, system_codes
from returns_risk.history import Outcomes
from returns_risk.history.keys import Codes, Hashes, KeyCodes
from returns_risk.history.sorts import sort_by_code
from returns_risk.history.updates import hash_ids, outcome_days, sort_updates
from returns_risk.snapshot import Rows, Snapshot

__all__ = [
    "FitLines", "find_rows", "fit_lines", "fit_outcomes", "prepare_lines", "read_lines", "run_filter",
    "starting_values",
]  # fmt: skip

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class FitLines:
    """The lines with a size, in the form of the kernel; arrays of shape (n_sized,)."""

    position: npt.NDArray[np.int64]
    """Of each among all lines, ascending."""
    size: npt.NDArray[np.float64]
    """In steps."""
    system: Codes
    customer: Codes
    """Key of the customer in the size system."""
    offsets: Codes
    """Shape (n_keys, n_sized)."""
    tolerances: Codes
    bracket: npt.NDArray[np.int8]
    known_on: Days
    outcome: npt.NDArray[np.int8]
    outcome_on: Days
    """``NEVER`` where there is none."""
    events: tuple[Array, Array]
    """As in ``filter_lines``."""


def fit_outcomes(definition: FitDefinition, outcomes: Outcomes) -> tuple[Days, npt.NDArray[np.int8]]:
    """Return the day from which on each line's outcome is learnt from, and what it says about its size.

    With reasons, a return for another one says nothing; without, every
    return is ``RETURNED``.
    """
    day, returned = outcome_days(outcomes)
    if outcomes.return_reason is None:
        return day, np.where(returned, RETURNED, KEPT).astype(np.int8)
    meaning = dict.fromkeys(definition.too_small, TOO_SMALL) | dict.fromkeys(definition.too_large, TOO_LARGE)
    # A return without a reason has number -1: the last.
    of_reason = np.array([*(meaning.get(name, NO_OUTCOME) for name in outcomes.reasons), NO_OUTCOME], dtype=np.int8)
    first = outcomes.return_on == outcomes.returned_on[outcomes.return_line]
    # Several reasons on one day: the largest number of these stands, whatever their order.
    stated = np.full(len(day), NO_OUTCOME, dtype=np.int8)
    np.maximum.at(stated, outcomes.return_line[first], of_reason[outcomes.return_reason[first]])
    return day, np.where(returned, stated, np.int8(KEPT))


def prepare_lines(definition: FitDefinition, snapshot: Snapshot) -> FitLines:
    """Prepare the lines of a snapshot; once for each definition."""
    if definition not in snapshot.prepared:
        snapshot.prepared[definition] = _prepare(definition, snapshot)
    prepared: FitLines = snapshot.prepared[definition]
    return prepared


def _prepare(definition: FitDefinition, snapshot: Snapshot) -> FitLines:
    lines = snapshot.lines
    day, outcome = fit_outcomes(definition, snapshot.outcomes)
    hashes = hash_ids(lines["line_id"].to_numpy(dtype=object))
    systems = starting_values(definition, snapshot.tables["products"]).systems
    with_reasons = snapshot.outcomes.return_reason is not None
    outcomes = (snapshot.outcomes.ordered_on, day, outcome)
    return fit_lines(definition, lines, snapshot.history.keys, systems, outcomes, hashes, with_reasons=with_reasons)


def starting_values(definition: FitDefinition, products: pd.DataFrame) -> FittedFit:
    """Return what is fitted, or the values that hold before."""
    if definition.fitted is not None:
        return definition.fitted
    return FittedFit(
        parameters=definition.parameters,
        offsets=tuple(item.variance for item in definition.offsets),
        tolerances=tuple(item.variance for item in definition.tolerances),
        systems=find_systems(products),
    )


def fit_lines(
    definition: FitDefinition,
    lines: pd.DataFrame,
    keys: KeyCodes,
    systems: Sequence[SizeSystem],
    outcomes: tuple[Days, Days, npt.NDArray[np.int8]],
    hashes: Hashes,
    *,
    with_reasons: bool,
) -> FitLines:
    """Prepare lines.

    Parameters
    ----------
    lines : with ``definition.columns`` and perhaps ``category``, as they are or hashed
    keys : of ``lines``
    outcomes : of each line: the day on which it became known, and what ``fit_outcomes`` returns
    hashes : of the ids of the lines
    """
    known_on, outcome_on, outcome = outcomes
    system = system_codes(lines, systems)
    position = np.flatnonzero((system >= 0) & (keys.codes(["customer_id"]) >= 0))
    system = system[position]
    step = np.array([item.step for item in systems] or [1.0])
    size = lines["size_rank"].to_numpy(dtype=np.float64)[position] / step[system]
    customer = keys.codes(["customer_id"])[position].astype(np.int64) * len(systems) + system
    in_order = keys.codes(["order_id", "style"])[position]
    bracket = np.zeros(len(position), dtype=np.int8)
    _find_brackets(
        *sort_by_code(in_order, int(in_order.max(initial=-1)) + 1), in_order, size, known_on[position], bracket
    )
    outcome, outcome_on = outcome[position], outcome_on[position]
    # Without reasons only lines beside another size of their style tell which one fits.
    silent = (outcome == NO_OUTCOME) | ((bracket == 0) & (not with_reasons))
    outcome_on = np.where(silent, NEVER, outcome_on).astype(np.int32)
    return FitLines(
        position=position,
        size=size,
        system=system,
        customer=pd.factorize(customer)[0].astype(np.int32),
        offsets=_codes(keys, [item.key for item in definition.offsets], position),
        tolerances=_codes(keys, [item.key for item in definition.tolerances], position),
        bracket=bracket,
        known_on=known_on[position],
        outcome=outcome,
        outcome_on=outcome_on,
        events=_order_events(known_on[position], outcome_on, hashes[position]),
    )


def find_rows(lines: FitLines, rows: Rows) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the position among the sized lines of each row that has a size, and the positions of these rows."""
    if not len(lines.position):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    place = np.minimum(np.searchsorted(lines.position, rows.position), len(lines.position) - 1)
    sized = np.flatnonzero(lines.position[place] == rows.position)
    return place[sized], sized


def read_lines(values: FittedFit, lines: FitLines, rows: npt.NDArray[np.int64], as_of: Days) -> npt.NDArray[np.float32]:
    """Read lines at the beginning of days, as the filter knew them then.

    Parameters
    ----------
    rows : positions among the sized lines, shape (n_rows,)
    as_of : day of each row

    Returns
    -------
    Shape (n_rows, len(READ)).
    """
    order = np.argsort(as_of, kind="stable")
    read = np.empty((len(rows), len(READ)), dtype=np.float32)
    # What happens after the last row is read changes nothing.
    end = int(np.searchsorted(lines.events[1], 2 * int(as_of.max(initial=0))))
    events = (lines.events[0][:end], lines.events[1][:end])
    run_filter(values, lines, events, (rows[order], as_of[order], read), np.empty(0))
    out = np.empty_like(read)
    out[order] = read
    return out


def run_filter(
    values: FittedFit, lines: FitLines, events: tuple[Array, Array], reads: tuple[Array, Array, Array], found: Array
) -> None:
    """Call ``filter_lines`` with fitted values or those of the start."""
    centre = np.zeros((int(lines.customer.max(initial=-1)) + 1, 2))
    priors = np.array([(system.centre, system.variance) for system in values.systems]).reshape(-1, 2)
    centre[lines.customer] = priors[lines.system]
    kernel_lines = (lines.size, lines.customer, lines.offsets, lines.tolerances, lines.bracket, lines.outcome)
    variances = (centre, np.array(values.offsets), np.array(values.tolerances, dtype=np.float64))
    parameters = np.array([*values.parameters.model_dump().values()], dtype=np.float64)
    filter_lines(events, kernel_lines, variances, parameters, reads, found)


def _codes(keys: KeyCodes, wanted: list[tuple[str, ...]], position: npt.NDArray[np.int64]) -> Codes:
    codes = np.full((len(wanted), len(position)), -1, dtype=np.int32)
    for group, key in enumerate(wanted):
        codes[group] = keys.codes(list(key))[position]
    return codes


def _order_events(known_on: Days, outcome_on: Days, hashes: Hashes) -> tuple[Array, Array]:
    """Return the events of lines in the order of learning: by day, orders before outcomes, then by the lines' hash."""
    settled = np.flatnonzero(outcome_on < NEVER)
    line = np.concatenate([np.arange(len(known_on)), settled])
    day = np.concatenate([2 * known_on, 2 * outcome_on[settled] + 1]).astype(np.int32)
    order = sort_updates(day, hashes[line], line)
    return line[order].astype(np.int32), day[order]


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _find_brackets(members: Array, begins: Array, code: Array, size: Array, known_on: Array, bracket: Array) -> None:
    """Mark lines whose order had, when they became known, a larger (1) or a smaller (2) size of their style."""
    for line in range(len(size)):
        if code[line] < 0:
            continue
        for at in range(begins[code[line]], begins[code[line] + 1]):
            other = members[at]
            if known_on[other] <= known_on[line] and size[other] > size[line]:
                bracket[line] |= 1
            elif known_on[other] <= known_on[line] and size[other] < size[line]:
                bracket[line] |= 2
