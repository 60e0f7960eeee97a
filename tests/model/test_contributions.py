"""Contributions are SHAP values on the raw margin."""

from copy import copy

import lightgbm as lgb
import numpy as np
import pytest
import shap
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.errors import BundleError
from returns_risk.model.tree_shap import tree_shap


def test_contributions_equal_shap_values_and_base_on_the_raw_margin(numeric_classifier, test_rows):
    explainer = shap.TreeExplainer(numeric_classifier.booster_, feature_perturbation="tree_path_dependent")
    values = explainer(numeric_classifier.encoding_(test_rows))
    contributions = numeric_classifier.contributions(test_rows)
    np.testing.assert_allclose(contributions[:, :-1], values.values, atol=1e-4)
    np.testing.assert_allclose(contributions[:, -1], np.ravel(values.base_values), atol=1e-4)


def test_contributions_add_up_to_the_margin_with_categories_too(classifier, numeric_classifier, test_rows):
    for fitted in (classifier, numeric_classifier):
        total = fitted.contributions(test_rows).sum(axis=1)
        np.testing.assert_allclose(total, fitted.predict_margin(test_rows), atol=1e-6)


def test_the_base_is_the_same_for_each_line(classifier, test_rows):
    base = classifier.contributions(test_rows)[:, -1]
    assert np.ptp(base) == 0


def test_categories_have_their_own_contributions(classifier, test_rows):
    brand = classifier.contributions(test_rows)[:, classifier.encoding_.columns.index("brand")]
    mean = {name: brand[test_rows["brand"] == name].mean() for name in ("acme", "brill", "corso")}
    assert mean["acme"] < mean["brill"] < mean["corso"]


def test_missing_numbers_and_unseen_levels_are_explained_too(classifier, test_rows):
    rows = test_rows.head(5).assign(discount=np.nan, brand="zara")
    total = classifier.contributions(rows).sum(axis=1)
    np.testing.assert_allclose(total, classifier.predict_margin(rows), atol=1e-6)


class Spoilt:
    """A booster whose scores are not those of its trees."""

    def __init__(self, booster):
        self.booster = booster

    def predict(self, rows, **kind):
        return self.booster.predict(rows, **kind) + 0.01

    def model_to_string(self):
        return self.booster.model_to_string()


def test_attributions_that_do_not_add_up_are_refused(classifier, test_rows):
    spoilt = copy(classifier)
    spoilt.booster_ = Spoilt(classifier.booster_)
    with pytest.raises(BundleError, match="attributions of 10 scores do not add up to the scores, by up to"):
        spoilt.contributions(test_rows.head(10))


@pytest.mark.parametrize("lines", [1, 7, 300])
def test_contributions_are_those_of_lightgbm_and_of_a_line_alone(classifier, numeric_classifier, test_rows, lines):
    for fitted in (classifier, numeric_classifier):
        rows = test_rows.head(lines)
        contributions = fitted.contributions(rows)
        expected = fitted.booster_.predict(fitted.encoding_(rows), pred_contrib=True)
        np.testing.assert_allclose(contributions, expected, atol=1e-9)
        assert np.array_equal(fitted.contributions(rows.tail(1))[0], contributions[-1])


@given(
    seed=st.integers(0, 1000),
    leaves=st.integers(2, 40),
    classes=st.integers(1, 3),
    options=st.fixed_dictionaries({"use_missing": st.booleans(), "zero_as_missing": st.booleans()}),
)
@settings(deadline=None, max_examples=25)
def test_shap_values_of_any_booster_are_those_of_lightgbm(seed, leaves, classes, options):
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(300, 6)).astype(np.float32).round(1)
    matrix[:, 0] = rng.integers(0, 40, 300)
    matrix[rng.random(matrix.shape) < 0.1] = np.nan
    label = rng.integers(0, max(classes, 2), 300)
    objective = {"objective": "binary"} if classes == 1 else {"objective": "multiclass", "num_class": max(classes, 2)}
    parameters = {"num_leaves": leaves, "min_data_in_leaf": 2, "min_data_per_group": 2, "cat_smooth": 0.1, "seed": seed}
    data = lgb.Dataset(matrix, label, categorical_feature=[0], params=options | {"verbosity": -1})
    booster = lgb.train(objective | parameters | options | {"verbosity": -1, "num_threads": 1}, data, 4)
    matrix[:5, 0] = [-1, 99, np.nan, 0, 39]
    values = tree_shap(booster, matrix, 1 if classes == 1 else max(classes, 2))
    np.testing.assert_allclose(values.reshape(300, -1), booster.predict(matrix, pred_contrib=True), atol=1e-9)
