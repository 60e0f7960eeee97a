"""Groups are counted by hand, small ones are not judged, and chance is not taken for unfairness."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.config.params import load_params
from returns_risk.evaluation.fairness import RATES, TOO_FEW, measure_fairness

PARAMS = load_params(Path(__file__).parents[2] / "params.yaml").fairness


def fairness_params(**changes):
    return PARAMS.model_copy(
        update={"dimensions": {"market_name": "values"}, "min_lines": 1, "min_customers": 1} | changes
    )


def make_lines(markets, returned, customers=None):
    return pd.DataFrame(
        {
            "customer_id": customers or [f"C{number}" for number in range(len(markets))],
            "market_name": pd.Series(markets, dtype="str"),
            "returned": np.array(returned, dtype=bool),
        }
    )


def test_rates_of_two_groups_by_hand():
    rows = make_lines(["DE"] * 5 + ["FR"] * 3, [1, 1, 0, 0, 0, 1, 0, 0])
    risk = np.array([0.9, 0.4, 0.8, 0.2, 0.2, 0.7, 0.1, 0.1])
    table, _ = measure_fairness(rows, risk, risk >= 0.5, fairness_params(resamples=20), 7)
    german, french = table.to_dict("records")
    assert (german["group"], german["lines"], german["customers"], german["return_rate"]) == ("DE", 5, 5, 0.4)
    assert german["flag_rate"] == pytest.approx(2 / 5)
    assert german["false_positive_rate"] == pytest.approx(1 / 3)
    assert german["true_positive_rate"] == pytest.approx(1 / 2)
    assert german["calibration_gap"] == pytest.approx(0.5 - 0.4)
    assert french["flag_rate"] == pytest.approx(1 / 3)
    assert (french["false_positive_rate"], french["true_positive_rate"]) == (0, 1)


def test_small_groups_are_counted_together_and_not_judged():
    rows = make_lines(
        ["DE"] * 30 + ["FR"] * 3 + ["PL"] * 2 + ["AT"] * 30, [0, 1] * 32 + [0], ["A"] * 5 + list("BCDEFG") * 10
    )
    table, _ = measure_fairness(
        rows, np.full(65, 0.5), np.ones(65, dtype=bool), fairness_params(min_lines=10, resamples=5), 7
    )
    assert table["group"].tolist() == ["AT", "DE", TOO_FEW]
    assert table["lines"].tolist() == [30, 30, 5]
    assert table.loc[2, ["flag_rate", "flag_rate_low", "calibration_gap"]].isna().all()
    alone = fairness_params(min_customers=7, resamples=5)
    assert (
        measure_fairness(rows, np.full(65, 0.5), np.ones(65, dtype=bool), alone, 7)[0]["group"].tolist()[-1] == TOO_FEW
    )


def test_a_dimension_the_source_lacks_is_left_out(caplog):
    rows = make_lines(["DE"] * 20, [0, 1] * 10)
    dimensions = {"market_name": "values", "customer_age": (25.0, 35.0)}
    table, gaps = measure_fairness(
        rows, np.full(20, 0.5), np.ones(20, dtype=bool), fairness_params(dimensions=dimensions), 7
    )
    assert table["dimension"].unique().tolist() == ["market_name"]
    assert "the source has no customer_age" in caplog.text
    assert gaps.empty
    nothing, none = measure_fairness(
        rows, np.full(20, 0.5), np.ones(20, dtype=bool), fairness_params(dimensions={"customer_age": "known"}), 7
    )
    assert nothing.empty
    assert none.empty


def draw_lines(seed, harsher):
    rng = np.random.default_rng(seed)
    markets = rng.choice(["DE", "FR", "NL"], 3000)
    risk = rng.beta(2, 4, 3000)
    returned = rng.random(3000) < risk
    return make_lines(markets, returned), np.clip(risk + harsher * (markets == "FR"), 0, 1)


def test_a_group_treated_worse_is_found_and_groups_treated_alike_are_not():
    rows, risk = draw_lines(1, 0.15)
    _, gaps = measure_fairness(rows, risk, risk >= 0.5, fairness_params(), 7)
    by_rate = gaps.set_index("rate")
    assert by_rate.loc["false_positive_rate", "highest_group"] == "FR"
    assert by_rate.loc["calibration_gap", "highest_group"] == "FR"
    assert by_rate["p_value"].max() < 0.01
    rows, risk = draw_lines(2, 0.0)
    assert measure_fairness(rows, risk, risk >= 0.5, fairness_params(), 7)[1]["p_value"].min() > 0.05


@given(st.integers(0, 1000), st.integers(1, 40), st.integers(1, 5))
@settings(deadline=None, max_examples=40)
def test_rates_stay_within_their_bounds_and_no_line_is_lost(seed, min_lines, min_customers):
    rng = np.random.default_rng(seed)
    number = int(rng.integers(1, 80))
    customers = [f"C{customer}" for customer in rng.integers(0, 20, number)]
    rows = make_lines(rng.choice(["DE", "FR", "NL"], number), rng.random(number) < 0.4, customers)
    risk = rng.random(number)
    params = fairness_params(min_lines=min_lines, min_customers=min_customers, resamples=20)
    table, gaps = measure_fairness(rows, risk, risk > 0.5, params, 7)
    assert table["lines"].sum() == number
    for rate in RATES:
        known = table[table[rate].notna()]
        low, high = (-1, 1) if rate == "calibration_gap" else (0, 1)
        assert known[rate].between(low, high).all()
        assert (known[f"{rate}_low"] <= known[f"{rate}_high"]).all()
    assert gaps["p_value"].dropna().between(0, 1).all()


@pytest.mark.parametrize("chosen", [0, 3, 3000])
def test_a_group_that_is_never_or_always_chosen_is_compared(chosen):
    rows = make_lines(["DE"] * 3000 + ["FR"] * 3000, [0, 1] * 3000)
    flagged = np.arange(6000) < chosen
    flagged[3000:4200] = True
    _, gaps = measure_fairness(rows, np.full(6000, 0.5), flagged, fairness_params(resamples=50), 7)
    assert set(gaps["rate"]) == set(RATES) - {"calibration_gap"}
    assert (gaps["p_value"] < 1e-6).all()
