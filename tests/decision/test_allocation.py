"""The plan keeps to every limit, is the best there is, and does not depend on the order of the lines."""

import itertools
import logging

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.decision import allocate, allocate_greedily, allocation
from tests.decision.conftest import make_lines, make_policy

LIMITED = {
    "warehouse": {"LEJ1": 1},
    "market": {"FR": 1},
}


def make_value(count, seed):
    value = np.random.default_rng(seed).normal(1, 3, (count, 2)).round(2)
    value[np.random.default_rng(seed + 1).random((count, 2)) < 0.1] = np.nan
    return value


def limited(capacities, by):
    policy = make_policy()
    changed = {
        name: intervention.model_copy(update={"capacity": capacity, "capacity_by": LIMITED if by else {}})
        for (name, intervention), capacity in zip(policy.interventions.items(), capacities, strict=True)
    }
    return policy.model_copy(update={"interventions": changed})


def is_allowed(chosen, value, lines, policy):
    interventions = list(policy.interventions.values())
    for number, intervention in enumerate(interventions):
        chosen_lines = lines[chosen == number]
        if len(chosen_lines) > intervention.capacity:
            return False
        for column, rooms in intervention.capacity_by.items():
            if any((chosen_lines[column] == level).sum() > room for level, room in rooms.items()):
                return False
    contacted = np.isin(chosen, [number for number, each in enumerate(interventions) if each.contacts_customer])
    taken = np.flatnonzero(chosen >= 0)
    return not lines.loc[contacted, "customer_id"].duplicated().any() and bool(
        np.isfinite(value[taken, chosen[taken]]).all()
    )


def best_of_all(value, lines, policy):
    plans = itertools.product([-1, 0, 1], repeat=len(lines))
    sums = [
        sum(value[line, column] for line, column in enumerate(plan) if column >= 0)
        for plan in map(np.array, plans)
        if is_allowed(plan, value, lines, policy)
    ]
    return max(sums)


@given(st.integers(1, 6), st.integers(0, 500), st.tuples(st.integers(0, 4), st.integers(0, 4)), st.booleans())
@settings(deadline=None, max_examples=60)
def test_the_plan_is_the_best_of_all_plans(count, seed, capacities, by):
    lines, value, policy = make_lines(count, seed), make_value(count, seed), limited(capacities, by)
    result = allocate(value, lines, policy)
    assert result.method == "exact"
    assert is_allowed(result.intervention, value, lines, policy)
    assert result.value == pytest.approx(best_of_all(value, lines, policy), abs=1e-6)
    assert result.bound >= result.value - 1e-6


@given(st.integers(1, 300), st.integers(0, 500), st.tuples(st.integers(0, 30), st.integers(0, 30)), st.booleans())
@settings(deadline=None, max_examples=40)
def test_larger_nights_keep_to_the_limits_and_beat_greed(count, seed, capacities, by):
    lines, value, policy = make_lines(count, seed), make_value(count, seed), limited(capacities, by)
    result, greedy = allocate(value, lines, policy), allocate_greedily(value, lines, policy)
    assert is_allowed(result.intervention, value, lines, policy)
    assert is_allowed(greedy.intervention, value, lines, policy)
    assert result.value >= greedy.value - 1e-6
    more = limited((capacities[0] + 3, capacities[1] + 3), by)
    assert allocate(value, lines, more).value >= result.value - 1e-6


@pytest.mark.parametrize("seed", range(8))
def test_a_plan_found_among_the_best_pairs_is_the_best_among_all(seed, monkeypatch):
    lines, value, policy = make_lines(400, seed), make_value(400, seed), limited((7, 9), by=seed % 2 == 0)
    result = allocate(value, lines, policy)
    monkeypatch.setattr(allocation, "_initial_pairs", lambda pairs: np.ones(len(pairs.value), dtype=bool))
    assert result.value == pytest.approx(allocate(value, lines, policy).value, abs=1e-9)


@given(st.integers(2, 80), st.integers(0, 200), st.integers(0, 1000))
@settings(deadline=None, max_examples=30)
def test_the_order_of_the_lines_does_not_matter(count, seed, shuffle):
    lines, value, policy = make_lines(count, seed), make_value(count, seed).round(0), limited((5, 5), by=True)
    order = np.random.default_rng(shuffle).permutation(count)
    first = allocate(value, lines, policy).intervention
    second = allocate(value[order], lines.iloc[order].reset_index(drop=True), policy).intervention
    assert np.array_equal(first[order], second)


def test_greed_steps_in_when_the_solver_does_not_come_to_an_end(monkeypatch, caplog):
    monkeypatch.setattr(allocation, "_solve", lambda *_: (None, float("inf")))
    lines, value, policy = make_lines(40), make_value(40, 3), limited((5, 5), by=False)
    with caplog.at_level(logging.WARNING):
        result = allocate(value, lines, policy, seconds=7)
    assert result.method == "greedy"
    assert "HiGHS found no plan in 7 s; the greedy one is taken" in caplog.text
    assert np.array_equal(result.intervention, allocate_greedily(value, lines, policy).intervention)


def test_a_night_on_which_nothing_pays_has_an_empty_plan(policy):
    result = allocate(np.full((5, 2), -1.0), make_lines(5), policy)
    assert result.intervention.tolist() == [-1] * 5
    assert (result.value, result.bound) == (0.0, 0.0)
    assert allocate(np.empty((0, 2)), make_lines(0), policy).value == 0
