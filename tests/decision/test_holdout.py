"""Arms are drawn alike every time, within strata; the effect they show is the true one about as often as promised."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.decision import DecisionContext, assign_arms, estimate_effect, nights_needed
from returns_risk.errors import ParamsError
from tests.decision.conftest import AS_OF, KEY


def make_planned(count, seed, customers=None):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "line_id": [f"L{number}" for number in range(count)],
            "customer_id": [f"C{customer}" for customer in rng.integers(0, customers or count, count)],
            "intervention": rng.choice(["sizing", "check"], count),
            "market": rng.choice(["DE", "FR", "NL"], count),
        }
    )


def draw(planned, value, share, run="demo 2026-03-02", key=KEY):
    return assign_arms(planned, value, share, DecisionContext(AS_OF, run, key))


@given(st.integers(1, 200), st.integers(0, 100), st.floats(0, 0.9), st.integers(0, 9))
@settings(deadline=None, max_examples=50)
def test_a_customer_is_in_one_arm_and_the_order_of_the_lines_does_not_matter(count, seed, share, shuffle):
    planned, value = make_planned(count, seed, max(1, count // 2)), np.random.default_rng(seed).random(count)
    arm = draw(planned, value, share)
    pairs = pd.DataFrame({"customer": planned["customer_id"], "arm": arm}).drop_duplicates()
    assert not pairs["customer"].duplicated().any()
    order = np.random.default_rng(shuffle).permutation(count)
    redrawn = draw(planned.iloc[order].reset_index(drop=True), value[order], share)
    assert arm.to_numpy()[order].tolist() == redrawn.tolist()


def test_the_share_holds_in_each_stratum_but_for_rounding():
    planned = make_planned(3000, 1)
    planned = planned.drop_duplicates("customer_id").reset_index(drop=True)
    arm = draw(planned, np.ones(len(planned)), 0.1)
    counts = (
        planned.assign(control=arm == "control").groupby(["intervention", "market"])["control"].agg(["sum", "size"])
    )
    assert ((counts["sum"] - 0.1 * counts["size"]).abs() < 1).all()


def test_small_strata_are_right_on_average_and_other_runs_draw_others():
    planned = make_planned(4, 1).assign(intervention="check", market="DE", customer_id=["A", "B", "C", "D"])
    drawn = [(draw(planned, np.ones(4), 0.1, f"night {run}") == "control").to_numpy() for run in range(600)]
    assert np.mean(drawn) == pytest.approx(0.1, abs=0.02)
    assert np.mean(drawn, axis=0).min() > 0.05
    other = [(draw(planned, np.ones(4), 0.1, f"night {run}", b"o" * 32) == "control").to_numpy() for run in range(50)]
    assert not np.array_equal(drawn[:50], other)


def test_a_holdout_of_zero_has_no_controls():
    assert set(draw(make_planned(50, 1), np.ones(50), 0.0)) == {"treatment"}


def test_the_effect_of_two_strata_equals_a_calculation_by_hand():
    lines = pd.DataFrame(
        {
            "customer_id": list("abcdefghij"),
            "stratum": ["x"] * 6 + ["y"] * 4,
            "arm": ["treatment"] * 4 + ["control"] * 2 + ["treatment"] * 2 + ["control"] * 2,
            "returned": [0, 0, 0, 1, 1, 1, 0, 1, 1, 0],
        }
    )
    estimate = estimate_effect(lines)
    assert (estimate.treated, estimate.controls) == (6, 4)
    # Stratum x: 1 - 0.25, y: 0.5 - 0.5; weighted by four and two treated lines.
    assert estimate.difference == pytest.approx(0.75 * 4 / 6)
    assert estimate.treated_rate == pytest.approx(0.25 * 4 / 6 + 0.5 * 2 / 6)
    assert estimate.low < estimate.difference < estimate.high


def test_an_effect_without_controls_is_refused():
    lines = pd.DataFrame({"customer_id": ["a"], "stratum": ["x"], "arm": ["treatment"], "returned": [True]})
    with pytest.raises(ParamsError, match=r"none of 1 strata has lines of both arms\. Wait for more nights, or raise"):
        estimate_effect(lines)


def test_the_interval_holds_the_true_effect_as_often_as_it_says():
    rng = np.random.default_rng(5)
    covered = 0
    for _ in range(300):
        customer = rng.integers(0, 900, 1500)
        stratum = rng.integers(0, 3, 1500)
        control = rng.random(900)[customer] < 0.2
        # The lines of a customer come back together.
        risk = np.clip(0.3 + 0.1 * stratum + rng.normal(0, 0.1, 900)[customer], 0, 1)
        returned = rng.random(1500) < risk * np.where(control, 1, 0.6)
        lines = pd.DataFrame(
            {
                "customer_id": customer,
                "stratum": stratum,
                "arm": np.where(control, "control", "treatment"),
                "returned": returned,
            }
        )
        truth = float((0.4 * (0.3 + 0.1 * stratum))[~control].mean())
        estimate = estimate_effect(lines)
        covered += estimate.low <= truth <= estimate.high
    assert 0.91 <= covered / 300 <= 0.985


def test_arms_in_which_all_came_back_alike_are_not_taken_for_certain():
    few = {"customer_id": list("abcdef"), "stratum": "x", "arm": ["treatment"] * 5 + ["control"]}
    estimate = estimate_effect(pd.DataFrame(few | {"returned": 0}))
    assert estimate.difference == 0
    assert estimate.low < -0.5
    assert estimate.high > 0.5
    many = pd.DataFrame(
        {"customer_id": range(4000), "stratum": "x", "arm": ["treatment", "control"] * 2000, "returned": 0}
    )
    assert estimate_effect(many).high < 0.01


def test_the_interval_holds_the_truth_of_small_strata_too():
    rng = np.random.default_rng(8)
    covered = 0
    for _ in range(400):
        stratum = rng.integers(0, 12, 90)
        control = rng.random(90) < 0.15
        risk = 0.1 + 0.05 * stratum
        returned = rng.random(90) < risk * np.where(control, 1, 0.5)
        lines = pd.DataFrame(
            {
                "customer_id": np.arange(90), "stratum": stratum, "returned": returned,
                "arm": np.where(control, "control", "treatment"),
            }
        )  # fmt: skip
        both = lines.groupby("stratum")["arm"].transform("nunique") == 2
        truth = float((0.5 * risk)[~control & both.to_numpy()].mean())
        estimate = estimate_effect(lines)
        covered += estimate.low <= truth <= estimate.high
    assert 0.93 <= covered / 400 <= 0.995


def test_the_computed_number_of_nights_gives_the_power():
    effect, rate, holdout = 0.4, 0.5, 0.2
    nights = nights_needed(effect, rate, 50, holdout)
    rng = np.random.default_rng(6)
    shown = 0
    for _ in range(400):
        control = rng.random(50 * nights) < holdout
        returned = rng.random(50 * nights) < rate * np.where(control, 1, 1 - effect)
        lines = pd.DataFrame(
            {
                "customer_id": np.arange(50 * nights), "stratum": "all", "returned": returned,
                "arm": np.where(control, "control", "treatment"),
            }
        )  # fmt: skip
        shown += estimate_effect(lines).low > 0
    assert shown / 400 == pytest.approx(0.8, abs=0.07)


@pytest.mark.parametrize(
    "wrong",
    [
        {"effect": 0},
        {"effect": 1e-18},
        {"effect": math.nan},
        {"return_rate": 1},
        {"holdout": 1.5},
        {"power": 0},
        {"lines_a_night": 0},
        {"lines_a_night": 1e-320},
        {"lines_a_night": math.nan},
        {"lines_a_night": math.inf},
    ],
)
def test_numbers_out_of_range_are_refused(wrong):
    given_numbers = {"effect": 0.2, "return_rate": 0.4, "lines_a_night": 50, "holdout": 0.1} | wrong
    with pytest.raises(ParamsError, match=r"it has to be between 0 and 1|it has to be a number above 0|never shows"):
        nights_needed(**given_numbers)
