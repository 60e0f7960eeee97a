"""Contributions are SHAP values on the raw margin."""

from copy import copy

import numpy as np
import pytest
import shap

from returns_risk.errors import BundleError


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
    """A booster whose attributions are not those of its scores."""

    def __init__(self, booster):
        self.booster = booster

    def predict(self, rows, **kind):
        predicted = self.booster.predict(rows, **kind)
        return predicted + 0.01 if kind.get("pred_contrib") else predicted


def test_attributions_that_do_not_add_up_are_refused(classifier, test_rows):
    spoilt = copy(classifier)
    spoilt.booster_ = Spoilt(classifier.booster_)
    with pytest.raises(BundleError, match="attributions of 10 scores do not add up to the scores, by up to"):
        spoilt.contributions(test_rows.head(10))
