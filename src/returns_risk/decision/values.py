"""What each intervention is expected to save on each line."""

import logging
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.policy import ANY, Effect, Policy
from returns_risk.errors import ParamsError

__all__ = ["InterventionValue", "LineEconomics", "line_economics", "value_lines"]

Values = npt.NDArray[np.float64]
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class LineEconomics:
    """What is at stake in each line, in the policy's currency, shape (n_lines,)."""

    value: Values
    """What the customer pays."""
    cost_of_return: Values
    margin: Values
    """What a lost sale loses."""


@dataclass(frozen=True)
class InterventionValue:
    """What each intervention saves on each line, in the policy's currency, shape (n_lines, n_interventions)."""

    expected: Values
    low: Values
    """With the lowest risk and the weakest effect the policy and the model hold possible."""
    high: Values


def line_economics(lines: pd.DataFrame, policy: Policy) -> LineEconomics:
    """Find what a return and a lost sale would cost.

    Parameters
    ----------
    lines : ``line_value``, and ``currency``, ``market`` and ``warehouse`` where the source has them

    Raises
    ------
    ParamsError
        The policy has no rate for a currency.
    """
    market, warehouse = (_texts(lines, name) for name in ("market", "warehouse"))
    value = lines["line_value"].to_numpy(dtype=np.float64) * _rates(lines, market, policy)
    lanes = pd.MultiIndex.from_arrays([market, warehouse])
    codes, known = lanes.factorize()
    costs = [policy.costs_in(*lane) for lane in known]
    shipping, handling, markdown, margin = (
        np.array([getattr(cost, part) for cost in costs], dtype=np.float64)[codes]
        for part in ("shipping", "handling", "markdown", "margin")
    )
    return LineEconomics(value=value, cost_of_return=shipping + handling + markdown * value, margin=margin * value)


def value_lines(
    risk: tuple[Values, Values, Values], shares: pd.DataFrame, stakes: LineEconomics, policy: Policy
) -> InterventionValue:
    """Value each intervention on each line.

    ``value = p(return) * sum over reasons of p(reason) * effect * cost of a return - cost - goodwill
    - p(lost sale) * (1 - p(return)) * margin``. The bounds take the lowest or highest risk and effect at once, so they
    are wider than each alone would make them.

    Parameters
    ----------
    risk : probability of return: expected, low, high, each of shape (n_lines,)
    shares : P(reason | return), shape (n_lines, n_reasons), the reasons as columns; without columns where the source
        states no reasons, and then only effects on ``any`` reason count
    """
    expected, low, high = risk
    interventions = policy.interventions.values()
    columns = []
    for one in interventions:
        cut = {bound: _lowered(one.effect, shares, bound) for bound in ("expected", "low", "high")}
        fixed = one.cost + one.goodwill
        columns.append(
            [
                probability * cut[bound] * stakes.cost_of_return
                - fixed
                - one.lost_sale * (1 - probability) * stakes.margin
                for probability, bound in ((expected, "expected"), (low, "low"), (high, "high"))
            ]
        )
    found = np.array(columns).reshape(len(columns), 3, len(expected))
    return InterventionValue(found[:, 0].T, found[:, 1].T, found[:, 2].T)


def _lowered(effect: dict[str, Effect], shares: pd.DataFrame, bound: str) -> Values:
    """Return by which share an intervention lowers the returns of each line, over all its reasons."""
    other = getattr(effect[ANY], bound) if ANY in effect else 0.0
    if not len(shares.columns):
        return np.full(len(shares), other)
    by_reason = np.array([getattr(effect[name], bound) if name in effect else other for name in shares.columns])
    return np.asarray(shares.to_numpy(dtype=np.float64) @ by_reason)


def _rates(lines: pd.DataFrame, market: pd.Series, policy: Policy) -> Values:
    own = market.map({name: policy.money.currency_in(name) for name in market.dropna().unique()})
    currency = _texts(lines, "currency").fillna(own).fillna(policy.money.currency)
    codes, names = pd.factorize(currency)
    rates = [policy.money.rate(str(name)) for name in names]
    for number, (name, rate) in enumerate(zip(names, rates, strict=True)):
        if rate is None:
            raise ParamsError(
                f"policy.yaml: money.rates: {name} is missing, {int((codes == number).sum())} of {len(lines)} lines "
                f"are in it. Say what 1 {name} is worth in {policy.money.currency}."
            )
    return np.array(rates, dtype=np.float64)[codes]


def _texts(lines: pd.DataFrame, name: str) -> pd.Series:
    """Return a column as objects, all missing where the source does not have it."""
    return lines[name].astype(object) if name in lines else pd.Series(None, index=lines.index, dtype=object)
