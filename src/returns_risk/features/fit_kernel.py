"""The filter of sizes and fit: customers, styles and brands learnt from one order line after another.

A line of size x, in steps of its size system, is off by ``f = x - body + offsets`` steps: negative is too small,
positive too large. ``body`` is the size of the customer in that system, the offsets are how much larger the style and
its brand are cut. The customer orders the size they believe in, ``x = body + bias + noise``; what they then keep or
send back is an ordered probit of f between limits that customers and categories tolerate. After each line the beliefs
are normal distributions with the moments of the exact posterior (assumed density filtering: Herbrich et al. 2006,
Graepel et al. 2010; the model follows Sembium et al. 2018 and Guigoures et al. 2018).
"""

# One file, although long: numba's cache does not notice a change to a function that is in another file.

import math
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

__all__ = [
    "KEPT",
    "NO_OUTCOME",
    "READ",
    "RETURNED",
    "TOO_LARGE",
    "TOO_SMALL",
    "filter_lines",
    "kept_chance",
    "normal_cdf",
]

Array = npt.NDArray[Any]

NO_OUTCOME, TOO_SMALL, KEPT, TOO_LARGE, RETURNED = -1, 0, 1, 2, 3
"""What became of a line; ``RETURNED``: sent back, and the source gives no reasons."""
READ = (
    "mean", "variance", "too_small", "too_large", "offset", "tolerance", "tolerance_variance",
    "customer_outcomes", "style_too_small", "style_kept", "style_too_large",
)  # fmt: skip
"""What is read of a line."""
_LOW, _HIGH, _NOISE, _TIGHT, _TIGHT_NOISE, _LOOSE, _UNRELATED, _OTHER = range(8)
_BIAS, _ORDER, _STRANGER, _STRANGER_VAR, _DRIFT = range(8, 13)
"""Places of the fields of ``FitParameters``."""
_SQRT_HALF = math.sqrt(0.5)
_SQRT_2PI = math.sqrt(2 * math.pi)
_MOST_SHRINKAGE = 0.9
"""Share of a variance that one outcome takes away at most."""

