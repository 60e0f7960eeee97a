"""Fits limits, noise and prior variances of the filter of sizes and fit to the outcomes known by a day."""

import logging
import math
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from returns_risk.contract.days import day_number
from returns_risk.features.fit_definitions import FitDefinition, FittedFit, SizeSystem
from returns_risk.features.fit_kernel import KEPT, READ, RETURNED, TOO_LARGE, TOO_SMALL
from returns_risk.features.fit_lines import FitLines, prepare_lines, read_lines, run_filter, starting_values
from returns_risk.snapshot import Snapshot

__all__ = ["fit_parameters"]

_logger = logging.getLogger(__name__)
Array = npt.NDArray[Any]

_FEWEST = 500
"""Outcomes that say too small or too large, below which the starting values stay."""
_MOST = 50_000
"""Outcomes to fit to: of more, those of every n-th style."""
_FEW_MISFITS = 20
"""Outcomes for each that is about the size, above which their rarity is a mistake of the source or the definition."""
_ROUNDS = 2
_STEP = 0.02
"""Of a logarithm, for derivatives."""
_SPREAD = 0.5
"""Standard deviation of the logarithms of the values around those of the start."""
_FITTED = (
    "low", "high", "noise", "tight", "tight_noise", "loose", "unrelated", "bias_variance", "order_noise",
)  # fmt: skip
"""Fields of ``FitParameters``."""
_LEAST_VARIANCE = 0.25


def fit_parameters(definition: FitDefinition, snapshot: Snapshot, until: date) -> FittedFit | None:
    """Fit the values under which the outcomes known before a day are most likely.

    Marginal likelihood of the outcomes in the order in which they became known, with a log-normal prior around the
    starting values; two rounds of Fisher scoring with the outer product of the scores (Berndt, Hall, Hall, Hausman
    1974). Without reasons only the size systems are fitted: brackets alone do not show the limits.

    Returns
    -------
    None where too few outcomes are known.
    """
    lines, last = prepare_lines(definition, snapshot), day_number(until)
    known = lines.outcome_on < last
    misfits = np.isin(lines.outcome[known], [TOO_SMALL, TOO_LARGE, RETURNED]).sum()
    if misfits < _FEWEST:
        _logger.info("fit: %d lines came back for their size before %s; the starting values stay", misfits, until)
        if snapshot.outcomes.return_reason is not None and known.sum() > _FEW_MISFITS * _FEWEST:
            _logger.warning(
                "fit: returns have a column reason, but only %d of %d sized lines whose outcome is known came back for "
                "%s: advice on sizes will be too sure. Name the source's reasons in features/definitions/fit.yaml, or "
                "leave the column out of returns.sql",
                misfits, known.sum(), [*definition.too_small, *definition.too_large],
            )  # fmt: skip
        return None
    values = starting_values(definition, snapshot.tables["products"])
    values = values.model_copy(update={"systems": _fit_systems(values, lines, last)})
    if snapshot.outcomes.return_reason is None:
        return values
    start = _logarithms(values)
    events, place = _chosen_events(lines, last), start
    for _ in range(_ROUNDS):
        place = _score(values, start, place, lines, events)
    fitted = _with_logarithms(values, place)
    fitted = fitted.model_copy(update={"kept": _calibrate(fitted, lines, last)})
    _logger.info("fit: fitted to %d outcomes known before %s, %d of them for the size", known.sum(), until, misfits)
    return fitted


def _score(values: FittedFit, start: Array, place: Array, lines: FitLines, events: tuple[Array, Array]) -> Array:
    """Take one step of Fisher scoring; it is halved until the posterior grows."""

    def likelihoods(at: Array) -> Array:
        found = np.zeros(len(events[0]))
        nothing = (np.empty(0, np.int64), np.empty(0, np.int32), np.empty((0, len(READ)), np.float32))
        run_filter(_with_logarithms(values, at), lines, events, nothing, found)
        return found

    def posterior(found: Array, at: Array) -> float:
        return math.fsum(found) - float(((at - start) ** 2).sum()) / (2 * _SPREAD**2)

    base = likelihoods(place)
    scores = np.stack([(likelihoods(place + move) - base) / _STEP for move in _STEP * np.eye(len(place))])
    gradient = scores.sum(axis=1) - (place - start) / _SPREAD**2
    step = np.linalg.solve(scores @ scores.T + np.eye(len(place)) / _SPREAD**2, gradient).clip(-1, 1)
    for share in (1.0, 0.5, 0.25):
        moved = place + share * step
        if posterior(likelihoods(moved), moved) > posterior(base, place):
            # Sums over many numbers may differ in their last digits between machines.
            return np.asarray(np.round(moved, 6))
    return place


