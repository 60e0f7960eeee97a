"""Fits the priors of beliefs to the outcomes known by a day: those under which these outcomes are most likely."""

import logging
import math
from datetime import date
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from returns_risk.contract.days import day_number
from returns_risk.features.belief_definitions import BeliefsDefinition, FittedBeliefs
from returns_risk.features.beliefs import belief_keys, belief_lines
from returns_risk.history.beliefs import Prior, empty_state, follow_beliefs, join_codes
from returns_risk.history.keys import Codes
from returns_risk.history.updates import Updates
from returns_risk.snapshot import Snapshot

__all__ = ["fit_beliefs"]

_logger = logging.getLogger(__name__)
_FEWEST, _MOST = 1000, 500_000
"""Outcomes: with fewer the starting values stay, of more the latest are learnt from."""
_STEPS = 8
_LONGEST_STEP, _MOST_STRETCHED = 8.0, 3.0
_LEAST = 1e-6
"""Variance of a kind of key that tells nothing."""

Variances = npt.NDArray[np.float64]


def fit_beliefs(definition: BeliefsDefinition, snapshot: Snapshot, until: date) -> FittedBeliefs | None:
    """Fit the bias and the variance of each kind of key to the outcomes known before a day.

    Each step follows all outcomes and moves every variance towards its fixed point, the sum of squared means over the
    number of well determined keys (MacKay 1992, Bayesian interpolation, section 4); the steps under which the outcomes
    were most likely, each predicted from those before it, are kept. O(n_outcomes x n_keys).

    Returns
    -------
    None where there are too few outcomes.
    """
    lines = belief_lines(definition, snapshot)
    updates = lines.updates.before(day_number(until))
    if len(updates.line) < _FEWEST or updates.returned.all() or not updates.returned.any():
        _logger.info("beliefs: %d outcomes are known before %s; the priors stay as they are", len(updates.line), until)
        return None
    learnt = updates.line[-_MOST:]
    # Only the keys of these lines: whether a key comes again must not depend on lines that were ordered later.
    codes, count = join_codes([keys[learnt] for keys in belief_keys(definition, lines)], np.zeros(0, dtype=np.int64))
    updates = Updates(np.arange(len(learnt), dtype=learnt.dtype), updates.day[-_MOST:], updates.returned[-_MOST:])
    prior = _fit_variances(codes, count, updates, definition.variance)
    names = [" ".join(key) for key in definition.keys]
    return FittedBeliefs(bias=prior.bias, variances=dict(zip(names, prior.variance.tolist(), strict=True)))


def _fit_variances(codes: Codes, count: int, updates: Updates, start: float) -> Prior:
    level = NormalDist().inv_cdf(float(updates.returned.mean()))
    variance = np.full(codes.shape[1], start)
    best, most_likely = -math.inf, Prior(0.0, variance)
    kinds = _kinds_of_keys(codes, count)
    for _step in range(_STEPS):
        prior = Prior(level, variance)
        state = empty_state(count)
        likelihood = _follow(codes, state, prior, updates)
        if likelihood > best:
            best, most_likely = likelihood, prior
        variance = _move(variance, state, kinds)
    _logger.info("beliefs: priors fitted to %d outcomes, %.4f a line", len(updates.line), -best / len(updates.line))
    return most_likely


def _follow(codes: Codes, state: npt.NDArray[np.float64], prior: Prior, updates: Updates) -> float:
    """Follow the outcomes and return their log likelihood."""
    no_rows = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int32))
    groups = np.zeros(codes.shape[1], dtype=np.int64)
    likelihood: float = follow_beliefs(
        codes, state, prior, tuple(updates), no_rows, groups, np.empty((0, 4), np.float32)
    )
    return likelihood


def _kinds_of_keys(codes: Codes, count: int) -> npt.NDArray[np.int64]:
    """Return the kind of each key that has a state: keys are numbered kind by kind."""
    last = np.maximum.accumulate(np.maximum(codes.max(axis=0), -1))
    return np.searchsorted(last, np.arange(count), side="left")


def _move(variance: Variances, state: npt.NDArray[np.float64], kinds: npt.NDArray[np.int64]) -> Variances:
    seen = np.flatnonzero(state[:, 1] >= 0)
    of_kind, number = kinds[seen], len(variance)
    squares = np.bincount(of_kind, weights=state[seen, 0] ** 2, minlength=number)
    determined = np.bincount(of_kind, weights=1 - state[seen, 1] / variance[of_kind], minlength=number)
    ratio = np.divide(squares, determined * variance, out=np.ones(number), where=determined > 0)
    # The step is right where keys have many outcomes each, and too short where they have few.
    share = np.divide(determined, np.bincount(of_kind, minlength=number), out=np.ones(number), where=determined > 0)
    step = ratio ** np.minimum(1 / share, _MOST_STRETCHED)
    moved: Variances = np.maximum(variance * np.clip(step, 1 / _LONGEST_STEP, _LONGEST_STEP), _LEAST)
    return moved
