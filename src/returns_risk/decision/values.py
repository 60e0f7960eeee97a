"""The value of each intervention on each line."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.policy import ANY, Effect, Intervention, Policy
from returns_risk.errors import ParamsError

__all__ = ["InterventionValue", "LineEconomics", "line_economics", "texts_of", "value_lines"]

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LineEconomics:
    """What each line is worth and what its return would cost, in the policy's currency, shape (n_lines,)."""

    value: Values
    """What the customer pays."""
    cost_of_return: Values
    margin: Values
    """Lost with a lost sale."""


@dataclass(frozen=True)
class InterventionValue:
    """Expected saving of each intervention on each line, in the policy's currency, shape (n_lines, n_interventions)."""

    expected: Values
    low: Values
    """At the lower bounds of risk and effect."""
    high: Values
    """At the upper bounds of risk and effect."""


def line_economics(lines: pd.DataFrame, policy: Policy) -> LineEconomics:
    """Return value, cost of a return and margin of each line.

    Parameters
    ----------
    lines : ``line_value``, and ``currency``, ``market`` and ``warehouse`` where the source has them

    Raises
    ------
    ParamsError
        The policy has no rate for a currency.
    """
    market, warehouse = (texts_of(lines, name) for name in ("market", "warehouse"))
    value = lines["line_value"].to_numpy(dtype=np.float64) * _exchange_rates(lines, market, policy)
    codes, lanes = pd.MultiIndex.from_arrays([market, warehouse]).factorize()
    costs = [policy.costs_in(*lane) for lane in lanes]
    shipping, handling, markdown, margin = (
        np.array([getattr(cost, part) for cost in costs], dtype=np.float64)[codes]
        for part in ("shipping", "handling", "markdown", "margin")
    )
    return LineEconomics(value=value, cost_of_return=shipping + handling + markdown * value, margin=margin * value)


def value_lines(
    risk: tuple[Values, Values, Values], shares: pd.DataFrame, economics: LineEconomics, policy: Policy
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

    def values(bound: str, probability: Values) -> Values:
        columns = [
            _value(intervention, probability, _effect(intervention.effect, shares, bound), economics)
            for intervention in policy.interventions.values()
        ]
        return np.array(columns, dtype=np.float64).reshape(len(columns), len(probability)).T

    expected, low, high = risk
    return InterventionValue(values("expected", expected), values("low", low), values("high", high))


def _value(intervention: Intervention, probability: Values, effect: Values, economics: LineEconomics) -> Values:
    return (
        probability * effect * economics.cost_of_return
        - (intervention.cost + intervention.goodwill)
        - intervention.lost_sale * (1 - probability) * economics.margin
    )


def _effect(stated: dict[str, Effect], shares: pd.DataFrame, bound: str) -> Values:
    """Return the share of each line's returns that an intervention avoids, over all reasons."""
    other = getattr(stated[ANY], bound) if ANY in stated else 0.0
    if not len(shares.columns):
        return np.full(len(shares), other)
    by_reason = np.array([getattr(stated[name], bound) if name in stated else other for name in shares.columns])
    return np.asarray(shares.to_numpy(dtype=np.float64) @ by_reason)


def _exchange_rates(lines: pd.DataFrame, market: pd.Series, policy: Policy) -> Values:
    """Return the worth of each line's currency in the policy's; a missing currency is that of the market."""
    of_market = market.map({name: policy.money.currency_in(name) for name in market.dropna().unique()})
    currency = texts_of(lines, "currency").fillna(of_market).fillna(policy.money.currency)
    codes, names = pd.factorize(currency)
    rates = [policy.money.rate(str(name)) for name in names]
    for code, (name, rate) in enumerate(zip(names, rates, strict=True)):
        if rate is None:
            raise ParamsError(
                f"policy.yaml: money.rates: {name} is missing, {int((codes == code).sum())} of {len(lines)} lines "
                f"are in it. Say what 1 {name} is worth in {policy.money.currency}."
            )
    return np.array(rates, dtype=np.float64)[codes]


def texts_of(lines: pd.DataFrame, name: str) -> pd.Series:
    """Return a column as objects, all missing where the source does not have it."""
    return lines[name].astype(object) if name in lines else pd.Series(None, index=lines.index, dtype=object)
