"""Who gets what: the plan of highest value within the capacities of one night."""

import logging
import time
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.policy import Policy

__all__ = ["Allocation", "allocate", "allocate_greedily"]

Values = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
NONE = -1
_SECONDS = 60.0
_WHOLE = 1e-6
_MORE = 2.0
_MANY = 1000  # groups: those of lines and customers are not of the kind whose best pairs are looked for
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Allocation:
    """At most one intervention a line."""

    intervention: npt.NDArray[np.int64]
    """Position among the policy's interventions, -1 for none, shape (n_lines,)."""
    value: float
    """Sum over the lines, in the policy's currency."""
    method: Literal["exact", "greedy"]
    bound: float
    """No plan within the capacities is worth more."""


@dataclass(frozen=True)
class _Pairs:
    """Lines and interventions that may be put together, sorted by line and intervention."""

    line: Places
    column: Places
    value: Values
    limits: list[tuple[Places, Values]]
    """Kinds of limits: the group of each pair, -1 for none, and the room of each group."""


def allocate(value: Values, lines: pd.DataFrame, policy: Policy, seconds: float = _SECONDS) -> Allocation:
    """Choose at most one intervention a line, and one contact a customer, so that their value is highest.

    A linear programme, solved with HiGHS; where a vertex is not whole (several kinds of limits at once), the mixed
    integer programme. Where the solver fails or runs out of time, ``allocate_greedily`` steps in, with a warning.
    The plan does not depend on the order of the lines: they are taken in the order of their ids.

    Parameters
    ----------
    value : what each intervention saves, NaN where it may not be used, shape (n_lines, n_interventions)
    lines : ``line_id``, ``order_id``, ``customer_id``, and ``warehouse`` and ``market`` where the source has them
    """
    order = np.lexsort((lines["line_id"].to_numpy(dtype=object),))
    pairs = _find_pairs(value[order], lines.iloc[order].reset_index(drop=True), policy)
    found = np.full(len(lines), NONE, dtype=np.int64)
    if not len(pairs.line):
        return Allocation(found, 0.0, "exact", 0.0)
    method: Literal["exact", "greedy"] = "exact"
    taken, bound = _solve(pairs, seconds)
    if taken is None:
        method, taken = "greedy", _take_greedily(pairs)
        _logger.warning("allocation: HiGHS found no plan in %.0f s; the greedy one is taken", seconds)
    found[order[pairs.line[taken]]] = pairs.column[taken]
    return Allocation(found, float(pairs.value[taken].sum()), method, bound)


def allocate_greedily(value: Values, lines: pd.DataFrame, policy: Policy) -> Allocation:
    """Take the pairs by falling value as long as there is room; ties by line id.

    Parameters
    ----------
    value, lines : as for ``allocate``
    """
    order = np.lexsort((lines["line_id"].to_numpy(dtype=object),))
    pairs = _find_pairs(value[order], lines.iloc[order].reset_index(drop=True), policy)
    taken = _take_greedily(pairs)
    found = np.full(len(lines), NONE, dtype=np.int64)
    found[order[pairs.line[taken]]] = pairs.column[taken]
    return Allocation(found, float(pairs.value[taken].sum()), "greedy", float("inf"))


def _find_pairs(value: Values, lines: pd.DataFrame, policy: Policy) -> _Pairs:
    line, column = np.nonzero(np.nan_to_num(value, nan=-1.0) > policy.decision.min_value)
    return _Pairs(line, column, value[line, column], _limits(line, column, lines, policy))


def _limits(line: Places, column: Places, lines: pd.DataFrame, policy: Policy) -> list[tuple[Places, Values]]:
    interventions = list(policy.interventions.values())
    capacities = np.array([one.capacity for one in interventions], dtype=np.float64)
    contacts = np.array([one.contacts_customer for one in interventions])
    _, one_each = np.unique(line, return_inverse=True)
    customers = _codes(lines, "customer_id")[line]
    limits = [
        (one_each, np.ones(len(line))),
        (column, capacities),
        (np.where(contacts[column], customers, NONE), np.ones(len(lines))),
    ]
    limits += [_limits_by(name, line, column, lines, policy) for name in ("warehouse", "market") if name in lines]
    return [limit for limit in limits if (limit[0] >= 0).any()]


def _limits_by(name: str, line: Places, column: Places, lines: pd.DataFrame, policy: Policy) -> tuple[Places, Values]:
    rooms: list[float] = []
    group = np.full(len(line), NONE)
    levels = lines[name].astype(object).to_numpy()[line]
    for number, one in enumerate(policy.interventions.values()):
        for level, room in {**one.capacity_by}.get(name, {}).items():  # type: ignore[call-overload]
            group[(column == number) & (levels == level)] = len(rooms)
            rooms.append(float(room))
    return group, np.array(rooms)


