"""No predictor and no plan beats the oracle, which brute force confirms."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from returns_risk.errors import ParamsError
from shop_simulator.interventions import INTERVENTIONS
from shop_simulator.oracle import best_plan, best_quality, plan_value, quality_of, values

NAMES = [intervention.name for intervention in INTERVENTIONS]
PROBABILITIES = st.floats(0.01, 0.99).map(lambda value: round(value, 2))


def frame(probability: np.ndarray, after: np.ndarray | None = None, price: float = 60.0) -> pd.DataFrame:
    after = np.tile(probability[:, None] * 0.5, (1, 4)) if after is None else after
    return pd.DataFrame(
        {"probability": probability, "price": price, "quantity": 1}
        | {f"probability_if_{name}": after[:, column] for column, name in enumerate(NAMES)}
    )


@given(hnp.arrays(float, st.integers(2, 7), elements=PROBABILITIES))
def test_the_expected_figures_are_the_mean_over_all_fates(probability: np.ndarray) -> None:
    fates = [np.array(fate) for fate in product([0, 1], repeat=len(probability))]
    chance = [float(np.prod(np.where(fate, probability, 1 - probability))) for fate in fates]
    loss = sum(
        weight * float(-np.log(np.where(fate, probability, 1 - probability)).mean())
        for weight, fate in zip(chance, fates, strict=True)
    )
    right = pairs = 0.0
    for weight, fate in zip(chance, fates, strict=True):
        for back, kept in product(probability[fate == 1], probability[fate == 0]):
            pairs += weight
            right += weight * (1.0 if back > kept else 0.5 if back == kept else 0.0)
    quality = best_quality(frame(probability), 0.5)
    assert quality.log_loss == pytest.approx(loss)
    assert quality.auc == pytest.approx(right / pairs)
    top = np.sort(probability)[::-1][: max(1, round(0.5 * len(probability)))]
    assert quality.precision_at_capacity == pytest.approx(top.mean())


def test_nobody_beats_the_oracle_in_the_long_run(truth: pd.DataFrame) -> None:
    rng = np.random.default_rng(1)
    probability = truth["probability"].to_numpy(dtype=float)
    best = quality_of(truth, probability, 0.05)
    for noise in (0.1, 0.5, 2.0):
        logit = np.log(probability / (1 - probability)) + rng.normal(0, noise, len(probability))
        other = quality_of(truth, 1 / (1 + np.exp(-logit)), 0.05)
        assert other.auc < best.auc
        assert other.log_loss > best.log_loss


def test_the_oracle_is_as_lucky_as_it_expects_on_many_lines(truth: pd.DataFrame) -> None:
    expected, met = best_quality(truth, 0.05), quality_of(truth, truth["probability"].to_numpy(dtype=float), 0.05)
    assert met.auc == pytest.approx(expected.auc, abs=0.01)
    assert met.log_loss == pytest.approx(expected.log_loss, abs=0.01)
    assert 0.78 < expected.auc < 0.83


@settings(deadline=None)
@given(
    probability=hnp.arrays(float, st.integers(1, 4), elements=PROBABILITIES),
    share=st.lists(st.floats(0, 1), min_size=16, max_size=16),
    room=st.tuples(*[st.integers(0, 2)] * 4),
)
def test_the_best_plan_is_the_best_of_all_plans(
    probability: np.ndarray, share: list[float], room: tuple[int, int, int, int]
) -> None:
    after = probability[:, None] * np.array(share).reshape(4, 4)[: len(probability)]
    truth = frame(probability, after)
    allowed = [
        plan_value(truth, np.array(plan))
        for plan in product(range(-1, 4), repeat=len(probability))
        if all(plan.count(column) <= room[column] for column in range(4))
    ]
    plan = best_plan(truth, dict(zip(NAMES, room, strict=True)))
    assert plan.value == pytest.approx(max(allowed), abs=1e-9)
    assert all((plan.intervention == column).sum() <= room[column] for column in range(4))


def test_a_plan_of_many_lines_keeps_the_capacities_and_beats_the_riskiest_first(truth: pd.DataFrame) -> None:
    room = {"sizing_guidance": 300, "quality_check": 100, "confirm_with_customer": 150, "onboarding_help": 50}
    plan = best_plan(truth, room)
    counts = {name: int((plan.intervention == column).sum()) for column, name in enumerate(NAMES)}
    assert all(counts[name] <= room[name] for name in NAMES)
    assert counts["sizing_guidance"] == 300
    riskiest = np.full(len(truth), -1)
    order = np.argsort(-truth["probability"].to_numpy())
    riskiest[order[:600]] = np.repeat([0, 1, 2, 3], [300, 100, 150, 50])
    assert plan.value > 1.5 * plan_value(truth, riskiest)
    assert plan_value(truth, plan.intervention, realised=True) == pytest.approx(plan.value, rel=0.25)


def test_the_value_of_a_plan_is_its_expectation_over_fates(truth: pd.DataFrame) -> None:
    for column in range(len(NAMES)):
        plan = np.full(len(truth), column)
        spread = values(truth)[:, column].std() * len(truth) ** 0.5
        gap = plan_value(truth, plan, realised=True) - plan_value(truth, plan)
        assert abs(gap) < 60 * spread + 0.02 * len(truth)


def test_where_nothing_pays_nothing_is_done() -> None:
    truth = frame(np.full(5, 0.1), np.full((5, 4), 0.1))
    assert best_plan(truth, dict.fromkeys(NAMES, 5)).value == 0
    assert best_plan(frame(np.full(5, 0.9)), {}).intervention.tolist() == [-1] * 5


def test_a_capacity_needs_a_known_name_and_no_minus() -> None:
    for capacities in ({"call": 3}, {"quality_check": -1}):
        with pytest.raises(ParamsError, match="choose among"):
            best_plan(frame(np.full(5, 0.9)), capacities)
