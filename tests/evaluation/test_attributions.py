"""Shares of features, how far two models differ in them, and which suffice."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from returns_risk.config.params import load_params
from returns_risk.evaluation.attributions import compare_attributions, share_attributions, tabulate_stability
from returns_risk.evaluation.model_selection import weak_features
from tests.small_models import PERIODS, fit, training_table

PARAMS = load_params(Path(__file__).parents[2] / "params.yaml")


@pytest.fixture(scope="module")
def model():
    return fit(PARAMS, 1, 30, 0.0, PERIODS)


def test_shares_are_told_by_feature_and_add_up(model):
    shares = share_attributions(model, training_table().head(200))
    assert list(shares.index) == list(model.encoding_.columns)
    assert shares.sum() == pytest.approx(1)
    assert shares["line_value"] < 0.1 < shares["discount"]


def test_a_model_does_not_differ_from_itself_and_much_from_one_of_noise(model):
    rows = training_table().head(500)
    assert compare_attributions(model, rows, model, rows)[0] == 0
    other = fit(PARAMS, 1, 30, 1.0, PERIODS)
    drift, shifts = compare_attributions(model, rows, other, rows)
    assert 0.1 < drift <= 1
    assert drift == pytest.approx(sum(abs(shift.challenger - shift.champion) for shift in shifts) / 2)
    moved = [abs(shift.challenger - shift.champion) for shift in shifts]
    assert moved == sorted(moved, reverse=True)


def test_stability_is_told_over_folds_and_a_feature_a_fold_lacks_counts_as_nothing():
    shares = [pd.Series({"size": 0.75, "price": 0.25}), pd.Series({"size": 0.5, "brand": 0.5})]
    stability = tabulate_stability(shares, ["one", "two"], {"size": "product", "price": "line", "brand": "product"})
    assert stability[["feature", "entity", "share", "lowest", "highest", "mean_rank"]].to_numpy().tolist() == [
        ["size", "product", 0.625, 0.5, 0.75, 1.0],
        ["brand", "product", 0.25, 0.0, 0.5, 2.0],
        ["price", "line", 0.125, 0.0, 0.25, 2.5],
    ]
    assert stability["sd"][0] == pytest.approx(np.std([0.75, 0.5], ddof=1))


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=12), st.floats(0.01, 1))
def test_the_fewest_features_that_suffice_are_kept(weights, share):
    shares = pd.Series(weights, index=[f"f{number}" for number in range(len(weights))]) / sum(weights)
    weak = weak_features(shares, share)
    strong = [name for name in shares.index if name not in weak]
    assert shares[strong].sum() >= share - 1e-6
    assert shares[strong].sum() - shares[strong].min() < share
    left = shares.drop(strong)
    assert left.empty or left.max() <= shares[strong].min()
