"""The allocation of interventions to lines that has the highest value within the capacities of one night."""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.policy import Policy

__all__ = ["Allocation", "allocate", "allocate_greedily"]

Values = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]
NONE = -1
_SECONDS = 60.0
_TOLERANCE = 1e-6
_SURPLUS = 2.0
"""Pairs to begin with, per unit of capacity; see ``_initial_pairs``."""
_MANY_GROUPS = 1000
"""Limits with more groups than this (one a line, one a customer) do not thin out the initial pairs."""
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
    """No plan within the capacities has a higher value."""


@dataclass(frozen=True)
class _Limit:
    """At most ``capacity`` pairs of each group."""

    group: Positions
    """Of each pair, -1 for none."""
    capacity: Values
    """Of each group."""


@dataclass(frozen=True)
class _Pairs:
    """Pairs of a line and an intervention that are eligible and pay, sorted by line and intervention."""

    line: Positions
    column: Positions
    value: Values
    limits: list[_Limit]


def allocate(value: Values, lines: pd.DataFrame, policy: Policy, seconds: float = _SECONDS) -> Allocation:
    """Choose at most one intervention a line, and one contact a customer, so that their total value is highest.

    A linear programme, solved with HiGHS; where its solution is not integral (several kinds of limits at once), the
    mixed integer programme. Where the solver fails or runs out of time, ``allocate_greedily`` steps in, with a warning.
    The result does not depend on the order of the lines: they are sorted by id.

    Parameters
    ----------
    value : expected saving of each intervention, NaN where it is not eligible, shape (n_lines, n_interventions)
    lines : ``line_id``, ``order_id``, ``customer_id``, and ``warehouse`` and ``market`` where the source has them
    """
    order, pairs = _find_pairs(value, lines, policy)
    if not len(pairs.line):
        return _to_allocation(pairs, np.zeros(0, dtype=np.intp), order, "exact", 0.0)
    taken, bound = _solve(pairs, seconds)
    if taken is None:
        _logger.warning("allocation: HiGHS found no plan in %.0f s; the greedy one is taken", seconds)
        return _to_allocation(pairs, _take_greedily(pairs), order, "greedy", bound)
    return _to_allocation(pairs, taken, order, "exact", bound)


def allocate_greedily(value: Values, lines: pd.DataFrame, policy: Policy) -> Allocation:
    """Take the pairs by falling value as long as capacity remains; ties by line id.

    Parameters
    ----------
    value, lines : as for ``allocate``
    """
    order, pairs = _find_pairs(value, lines, policy)
    return _to_allocation(pairs, _take_greedily(pairs), order, "greedy", float("inf"))


def _to_allocation(
    pairs: _Pairs, taken: Positions, order: Positions, method: Literal["exact", "greedy"], bound: float
) -> Allocation:
    intervention = np.full(len(order), NONE, dtype=np.int64)
    intervention[order[pairs.line[taken]]] = pairs.column[taken]
    return Allocation(intervention, math.fsum(pairs.value[taken]), method, bound)


def _find_pairs(value: Values, lines: pd.DataFrame, policy: Policy) -> tuple[Positions, _Pairs]:
    """Return the order of the lines by id, and the pairs, whose lines are numbered in this order."""
    order = np.lexsort((lines["line_id"].to_numpy(dtype=object),))
    value, lines = value[order], lines.iloc[order].reset_index(drop=True)
    line, column = np.nonzero(np.nan_to_num(value, nan=-1.0) > policy.decision.min_value)
    return order, _Pairs(line, column, value[line, column], _limits(line, column, lines, policy))


def _limits(line: Positions, column: Positions, lines: pd.DataFrame, policy: Policy) -> list[_Limit]:
    interventions = policy.interventions.values()
    capacities = np.array([intervention.capacity for intervention in interventions], dtype=np.float64)
    contacts = np.array([intervention.contacts_customer for intervention in interventions])
    _, group_of_line = np.unique(line, return_inverse=True)
    customers = _codes(lines, "customer_id")[line]
    limits = [
        _Limit(group_of_line, np.ones(len(line))),
        _Limit(column, capacities),
        _Limit(np.where(contacts[column], customers, NONE), np.ones(len(lines))),
    ]
    limits += [_limit_by(name, line, column, lines, policy) for name in ("warehouse", "market") if name in lines]
    return [limit for limit in limits if (limit.group >= 0).any()]


def _limit_by(name: str, line: Positions, column: Positions, lines: pd.DataFrame, policy: Policy) -> _Limit:
    """Return the capacities by warehouse or market."""
    all_capacities: list[float] = []
    group = np.full(len(line), NONE)
    levels = lines[name].astype(object).to_numpy()[line]
    for number, intervention in enumerate(policy.interventions.values()):
        for level, capacity in {**intervention.capacity_by}.get(name, {}).items():  # type: ignore[call-overload]
            group[(column == number) & (levels == level)] = len(all_capacities)
            all_capacities.append(float(capacity))
    return _Limit(group, np.array(all_capacities))