def _codes(lines: pd.DataFrame, name: str) -> Places:
    if name not in lines:
        return np.zeros(len(lines), dtype=np.intp)
    return np.asarray(pd.factorize(lines[name].astype(object), use_na_sentinel=False)[0], dtype=np.intp)


def _solve(pairs: _Pairs, seconds: float) -> tuple[Places | None, float]:
    """Return which pairs are taken, None where there is no plan in time, and the bound on the value of any plan.

    Of many pairs few matter. The programme is solved on the best of each intervention and group; its prices then tell
    which of the others would be worth more than what they displace, and these are added until there are none (column
    generation; Desrosiers & Luebbecke 2005, A primer in column generation). So the bound holds for all pairs.
    """
    from scipy.optimize import linprog

    end = time.monotonic() + seconds
    matrix, room = _matrix(pairs)
    chosen = _begin_with(pairs)
    while True:
        some = np.flatnonzero(chosen)
        options = {"time_limit": max(end - time.monotonic(), 0.01)}
        found = linprog(
            -pairs.value[some], A_ub=matrix[:, some], b_ub=room, bounds=(0, 1), method="highs", options=options
        )
        if found.status != 0:
            return None, float("inf")
        gain = pairs.value + matrix.T @ found.ineqlin.marginals
        missing = ~chosen & (gain > _WHOLE)
        if not missing.any():
            break
        chosen |= missing
    bound = -float(found.fun)
    if np.abs(found.x - found.x.round()).max() < _WHOLE:
        return some[found.x > 0.5], bound
    return _solve_whole(pairs, matrix, room, chosen, gain, bound, end), bound


def _solve_whole(
    pairs: _Pairs, matrix: Any, room: Values, chosen: npt.NDArray[np.bool_], gain: Values, bound: float, end: float
) -> Places | None:
    """Solve with whole numbers: on the pairs at hand, then with all that could still close the gap to the bound."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    taken: Places | None = None
    for _ in range(2):
        some = np.flatnonzero(chosen)
        found = milp(
            -pairs.value[some],
            constraints=LinearConstraint(matrix[:, some], ub=room),
            integrality=np.ones(len(some)),
            bounds=Bounds(0, 1),
            options={"time_limit": max(end - time.monotonic(), 0.01), "mip_rel_gap": 1e-9},
        )
        if found.x is None or found.status != 0:
            return taken
        taken = some[found.x > 0.5]
        wider = chosen | (gain >= pairs.value[taken].sum() - bound - _WHOLE)
        if (wider == chosen).all():
            break
        chosen = wider
    return taken


def _begin_with(pairs: _Pairs) -> npt.NDArray[np.bool_]:
    """Mark the best pairs of each group that has more of them than room: a few more than there is room for."""
    chosen = np.ones(len(pairs.value), dtype=bool)
    for group, room in pairs.limits:
        inside = group >= 0
        if len(room) > _MANY:
            continue
        rank = pd.Series(-pairs.value).groupby(group).rank(method="first").to_numpy()
        chosen &= ~inside | (rank <= _MORE * np.append(room, 0)[group] + _MORE)
    return chosen


def _matrix(pairs: _Pairs) -> tuple[Any, Values]:
    """Return the limits as rows over all pairs, and the room of each; rows that nothing is in are left out."""
    from scipy.sparse import csr_array, vstack

    rows = []
    for group, room in pairs.limits:
        inside = np.flatnonzero(group >= 0)
        rows.append(csr_array((np.ones(len(inside)), (group[inside], inside)), shape=(len(room), len(group))))
    matrix, room = vstack(rows).tocsr(), np.concatenate([room for _, room in pairs.limits])
    used = np.flatnonzero(np.diff(matrix.indptr) > 0)
    return matrix[used].tocsc(), room[used]


def _take_greedily(pairs: _Pairs) -> Places:
    left = [room.copy() for _, room in pairs.limits]
    taken = []
    for pair in np.argsort(-pairs.value, kind="stable"):
        groups = [group[pair] for group, _ in pairs.limits]
        if all(group < 0 or room[group] >= 1 for group, room in zip(groups, left, strict=True)):
            for group, room in zip(groups, left, strict=True):
                if group >= 0:
                    room[group] -= 1
            taken.append(pair)
    return np.array(taken, dtype=np.intp)