def _calibrate(values: FittedFit, lines: FitLines, last: int) -> tuple[float, float]:
    """Return intercept and slope that calibrate the probability of being kept, each line read when it was ordered."""
    settled = np.flatnonzero((lines.outcome_on < last) & (lines.bracket == 0))
    # Sorted: a sum must not depend on the order of the rows.
    settled = settled[np.lexsort((lines.outcome[settled], lines.size[settled], lines.known_on[settled]))]
    read = read_lines(values, lines, settled, lines.known_on[settled] + np.int32(1))
    chance = (1 - read[:, READ.index("too_small")] - read[:, READ.index("too_large")]).astype(np.float64)
    odds = np.log(chance.clip(1e-6, 1 - 1e-6) / (1 - chance).clip(1e-6, 1 - 1e-6))
    design, kept = np.column_stack([np.ones(len(odds)), odds]), lines.outcome[settled] == KEPT
    place: Array = np.array([0.0, 1.0])
    # Newton's method for a logistic regression.
    for _ in range(6):
        expected = 1 / (1 + np.exp(-design @ place))
        weights = expected * (1 - expected)
        place = place + np.linalg.solve((design.T * weights) @ design, design.T @ (kept - expected))
    return float(place[0]), float(place[1])


def _logarithms(values: FittedFit) -> Array:
    parameters = [getattr(values.parameters, name) for name in _FITTED]
    return np.asarray(np.log([*parameters, *values.offsets, *values.tolerances]))


def _with_logarithms(values: FittedFit, place: Array) -> FittedFit:
    numbers = [float(number) for number in np.exp(place)]
    parameters = dict(zip(_FITTED, numbers, strict=False))
    # A share stays below a half, whatever the step.
    parameters["unrelated"] = min(parameters["unrelated"], 0.5)
    variances = numbers[len(_FITTED) :]
    offsets, tolerances = variances[: len(values.offsets)], variances[len(values.offsets) :]
    return values.model_copy(
        update={
            "parameters": values.parameters.model_copy(update=parameters),
            "offsets": tuple(offsets),
            "tolerances": tuple(tolerances),
        }
    )


def _chosen_events(lines: FitLines, last: int) -> tuple[Array, Array]:
    """Return the events before a day; of many outcomes those of every n-th style."""
    end = int(np.searchsorted(lines.events[1], 2 * last))
    line, day = lines.events[0][:end], lines.events[1][:end]
    is_outcome, style = day % 2 == 1, lines.offsets[0]
    every = math.ceil(int(is_outcome.sum()) / _MOST)
    # Styles are numbered by their first event: the order of the rows must not choose.
    first = np.full(int(style.max(initial=-1)) + 2, len(line))
    np.minimum.at(first, style[line], np.arange(len(line)))
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    chosen = ~is_outcome | (rank[style[line]] % max(every, 1) == 0)
    return line[chosen], day[chosen]


def _fit_systems(values: FittedFit, lines: FitLines, last: int) -> tuple[SizeSystem, ...]:
    """Return the systems with the mean and variance of the sizes that were ordered before a day."""
    systems, known = [], lines.known_on < last
    noise = values.parameters.bias_variance + values.parameters.order_noise
    for number, system in enumerate(values.systems):
        sizes = np.sort(lines.size[known & (lines.system == number)])
        update = {}
        if len(sizes) > 1:
            variance = max(float(sizes.var()) - noise, _LEAST_VARIANCE)
            update = {"centre": float(sizes.mean()), "variance": variance}
        systems.append(system.model_copy(update=update))
    return tuple(systems)
