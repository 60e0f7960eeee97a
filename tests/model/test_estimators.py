"""Both classifiers are scikit-learn estimators."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_val_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from returns_risk.errors import BundleError, ParamsError
from returns_risk.model import ReasonClassifier, ReturnClassifier
from tests.model.conftest import CATEGORIES, CHAIN, NUMBERS, PARAMS, make_definitions, make_rows

TINY: dict[str, Any] = {
    "min_data_in_leaf": 1,
    "num_boost_round": 20,
    "learning_rate": 0.3,
    "feature_fraction": 1.0,
    "bagging_fraction": 1.0,
    "lambda_l2": 0.0,
    "extra_trees": False,
    "num_threads": 1,
}
EXPECTED = {
    "check_sample_weight_equivalence_on_dense_data": "weights are for learning; early stopping and calibration count "
    "every row once, since they stand for the lines to come",
}


@parametrize_with_checks(
    [ReturnClassifier(**TINY), ReasonClassifier(**TINY)], expected_failed_checks=lambda _: EXPECTED
)
def test_scikit_learns_own_checks_pass(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def small():
    """An unfitted classifier of the columns of a feature set."""
    settings = {name: value for name, value in PARAMS.model_dump().items() if name in ReturnClassifier().get_params()}
    return ReturnClassifier(feature_set=make_definitions(**NUMBERS, **CATEGORIES), **settings)


def test_a_clone_has_the_parameters_and_not_what_was_learnt(classifier):
    copied = clone(classifier)
    assert repr(copied.get_params()) == repr(classifier.get_params())
    assert not hasattr(copied, "booster_")


def test_scikit_learn_measures_it_forward_in_time(small):
    rows = make_rows(1500, 4)
    scores = cross_val_score(small, rows, rows["returned"], cv=TimeSeriesSplit(3), scoring="roc_auc")
    assert scores.shape == (3,)
    assert scores.min() > 0.65


def test_scikit_learn_tunes_it(small):
    rows = make_rows(600, 4)
    search = GridSearchCV(small, {"num_leaves": [3, 7]}, cv=2, scoring="neg_log_loss").fit(rows, rows["returned"])
    assert search.best_params_["num_leaves"] in (3, 7)


def test_scikit_learn_calibrates_it(small, test_rows):
    rows = make_rows(1200, 4)
    model = CalibratedClassifierCV(small.set_params(calibration="none"), cv=2).fit(rows, rows["returned"])
    risk = model.predict_proba(test_rows)[:, 1]
    assert risk.mean() == pytest.approx(test_rows["returned"].mean(), abs=0.08)


def test_the_last_rows_calibrate_where_no_others_are_given(small):
    rows = make_rows(1000, 4)
    small = clone(small).set_params(calibrate_share=0.25)
    alone = small.fit(rows, rows["returned"])
    learn, late = rows.head(750), rows.tail(250)
    given = clone(small).fit(learn, learn["returned"], calibrate=(late, late["returned"]))
    assert np.array_equal(alone.predict_risk(rows), given.predict_risk(rows))


def test_columns_of_a_plain_frame_are_numbers_or_categories():
    rows = make_rows(600, 4)
    features, returned = rows.drop(columns="returned"), rows["returned"]
    model = ReturnClassifier(**TINY).fit(features, returned)
    assert list(model.encoding_.levels) == ["brand", "this_sku"]
    assert model.feature_names_in_.tolist() == features.columns.tolist()
    with pytest.raises(ValueError, match="X has a column returned, which is the label"):
        ReturnClassifier(**TINY).fit(rows, returned)


def test_the_day_that_weighs_lines_is_no_feature():
    rows = pd.DataFrame({"price": np.arange(400.0), "ordered_on": pd.date_range("2025-01-01", periods=400)})
    model = ReturnClassifier(**TINY, half_life_days=30).fit(rows, rows["price"] % 3 == 0)
    assert [feature.name for feature in model.features_] == ["price"]
    assert len(model.predict_risk(rows)) == 400


def test_rows_without_a_stated_reason_are_left_out():
    rows = make_rows(900, 4)
    stated = np.where(rows["brand"] == "acme", "too_small", "late")
    stated[:50] = "other"
    reason = pd.Series(stated, dtype="str").where(rows["returned"])
    model = ReasonClassifier(**TINY, unknown=("other",), min_lines=5).fit(rows.drop(columns="returned"), reason)
    assert model.classes_.tolist() == ["late", "too_small"]
    back = rows[reason.isin(["late", "too_small"])]
    assert (model.predict(back.drop(columns="returned")) == reason[back.index]).mean() > 0.9


def test_only_what_was_fitted_with_definitions_and_provenance_is_saved(small, tmp_path):
    rows = make_rows(600, 4)
    with pytest.raises(BundleError, match="needs a feature_set and a provenance"):
        clone(small).fit(rows, rows["returned"]).save(tmp_path / "risk")


def test_a_bundle_of_the_other_kind_is_refused(bundle):
    with pytest.raises(BundleError, match="is not the bundle of a ReasonClassifier"):
        ReasonClassifier.load(bundle)


def test_a_name_that_is_no_feature_is_refused(small):
    rows = make_rows(200, 4)
    with pytest.raises(ParamsError, match=r"^leave_out: colour is no feature"):
        clone(small).set_params(leave_out=("colour",)).fit(rows, rows["returned"])


def test_the_defaults_are_those_of_the_chain():
    defaults = ReturnClassifier().get_params()
    train = CHAIN.train.model_dump()
    same = [name for name in train if name in defaults and name != "calibration"]
    assert len(same) == 18
    assert {name: defaults[name] for name in same} == {name: train[name] for name in same}
    assert defaults["random_state"] == CHAIN.seed