# Columns of the beliefs about a customer: size and bias with their covariances, the day they hold on, outcomes so far.
_BODY, _ERROR, _BODY_VAR, _COVARIANCE, _ERROR_VAR, _DAY, _OUTCOMES = range(7)


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def normal_cdf(value: float) -> float:
    """Return the standard normal distribution function."""
    return 0.5 * math.erfc(-value * _SQRT_HALF)


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _density(value: float) -> float:
    return math.exp(-0.5 * value * value) / _SQRT_2PI


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def filter_lines(
    events: tuple[Array, Array],
    lines: tuple[Array, Array, Array, Array, Array, Array],
    priors: tuple[Array, Array, Array],
    parameters: Array,
    reads: tuple[Array, Array, Array],
    found: Array,
) -> None:
    """Learn from the events of lines in their order, and read lines at the beginning of days.

    O(n_events x n_keys).

    Parameters
    ----------
    events : in the order in which they are learnt: the line, and twice the day, plus 1 where its outcome becomes known
        and not its order
    lines : of each line: size in steps, key of the customer in the size system, keys of its offsets and of its
        tolerances (shape (n_keys, n_lines), negative for none), bracket (1 where the order has a larger size of the
        style, 2 a smaller one, 3 both, 0 none), outcome
    priors : mean and variance of the size by key of the customer, shape (n_customers, 2); variances of the offsets and
        of the tolerances
    parameters : the fields of ``FitParameters``
    reads : lines to read, ascending by the day at whose beginning each is read, these days, and an array of shape
        (n_reads, len(READ)) that is filled
    found : of shape (n_events,), is filled with the log likelihood of each outcome; empty where none is needed
    """
    event_line, event_day = events
    size, customer, keys, tolerant, bracket, outcome = lines
    people = _people(priors[0], parameters)
    offsets, tolerances = _beliefs(keys, priors[1]), _beliefs(tolerant, priors[2])
    tally = np.zeros((offsets.shape[1], 3))
    at, with_found = 0, len(found) > 0
    for event in range(len(event_line) + 1):
        last = event == len(event_line)
        day = 0 if last else event_day[event] // 2
        while at < len(reads[0]) and (last or reads[1][at] <= day):
            line = reads[0][at]
            person = people[customer[line]]
            mean, variance = _sum(offsets, keys, line)
            tolerance, doubt = _sum(tolerances, tolerant, line)
            aged = person[_BODY_VAR] + parameters[_DRIFT] * max(reads[1][at] - person[_DAY], 0.0)
            out = reads[2][at]
            out[0], out[1], out[4], out[5], out[6] = (
                size[line] - person[_BODY] + mean,
                aged + variance,
                mean,
                tolerance,
                doubt,
            )
            out[2], out[3] = _misfit_chances(out[0], out[1], tolerance, doubt, bracket[line], parameters)
            out[7] = person[_OUTCOMES]
            for which in range(3):
                out[8 + which] = tally[keys[0, line], which] if keys[0, line] >= 0 else 0.0
            at += 1
        if last:
            break
        line = event_line[event]
        person = people[customer[line]]
        if person[_DAY] < day:
            person[_BODY_VAR] += parameters[_DRIFT] * (day - person[_DAY]) if person[_DAY] > 0 else 0.0
            person[_DAY] = day
        if event_day[event] % 2 == 0:
            _learn_order(person, size[line], parameters)
            continue
        mean, variance = _sum(offsets, keys, line)
        tolerance, doubt = _sum(tolerances, tolerant, line)
        variance += person[_BODY_VAR]
        mean += size[line] - person[_BODY]
        begin, end, scale = _limits(variance, tolerance, doubt, bracket[line], parameters)
        likely, gradient, wider, second = _learn_outcome(
            outcome[line], (begin - mean) / scale, (end - mean) / scale, scale, parameters
        )
        if with_found:
            found[event] = likely
        _move_person(person, gradient, gradient * gradient - second)
        _move(offsets, keys, line, gradient, gradient * gradient - second)
        if bracket[line] == 0:
            _move(tolerances, tolerant, line, wider, wider * wider - second)
        if keys[0, line] >= 0 and outcome[line] < RETURNED:
            tally[keys[0, line], outcome[line]] += 1


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _people(centre: Array, parameters: Array) -> Array:
    """Return the beliefs about each customer before anything is known."""
    people = np.zeros((len(centre), 7))
    people[:, _BODY], people[:, _BODY_VAR] = centre[:, 0], centre[:, 1]
    people[:, _ERROR_VAR] = parameters[_BIAS]
    return people


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _beliefs(keys: Array, variances: Array) -> Array:
    """Return mean and variance of each key before anything is known, shape (n_groups, n_keys, 2)."""
    count = 1
    for group in range(keys.shape[0]):
        for line in range(keys.shape[1]):
            count = max(count, keys[group, line] + 1)
    beliefs = np.zeros((keys.shape[0], count, 2))
    for group in range(keys.shape[0]):
        beliefs[group, :, 1] = variances[group]
    return beliefs


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _sum(beliefs: Array, keys: Array, line: int) -> tuple[float, float]:
    """Return mean and variance of the sum of a line's beliefs."""
    mean, variance = 0.0, 0.0
    for group in range(keys.shape[0]):
        key = keys[group, line]
        if key >= 0:
            mean += beliefs[group, key, 0]
            variance += beliefs[group, key, 1]
    return mean, variance


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _limits(
    variance: float, tolerance: float, doubt: float, bracket: int, parameters: Array
) -> tuple[float, float, float]:
    """Return the lowest and highest misfit at which a line is kept, and the standard deviation of f and noise."""
    if bracket == 0:
        # The limits must not cross.
        tolerance = max(tolerance, -0.45 * (parameters[_LOW] + parameters[_HIGH]))
        begin, end = -parameters[_LOW] - tolerance, parameters[_HIGH] + tolerance
        return begin, end, math.sqrt(variance + doubt + parameters[_NOISE] * parameters[_NOISE])
    # Beside a larger size a line is sent back as soon as the larger one fits better.
    begin = -parameters[_TIGHT] if bracket & 1 else -parameters[_LOOSE]
    end = parameters[_TIGHT] if bracket & 2 else parameters[_LOOSE]
    return begin, end, math.sqrt(variance + parameters[_TIGHT_NOISE] * parameters[_TIGHT_NOISE])


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def kept_chance(
    mean: float, variance: float, tolerance: float, doubt: float, parameters: Array, calibration: tuple[float, float]
) -> float:
    """Return the calibrated probability that a line alone in its style is not sent back for its size."""
    small, large = _misfit_chances(mean, variance, tolerance, doubt, 0, parameters)
    kept = min(max(1 - small - large, 1e-6), 1 - 1e-6)
    return 1 / (1 + math.exp(-calibration[0] - calibration[1] * math.log(kept / (1 - kept))))


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _misfit_chances(
    mean: float, variance: float, tolerance: float, doubt: float, bracket: int, parameters: Array
) -> tuple[float, float]:
    """Return the probabilities of too small and too large."""
    begin, end, scale = _limits(variance, tolerance, doubt, bracket, parameters)
    unrelated = parameters[_UNRELATED]
    small, large = normal_cdf((begin - mean) / scale), normal_cdf((mean - end) / scale)
    return (1 - unrelated) * small + unrelated / 3, (1 - unrelated) * large + unrelated / 3


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _learn_outcome(
    outcome: int, low: float, high: float, scale: float, parameters: Array
) -> tuple[float, float, float, float]:
    """Return log likelihood of an outcome and its derivatives.

    Parameters
    ----------
    low, high : the limits less the mean of f, in standard deviations

    Returns
    -------
    The log likelihood; its gradients by the mean of f and by that of the tolerance; and the second derivative of the
    likelihood by either mean, divided by the likelihood.
    """
    small, below = normal_cdf(low), _density(low)
    large, above = normal_cdf(-high), _density(high)
    related = 1 - parameters[_UNRELATED]
    constant, weight = (1 - related) / 3, related
    if outcome == TOO_SMALL:
        inside, first, wider, second = small, -below, -below, -low * below
    elif outcome == TOO_LARGE:
        inside, first, wider, second = large, above, -above, high * above
    else:
        inside, first, wider = 1 - small - large, below - above, below + above
        second = low * below - high * above
        constant, weight = (1 - parameters[_OTHER]) * constant, (1 - parameters[_OTHER]) * related
        if outcome == RETURNED:
            constant, weight = 1 - constant, -weight
    total = constant + weight * inside
    weight /= total
    return math.log(total), weight * first / scale, weight * wider / scale, weight * second / (scale * scale)


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _move(beliefs: Array, keys: Array, line: int, gradient: float, curvature: float) -> None:
    """Move a line's beliefs to the moments of their posterior."""
    for group in range(keys.shape[0]):
        key = keys[group, line]
        if key >= 0:
            variance = beliefs[group, key, 1]
            beliefs[group, key, 0] += variance * gradient
            # Exact moments keep a variance positive; those of limits that nearly cross are not exact.
            beliefs[group, key, 1] -= variance * min(variance * curvature, _MOST_SHRINKAGE)


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _move_person(person: Array, gradient: float, curvature: float) -> None:
    """Move size and bias of a customer; f falls as the size grows."""
    variance, covariance = person[_BODY_VAR], person[_COVARIANCE]
    curvature = min(curvature, _MOST_SHRINKAGE / variance)
    person[_BODY] -= variance * gradient
    person[_ERROR] -= covariance * gradient
    person[_BODY_VAR] -= variance * variance * curvature
    person[_COVARIANCE] -= variance * covariance * curvature
    person[_ERROR_VAR] -= covariance * covariance * curvature
    person[_OUTCOMES] += 1


@numba.njit(nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _learn_order(person: Array, size: float, parameters: Array) -> None:
    """Learn from the size that a customer orders.

    Some lines are for somebody else: the likelihood is a mixture, and so is the posterior whose moments are kept.
    """
    error = size - person[_BODY] - person[_ERROR]
    of_body, of_error = person[_BODY_VAR] + person[_COVARIANCE], person[_COVARIANCE] + person[_ERROR_VAR]
    variance = of_body + of_error + parameters[_ORDER]
    foreign = variance + parameters[_STRANGER_VAR]
    likely = (1 - parameters[_STRANGER]) * math.exp(-0.5 * error * error / variance) / math.sqrt(variance)
    other = parameters[_STRANGER] * math.exp(-0.5 * error * error / foreign) / math.sqrt(foreign)
    share = likely / max(likely + other, 1e-300)
    body, bias = of_body / variance, of_error / variance
    person[_BODY] += share * body * error
    person[_ERROR] += share * bias * error
    shrink = share * variance - share * (1 - share) * error * error
    person[_BODY_VAR] -= body * body * shrink
    person[_COVARIANCE] -= body * bias * shrink
    person[_ERROR_VAR] -= bias * bias * shrink
