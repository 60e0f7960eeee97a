"""The value of an intervention, reckoned by hand."""

import numpy as np
import pandas as pd
import pytest

from returns_risk.decision import line_economics, value_lines
from returns_risk.errors import ParamsError
from tests.decision.conftest import make_policy


def test_value_is_the_saving_minus_the_cost(policy):
    lines = pd.DataFrame({"line_value": [100.0], "risk": [0.6]})
    economics = line_economics(lines, policy)
    assert (economics.cost_of_return[0], economics.margin[0]) == (20.0, 50.0)
    shares = pd.DataFrame({"too_small": [0.5], "quality": [0.25], "gift": [0.25]})
    values = value_lines((np.array([0.6]), np.array([0.5]), np.array([0.8])), shares, economics, policy)
    sizing = 0.6 * (0.5 * 0.5) * 20 - 1.5 - 0.1 * 0.4 * 50
    check = 0.6 * (0.5 * 0.1 + 0.25 * 0.8 + 0.25 * 0.1) * 20 - 0.5
    assert values.expected[0].tolist() == pytest.approx([sizing, check])
    assert values.low[0, 0] == pytest.approx(0.5 * (0.5 * 0.25) * 20 - 1.5 - 0.1 * 0.5 * 50)
    assert values.high[0, 1] == pytest.approx(0.8 * (0.5 * 0.2 + 0.25 * 1.0 + 0.25 * 0.2) * 20 - 0.5)
    assert (values.low <= values.expected).all()
    assert (values.expected <= values.high).all()


def test_without_reasons_only_effects_on_any_reason_count(policy):
    lines = pd.DataFrame({"line_value": [100.0]})
    risk = np.array([0.6])
    values = value_lines((risk, risk, risk), pd.DataFrame(index=[0]), line_economics(lines, policy), policy)
    assert values.expected[0].tolist() == pytest.approx([-1.5 - 0.1 * 0.4 * 50, 0.6 * 0.1 * 20 - 0.5])


def test_money_is_in_the_policys_currency_and_a_missing_rate_is_refused(policy):
    lines = pd.DataFrame({"line_value": [10.0, 10.0, 10.0], "currency": ["EUR", "GBP", None]})
    assert line_economics(lines, policy).value.tolist() == [10.0, 20.0, 10.0]
    with pytest.raises(ParamsError, match=r"money\.rates: CHF is missing, 1 of 3 lines are in it\. Say what 1 CHF is"):
        line_economics(lines.assign(currency=["EUR", "CHF", "EUR"]), policy)


def test_a_market_may_have_a_currency_of_its_own():
    money = {"currency": "EUR", "rates": {"PLN": 0.25, "GBP": 2.0}, "markets": {"PL": "PLN"}}
    lines = pd.DataFrame({"line_value": [10.0] * 4, "market": ["DE", "PL", "PL", None]})
    policy = make_policy(money=money)
    assert line_economics(lines, policy).value.tolist() == [10.0, 2.5, 2.5, 10.0]
    named = lines.assign(currency=pd.Series([None, None, "GBP", "EUR"], dtype="str"))
    assert line_economics(named, policy).value.tolist() == [10.0, 2.5, 20.0, 10.0]
    with pytest.raises(ValueError, match="rates has no CHF, the currency of CH"):
        make_policy(money={"currency": "EUR", "markets": {"CH": "CHF"}})


def test_a_lane_overrides_the_costs_of_its_market():
    costs = {
        "default": {"shipping": 4.0, "handling": 2.0, "markdown": 0.1, "margin": 0.5},
        "markets": {"PL": {"shipping": 3.0, "handling": 1.0, "markdown": 0.2, "margin": 0.4}},
        "lanes": {"LEJ1": {"PL": {"shipping": 7.0}, "FR": {"handling": 0.0, "margin": 0.25}}},
    }
    lines = pd.DataFrame(
        {
            "line_value": [100.0] * 6,
            "market": ["DE", "PL", "PL", "FR", None, "FR"],
            "warehouse": ["LEJ1", "LEJ1", "BER2", "LEJ1", "LEJ1", None],
        }
    )
    economics = line_economics(lines, make_policy(costs=costs))
    assert economics.cost_of_return.tolist() == [16.0, 28.0, 24.0, 14.0, 16.0, 16.0]
    assert economics.margin.tolist() == [50.0, 40.0, 40.0, 25.0, 50.0, 50.0]
    assert line_economics(lines.head(0), make_policy(costs=costs)).value.tolist() == []


def test_markets_have_costs_of_their_own():
    costs = {
        "default": {"handling": 10.0, "markdown": 0.1, "margin": 0.5},
        "markets": {"PL": {"handling": 4.0, "markdown": 0.2, "margin": 0.4}},
    }
    lines = pd.DataFrame({"line_value": [50.0, 50.0, 50.0], "market": ["DE", "PL", None]})
    economics = line_economics(lines, make_policy(costs=costs))
    assert economics.cost_of_return.tolist() == [15.0, 14.0, 15.0]
    assert economics.margin.tolist() == [25.0, 20.0, 25.0]