def _codes(lines: pd.DataFrame, name: str) -> Positions:
    if name not in lines:
        return np.zeros(len(lines), dtype=np.intp)
    return np.asarray(pd.factorize(lines[name].astype(object), use_na_sentinel=False)[0], dtype=np.intp)


def _solve(pairs: _Pairs, seconds: float) -> tuple[Positions | None, float]:
    """Return the pairs taken, None if there is no solution in time, and an upper bound on the value of any plan.

    Of many pairs few matter. The programme is solved on the best of each intervention and group; its shadow prices
    then show which other pairs have a higher value than those they displace, and these are added until there are none
    (column generation; Desrosiers & Luebbecke 2005, A primer in column generation). So the bound holds for all pairs.
    """
    from scipy.optimize import linprog

    end = time.monotonic() + seconds
    matrix, capacity = _matrix(pairs)
    chosen = _initial_pairs(pairs)
    while True:
        candidates = np.flatnonzero(chosen)
        options = {"time_limit": max(end - time.monotonic(), 0.01)}
        solution = linprog(
            -pairs.value[candidates],
            A_ub=matrix[:, candidates],
            b_ub=capacity,
            bounds=(0, 1),
            method="highs",
            options=options,
        )
        if solution.status != 0:
            return None, float("inf")
        gain = pairs.value + matrix.T @ solution.ineqlin.marginals
        missing = ~chosen & (gain > _TOLERANCE)
        if not missing.any():
            break
        chosen |= missing
    bound = -float(solution.fun)
    if np.abs(solution.x - solution.x.round()).max() < _TOLERANCE:
        return candidates[solution.x > 0.5], bound
    # Pairs whose reduced cost alone exceeds the gap to the bound cannot be in a better integral plan.
    return _solve_integral(
        pairs, matrix, capacity, chosen, lambda value: gain >= value - bound - _TOLERANCE, end
    ), bound


def _solve_integral(
    pairs: _Pairs,
    matrix: Any,
    capacity: Values,
    chosen: npt.NDArray[np.bool_],
    may_improve: Callable[[float], npt.NDArray[np.bool_]],
    end: float,
) -> Positions | None:
    """Solve with whole numbers: on the pairs at hand, then with all that could still close the gap to the bound."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    taken: Positions | None = None
    for _ in range(2):
        candidates = np.flatnonzero(chosen)
        solution = milp(
            -pairs.value[candidates],
            constraints=LinearConstraint(matrix[:, candidates], ub=capacity),
            integrality=np.ones(len(candidates)),
            bounds=Bounds(0, 1),
            options={"time_limit": max(end - time.monotonic(), 0.01), "mip_rel_gap": 1e-9},
        )
        if solution.x is None or solution.status != 0:
            return taken
        taken = candidates[solution.x > 0.5]
        wider = chosen | may_improve(pairs.value[taken].sum())
        if (wider == chosen).all():
            break
        chosen = wider
    return taken


def _initial_pairs(pairs: _Pairs) -> npt.NDArray[np.bool_]:
    """Mark the best pairs of each group that has more of them than capacity: somewhat more than fit in."""
    chosen = np.ones(len(pairs.value), dtype=bool)
    for limit in pairs.limits:
        if len(limit.capacity) > _MANY_GROUPS:
            continue
        rank = pd.Series(-pairs.value).groupby(limit.group).rank(method="first").to_numpy()
        chosen &= (limit.group < 0) | (rank <= _SURPLUS * np.append(limit.capacity, 0)[limit.group] + _SURPLUS)
    return chosen


def _matrix(pairs: _Pairs) -> tuple[Any, Values]:
    """Return the limits as rows over all pairs, and the capacity of each; empty rows are left out."""
    from scipy.sparse import csr_array, vstack

    rows = []
    for limit in pairs.limits:
        inside = np.flatnonzero(limit.group >= 0)
        shape = (len(limit.capacity), len(limit.group))
        rows.append(csr_array((np.ones(len(inside)), (limit.group[inside], inside)), shape=shape))
    matrix, capacity = vstack(rows).tocsr(), np.concatenate([limit.capacity for limit in pairs.limits])
    used = np.flatnonzero(np.diff(matrix.indptr) > 0)
    return matrix[used].tocsc(), capacity[used]


def _take_greedily(pairs: _Pairs) -> Positions:
    remaining = [limit.capacity.copy() for limit in pairs.limits]
    taken = []
    for pair in np.argsort(-pairs.value, kind="stable"):
        groups = [limit.group[pair] for limit in pairs.limits]
        if all(group < 0 or capacity[group] >= 1 for group, capacity in zip(groups, remaining, strict=True)):
            for group, capacity in zip(groups, remaining, strict=True):
                if group >= 0:
                    capacity[group] -= 1
            taken.append(pair)
    return np.array(taken, dtype=np.intp)
