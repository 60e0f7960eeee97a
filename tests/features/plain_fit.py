"""The filter of sizes and fit once more, event by event in plain Python: slow and obvious."""

from dataclasses import dataclass, field
from math import exp, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np

from returns_risk.history.updates import hash_ids

__all__ = ["expected_fit"]

NORMAL = NormalDist()
SMALL, KEPT, LARGE, RETURNED = "small", "kept", "large", "returned"


@dataclass
class Customer:
    """Beliefs about a customer in one size system: mean vector and covariance matrix of size and bias."""

    mean: Any
    covariance: Any
    outcomes: int = 0


@dataclass
class State:
    """All beliefs of one day."""

    customers: dict[Any, Customer] = field(default_factory=dict)
    beliefs: dict[Any, list[float]] = field(default_factory=dict)
    tally: dict[Any, dict[str, int]] = field(default_factory=dict)


def expected_fit(values, definition, snapshot, as_of):
    """Return the columns of each sized line at the beginning of a day, by line_id."""
    lines = snapshot.lines.to_dict("records")
    events = sorted(
        event for position, line in enumerate(lines) for event in _events(definition, snapshot, values, position, line)
    )
    state = State()
    for day, is_outcome, _, position in events:
        if day < as_of:
            _learn(state, values, definition, snapshot, lines, position, is_outcome=is_outcome)
    return {
        line["line_id"]: _read(state, values, definition, snapshot, lines, position)
        for position, line in enumerate(lines)
        if _system(values, line) is not None and snapshot.outcomes.ordered_on[position] < as_of
    }


def _system(values, line):
    if line.get("size") is None or line["size_rank"] != line["size_rank"]:
        return None
    letters = any(sign.isalpha() for sign in line["size"])
    for number, system in enumerate(values.systems):
        if system.letters == letters and "" in system.categories:
            return number
    return None


def _outcome(definition, outcomes, position):
    """Return what became of a line, None for nothing that counts."""
    closes = outcomes.closes_on[position]
    back = [
        (day, -1 if outcomes.return_reason is None else outcomes.return_reason[at])
        for at, (line, day) in enumerate(zip(outcomes.return_line, outcomes.return_on, strict=True))
        if line == position and day <= closes
    ]
    first = min((day for day, _ in back), default=closes)
    if outcomes.cancelled_on[position] <= closes:
        return None
    if not back:
        return KEPT
    if outcomes.return_reason is None:
        return RETURNED
    reasons = [outcomes.reasons[code] for day, code in back if day == first and code >= 0]
    if any(reason in definition.too_large for reason in reasons):
        return LARGE
    return SMALL if any(reason in definition.too_small for reason in reasons) else None


def _events(definition, snapshot, values, position, line):
    if _system(values, line) is None:
        return
    outcomes, place = snapshot.outcomes, int(hash_ids(np.array([line["line_id"]], dtype=object))[0]) >> 20
    yield int(outcomes.ordered_on[position]), False, place, position
    outcome = _outcome(definition, outcomes, position)
    if outcome is not None and (outcomes.return_reason is not None or _bracket(snapshot, position)):
        yield int(outcomes.closes_on[position]), True, place, position


def _bracket(snapshot, position):
    lines, known = snapshot.lines, snapshot.outcomes.ordered_on
    line = lines.iloc[position]
    if line["style"] != line["style"] or line["style"] is None:
        return set()
    same = (lines["order_id"] == line["order_id"]) & (lines["style"] == line["style"]) & (known <= known[position])
    ranks = lines.loc[same, "size_rank"]
    sides = {"larger": (ranks > line["size_rank"]).any(), "smaller": (ranks < line["size_rank"]).any()}
    return {side for side, there in sides.items() if there}


def _customer(state, values, line):
    number = _system(values, line)
    system = values.systems[number]
    start = Customer(np.array([system.centre, 0.0]), np.diag([system.variance, values.parameters.bias_variance]))
    return state.customers.setdefault((line["customer_id"], number), start)


def _beliefs(state, groups, variances, line):
    found = []
    for item, variance in zip(groups, variances, strict=True):
        key = tuple(line.get(name) for name in item.key)
        if all(value is not None and value == value for value in key):
            found.append(state.beliefs.setdefault((item.key, key), [0.0, variance]))
    return found


