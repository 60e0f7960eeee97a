"""Sequential beliefs: a Bayesian probit over the keys of order lines, updated outcome by outcome.

Each key of a line (its customer, its style, ...) has a normal belief of how much it moves the risk. The outcome of a
line moves the beliefs of its keys by assumed density filtering, the uncertain ones most (Graepel et al. 2010, Web-scale
Bayesian click-through rate prediction for sponsored search advertising in Microsoft's Bing search engine, section 3;
Herbrich et al. 2006, TrueSkill).
"""

import math
from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from returns_risk.history.keys import Codes

__all__ = ["FRESH", "NONE", "Prior", "empty_state", "follow_beliefs", "join_codes"]

Array = npt.NDArray[Any]
NONE, FRESH = -1, -2
"""Codes: the line has no such key, or one of which nothing is ever learnt, so that its belief is the prior."""
_SQRT_2, _SQRT_2_PI = math.sqrt(2), math.sqrt(2 * math.pi)
_DEEP = -30.0
"""Standard deviations below which the density of a normal tail is replaced by its asymptote."""


class Prior(NamedTuple):
    """What is believed before any outcome."""

    bias: float
    """Probit of the risk of a line of which nothing is known, times the standard deviation of its prior."""
    variance: npt.NDArray[np.float64]
    """Of each kind of key, shape (n_keys,)."""


def join_codes(columns: list[Codes], read_later: npt.NDArray[np.int64]) -> tuple[Codes, int]:
    """Give the keys of all kinds one numbering; those that are never read after an outcome are ``FRESH``.

    Most keys belong to a single line, whose risk is read before its outcome: no belief about them has to be kept.

    Parameters
    ----------
    columns : of each kind, the key of each line, from 0, negative for none
    read_later : positions of lines that are read after their own outcome

    Returns
    -------
    codes, int32 of shape (n_lines, n_keys), and the number of keys that are not ``FRESH``
    """
    joined = np.empty((len(columns[0]), len(columns)), dtype=np.int32)
    offset = 0
    for number, codes in enumerate(columns):
        lines = np.bincount(codes[codes >= 0])
        again = codes[read_later]
        lines[again[again >= 0]] += 1
        shared = lines > 1
        # The last place answers for code -1.
        new = np.append(np.where(shared, np.cumsum(shared) + (offset - 1), FRESH), NONE).astype(np.int32)
        joined[:, number] = new[codes]
        offset += int(shared.sum())
    return joined, offset


def empty_state(count: int) -> npt.NDArray[np.float64]:
    """Return the state of keys of which nothing has been learnt: mean 0, variance -1 for that of the prior."""
    state = np.zeros((count, 2))
    state[:, 1] = -1
    return state


@numba.njit(nogil=True, cache=True, error_model="numpy")  # type: ignore[untyped-decorator]
def follow_beliefs(
    codes: Array,
    state: Array,
    prior: Prior,
    updates: tuple[Array, ...],
    rows: tuple[Array, ...],
    groups: Array,
    out: Array,
) -> float:
    """Follow all beliefs through time and read those of each row at its as-of. O((n_updates + n_rows) x n_keys).

    Parameters
    ----------
    codes : as ``join_codes`` gives them
    state : ``empty_state`` of their number; holds mean and variance of each key afterwards
    updates : position of the line, day, and whether it was returned (bool), of each outcome, in the order of days
    rows : position of the line and as-of day of each row, in the order of as-ofs; outcomes of earlier days are known
    groups : group of each kind of key, from 0, shape (n_keys,)
    out : filled with risk, variance, and mean and variance of each group; shape (n_rows, 2 + 2 x n_groups)

    Returns
    -------
    Log likelihood of the outcomes, each predicted from those before it.
    """
    lines, days, returned = updates
    row_lines, as_ofs = rows
    keys = codes.shape[1]
    mean, variance = np.empty(keys), np.empty(keys)
    likelihood, at = 0.0, 0
    for row in range(len(row_lines)):
        while at < len(lines) and days[at] < as_ofs[row]:
            likelihood += _update(state, codes[lines[at]], returned[at], prior, mean, variance)
            at += 1
        total, spread = _read(state, codes[row_lines[row]], prior, mean, variance)
        out[row, :] = 0.0
        out[row, 0] = 0.5 * math.erfc(-total / math.sqrt(1 + spread) / _SQRT_2)
        out[row, 1] = spread
        for key in range(keys):
            out[row, 2 + 2 * groups[key]] += mean[key]
            out[row, 3 + 2 * groups[key]] += variance[key]
    while at < len(lines):
        likelihood += _update(state, codes[lines[at]], returned[at], prior, mean, variance)
        at += 1
    return likelihood


@numba.njit(nogil=True, cache=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _read(state: Array, codes: Array, prior: Prior, mean: Array, variance: Array) -> tuple[float, float]:
    """Fill in mean and variance of each key; return their sums, the bias included."""
    total, spread = prior.bias, 0.0
    for key in range(len(codes)):
        code = codes[key]
        if code == NONE:
            mean[key], variance[key] = 0.0, 0.0
            continue
        if code >= 0 and state[code, 1] >= 0:
            mean[key], variance[key] = state[code, 0], state[code, 1]
        else:
            mean[key], variance[key] = 0.0, prior.variance[key]
        total += mean[key]
        spread += variance[key]
    return total, spread


@numba.njit(nogil=True, cache=True, error_model="numpy")  # type: ignore[untyped-decorator]
def _update(state: Array, codes: Array, returned: bool, prior: Prior, mean: Array, variance: Array) -> float:
    """Learn from an outcome; return its log likelihood."""
    total, spread = _read(state, codes, prior, mean, variance)
    deviation = math.sqrt(1 + spread)
    sign = 1.0 if returned else -1.0
    surprise = sign * total / deviation
    if surprise > _DEEP:
        chance = 0.5 * math.erfc(-surprise / _SQRT_2)
        ratio = math.exp(-0.5 * surprise * surprise) / _SQRT_2_PI / chance
        likelihood = math.log(chance)
    else:
        ratio = -surprise
        likelihood = -0.5 * surprise * surprise - math.log(-surprise * _SQRT_2_PI)
    shift, shrink = sign * ratio / deviation, ratio * (ratio + surprise) / (1 + spread)
    for key in range(len(codes)):
        code = codes[key]
        if code >= 0:
            state[code, 0] = mean[key] + variance[key] * shift
            state[code, 1] = variance[key] * (1 - variance[key] * shrink)
    return likelihood
