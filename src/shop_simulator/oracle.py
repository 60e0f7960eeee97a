"""The best that could be known and done: limits for any model and any plan, from the truth."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.errors import ParamsError
from shop_simulator.interventions import GOODWILL, INTERVENTIONS, carrying_out, line_costs
from shop_simulator.returns import CODE_SHARES
from shop_simulator.world import REASON_CODES, REASONS

__all__ = ["Plan", "Quality", "best_plan", "best_quality", "code_shares", "plan_value", "quality_of", "values"]

_Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Quality:
    """How good probabilities are on some lines."""

    lines: int
    return_rate: float
    auc: float
    log_loss: float
    precision_at_capacity: float


@dataclass(frozen=True)
class Plan:
    """Which intervention each line gets."""

    intervention: npt.NDArray[np.int64]
    """Position in ``INTERVENTIONS`` of each line, -1 for none, shape (n_lines,)."""
    value: float
    """What it is expected to save, EUR."""


def best_quality(truth: pd.DataFrame, capacity_share: float) -> Quality:
    """Return the Bayes-optimal quality on some lines: over all fates they may have, no predictor does better.

    Parameters
    ----------
    truth : rows of the truth file
    capacity_share : share of the lines that can be acted on, for ``precision_at_capacity``
    """
    probability = truth["probability"].to_numpy(dtype=np.float64)
    return _quality(probability, probability, capacity_share)


def code_shares(truth: pd.DataFrame) -> pd.DataFrame:
    """Return how likely each reason is to be ticked on the slip of each line, given that it comes back.

    Returns
    -------
    DataFrame of shape (n_lines, n_codes) with the codes as columns; rows add up to 1.
    """
    reasons = truth[[f"probability_{name}" for name in REASONS]].to_numpy(dtype=np.float64)
    ticked = reasons @ CODE_SHARES
    return pd.DataFrame(ticked / ticked.sum(axis=1, keepdims=True), columns=list(REASON_CODES), index=truth.index)


def quality_of(truth: pd.DataFrame, risk: _Values, capacity_share: float) -> Quality:
    """Return how good predicted risks are on the fates that some lines have without intervention.

    Parameters
    ----------
    risk : predicted probability of a return within the window, between 0 and 1, shape (n_lines,);
        ``truth["probability"]`` shows how lucky the oracle itself is on these lines
    """
    return _quality(risk, truth["would_return"].to_numpy(dtype=np.float64), capacity_share)


def _quality(risk: _Values, came: _Values, capacity_share: float) -> Quality:
    riskiest = np.argsort(-risk, kind="stable")[: max(1, round(capacity_share * len(risk)))]
    safe = np.clip(risk, 1e-15, 1 - 1e-15)
    return Quality(
        lines=len(risk),
        return_rate=float(came.mean()),
        auc=_expected_auc(risk, came),
        log_loss=float(-(came * np.log(safe) + (1 - came) * np.log1p(-safe)).mean()),
        precision_at_capacity=float(came[riskiest].mean()),
    )


def values(truth: pd.DataFrame) -> _Values:
    """Return what each intervention is expected to save on each line, EUR, shape (n_lines, n_interventions).

    A return avoided saves its cost; who cancels when contacted and would have kept the line takes the margin along;
    carrying it out and annoying customers costs.
    """
    back, margin = _line_costs(truth)
    before = truth["probability"].to_numpy(dtype=np.float64)
    saved = np.empty((len(truth), len(INTERVENTIONS)))
    for column, intervention in enumerate(INTERVENTIONS):
        after = (1 - intervention.cancels) * truth[f"probability_if_{intervention.name}"].to_numpy(dtype=np.float64)
        saved[:, column] = back * (before - after) - intervention.cancels * (1 - before) * margin
    net: _Values = saved - np.array([carrying_out(intervention) for intervention in INTERVENTIONS])
    return net


def best_plan(truth: pd.DataFrame, capacities: Mapping[str, int]) -> Plan:
    """Return the plan of highest expected value: one intervention per line at most, each within its capacity.

    A linear programme (transportation problem, so its vertices are whole), solved with HiGHS. Only lines among the
    best of some intervention, as many as all capacities together, can be part of it; the others are left out first.

    Parameters
    ----------
    capacities : lines per intervention by its name; one that is not named is not available

    Raises
    ------
    ParamsError
        A name is no intervention, or a capacity is negative.
    """
    names = [intervention.name for intervention in INTERVENTIONS]
    for name, capacity in capacities.items():
        if name not in names or capacity < 0:
            raise ParamsError(f"capacity {name}={capacity}: choose among {names}, and not below zero.")
    room = np.array([capacities.get(name, 0) for name in names])
    value = np.where(room > 0, values(truth), 0.0)
    best = np.argsort(-value, axis=0, kind="stable")[: room.sum()]
    line, column = np.nonzero(value > 0)
    kept = np.isin(line, np.unique(best))
    line, column = line[kept], column[kept]
    chosen = np.full(len(truth), -1)
    if len(line):
        taken = _solve(value[line, column], line, column, room)
        chosen[line[taken]] = column[taken]
    return Plan(chosen, plan_value(truth, chosen))


def plan_value(truth: pd.DataFrame, intervention: npt.NDArray[np.integer], *, realised: bool = False) -> float:
    """Return what a plan saves against doing nothing, EUR: in expectation, or as the lines' fates have it.

    Parameters
    ----------
    intervention : position in ``INTERVENTIONS`` of each line, -1 for none, shape (n_lines,)
    """
    treated = np.flatnonzero(intervention >= 0)
    if not realised:
        return float(values(truth)[treated, intervention[treated]].sum())
    back, margin = _line_costs(truth)
    before = truth["would_return"].to_numpy(dtype=bool)
    total = 0.0
    for column, measure in enumerate(INTERVENTIONS):
        here = np.flatnonzero(intervention == column)
        cancelled = truth[f"would_cancel_if_{measure.name}"].to_numpy(dtype=bool)[here]
        after = truth[f"would_return_if_{measure.name}"].to_numpy(dtype=bool)[here] & ~cancelled
        annoyed = truth[f"would_annoy_if_{measure.name}"].to_numpy(dtype=bool)[here]
        total += float((back[here] * (before[here].astype(int) - after.astype(int))).sum())
        total -= float((margin[here] * (cancelled & ~before[here])).sum())
        total -= measure.cost * len(here) + GOODWILL * int(annoyed.sum())
    return total


def _line_costs(truth: pd.DataFrame) -> tuple[_Values, _Values]:
    price, quantity = truth["price"].to_numpy(dtype=np.float64), truth["quantity"].to_numpy(dtype=np.int64)
    back, margin = line_costs(price, quantity)
    return back.astype(np.float64), margin.astype(np.float64)


def _expected_auc(score: _Values, came: _Values) -> float:
    """Return the share of pairs of a returned and a kept line that the score orders rightly, weighed by ``came``."""
    _, rank = np.unique(score, return_inverse=True)
    returned, kept = np.bincount(rank, weights=came), np.bincount(rank, weights=1 - came)
    below = np.cumsum(kept) - kept
    # A line makes no pair with itself.
    itself = float((came * (1 - came)).sum())
    right = float((returned * (below + 0.5 * kept)).sum()) - 0.5 * itself
    pairs = float(came.sum() * (1 - came).sum()) - itself
    return right / pairs if pairs > 0 else 0.5


def _solve(
    value: _Values, line: npt.NDArray[np.intp], column: npt.NDArray[np.intp], room: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    _, row = np.unique(line, return_inverse=True)
    rows = int(row.max()) + 1
    positions = (np.concatenate([row, rows + column]), np.tile(np.arange(len(value)), 2))
    limits_of = coo_array((np.ones(2 * len(value)), positions), shape=(rows + len(room), len(value)))
    bounds = np.concatenate([np.ones(rows), room])
    solution = linprog(-value, A_ub=limits_of.tocsr(), b_ub=bounds, bounds=(0, 1), method="highs-ds")
    if not solution.success:
        raise ArithmeticError(f"HiGHS: {solution.message}")
    taken: npt.NDArray[np.bool_] = solution.x > 0.5
    return taken