def _limits(parameters, tolerance, bracket):
    if not bracket:
        tolerance = max(tolerance, -0.45 * (parameters.low + parameters.high))
        return -parameters.low - tolerance, parameters.high + tolerance, parameters.noise
    low = -parameters.tight if "larger" in bracket else -parameters.loose
    high = parameters.tight if "smaller" in bracket else parameters.loose
    return low, high, parameters.tight_noise


def _situation(state, values, definition, snapshot, lines, position):
    line, bracket = lines[position], _bracket(snapshot, position)
    customer = _customer(state, values, line)
    offsets = _beliefs(state, definition.offsets, values.offsets, line)
    tolerances = _beliefs(state, definition.tolerances, values.tolerances, line)
    size = line["size_rank"] / values.systems[_system(values, line)].step
    mean = size - customer.mean[0] + sum(mean for mean, _ in offsets)
    variance = customer.covariance[0, 0] + sum(variance for _, variance in offsets)
    low, high, noise = _limits(values.parameters, sum(mean for mean, _ in tolerances), bracket)
    doubt = 0.0 if bracket else sum(variance for _, variance in tolerances)
    scale = sqrt(variance + noise**2 + doubt)
    return customer, offsets, tolerances, mean, variance, (low - mean) / scale, (high - mean) / scale, scale


def _read(state, values, definition, snapshot, lines, position):
    _, offsets, _, mean, variance, low, high, _ = _situation(state, values, definition, snapshot, lines, position)
    unrelated, tally = values.parameters.unrelated, state.tally.get(lines[position]["style"], {})
    return [
        mean,
        sqrt(variance),
        (1 - unrelated) * NORMAL.cdf(low) + unrelated / 3,
        (1 - unrelated) * NORMAL.cdf(-high) + unrelated / 3,
        sum(mean for mean, _ in offsets),
        sum(tally.values()),
    ]


def _learn(state, values, definition, snapshot, lines, position, *, is_outcome):
    parameters, line = values.parameters, lines[position]
    if not is_outcome:
        _learn_order(
            _customer(state, values, line), line["size_rank"] / values.systems[_system(values, line)].step, parameters
        )
        return
    customer, offsets, tolerances, _, _, low, high, scale = _situation(
        state, values, definition, snapshot, lines, position
    )
    outcome = _outcome(definition, snapshot.outcomes, position)
    small, large, below, above = NORMAL.cdf(low), NORMAL.cdf(-high), NORMAL.pdf(low), NORMAL.pdf(high)
    slopes = {SMALL: (-below, -below, -low * below), LARGE: (above, -above, high * above)}
    first, wider, second = slopes.get(outcome, (below - above, below + above, low * below - high * above))
    related = 1 - parameters.unrelated
    likelihood = related * {SMALL: small, LARGE: large}.get(outcome, 1 - small - large) + (1 - related) / 3
    weight = related
    if outcome in (KEPT, RETURNED):
        likelihood, weight = (1 - parameters.other_reason) * likelihood, (1 - parameters.other_reason) * related
    if outcome == RETURNED:
        likelihood, weight = 1 - likelihood, -weight
    first, wider, second = (weight * slope / likelihood for slope in (first / scale, wider / scale, second / scale**2))
    column = customer.covariance[:, 0].copy()
    shrinkage = min(first**2 - second, 0.9 / column[0])
    customer.mean = customer.mean - column * first
    customer.covariance = customer.covariance - np.outer(column, column) * shrinkage
    customer.outcomes += 1
    for group, slope in [(offsets, first), (tolerances if not _bracket(snapshot, position) else [], wider)]:
        for belief in group:
            variance = belief[1]
            belief[0] += variance * slope
            belief[1] -= variance * min(variance * (slope**2 - second), 0.9)
    if outcome != RETURNED and line["style"] == line["style"]:
        tally = state.tally.setdefault(line["style"], {})
        tally[outcome] = tally.get(outcome, 0) + 1


def _learn_order(customer, size, parameters):
    both = np.ones(2)
    error = size - both @ customer.mean
    variance = both @ customer.covariance @ both + parameters.order_noise
    foreign = variance + parameters.stranger_variance
    own = (1 - parameters.stranger) * exp(-0.5 * error**2 / variance) / sqrt(variance)
    other = parameters.stranger * exp(-0.5 * error**2 / foreign) / sqrt(foreign)
    share, gain = own / (own + other), customer.covariance @ both / variance
    customer.mean = customer.mean + share * gain * error
    shrink = share * variance - share * (1 - share) * error**2
    customer.covariance = customer.covariance - np.outer(gain, gain) * shrink
