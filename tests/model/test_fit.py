"""Fitting learns, repeats itself to the byte and refuses what cannot be learnt."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from returns_risk.errors import BundleError, LabelError
from returns_risk.model import bundle_version


def test_risks_are_probabilities_that_rank_unseen_lines(classifier, test_rows):
    risk = classifier.predict_risk(test_rows)
    assert ((risk > 0) & (risk < 1)).all()
    assert roc_auc_score(test_rows["returned"], risk) > 0.7


def test_risks_are_calibrated_on_average(classifier, rows):
    unseen = rows(4000, 9)
    assert classifier.predict_risk(unseen).mean() == pytest.approx(unseen["returned"].mean(), abs=0.05)


def test_two_fits_give_the_same_bytes(fit, tmp_path):
    for name in ("one", "two"):
        fit(num_threads=2, num_boost_round=8).save(tmp_path / name)
    for file in ("booster.txt", "bundle.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    assert bundle_version(tmp_path / "one") == bundle_version(tmp_path / "two")


def test_another_seed_gives_another_version(fit, tmp_path):
    fit(seed=7).save(tmp_path / "one")
    fit(seed=8).save(tmp_path / "two")
    assert bundle_version(tmp_path / "one") != bundle_version(tmp_path / "two")


def test_a_line_alone_has_the_risk_it_has_in_a_batch(classifier, test_rows):
    batch = classifier.predict_risk(test_rows)
    alone = [classifier.predict_risk(test_rows.iloc[[position]])[0] for position in range(20)]
    assert alone == batch[:20].tolist()


def test_the_order_of_columns_does_not_matter(classifier, test_rows):
    assert np.array_equal(
        classifier.predict_risk(test_rows[test_rows.columns[::-1]]), classifier.predict_risk(test_rows)
    )


def test_no_lines_have_no_risks_and_no_contributions(classifier, test_rows):
    none = test_rows.head(0)
    assert classifier.predict_risk(none).shape == (0,)
    assert classifier.contributions(none).shape == (0, 6)


def test_a_missing_column_is_refused(classifier, test_rows):
    with pytest.raises(BundleError, match=r"1 of 5 columns of the model are missing, e\.g\. brand"):
        classifier.predict_risk(test_rows.drop(columns="brand"))


def test_without_a_refit_the_booster_has_seen_the_train_period_only(fit):
    alone = fit(refit=False)
    assert 0 < alone.provenance.rounds <= 30
    assert alone.booster_.num_trees() >= alone.provenance.rounds
    assert alone.booster_.model_to_string() != fit(refit=True).booster_.model_to_string()


def test_a_refit_has_as_many_trees_as_early_stopping_kept(fit, classifier):
    assert classifier.booster_.num_trees() == classifier.provenance.rounds == fit(refit=False).provenance.rounds


@pytest.mark.parametrize("calibration", ["platt", "beta", "isotonic"])
def test_a_change_of_level_that_the_refit_has_learnt_is_not_corrected_once_more(fit_on, rows, calibration):
    def dated(count, seed, share, begin):
        # The basket's value stands for the time: by it the trees see that fewer lines come back lately.
        lines, rng = rows(count, seed), np.random.default_rng(seed)
        return lines.assign(
            basket_value=begin + rng.random(count), returned=lines["returned"] & (rng.random(count) < share)
        )

    early, late, later = dated(4000, 1, 1.0, 0.0), dated(2000, 2, 0.4, 2.0), dated(4000, 3, 0.4, 2.0)
    fitted = fit_on(early, late, calibration=calibration, learning_rate=0.3)
    assert fitted.predict_risk(later).mean() == pytest.approx(later["returned"].mean(), abs=0.02)


def test_early_stopping_ends_before_the_last_round(fit):
    assert fit(num_boost_round=300).provenance.rounds < 300


def test_typical_values_are_medians_of_what_was_learnt_from(classifier, rows):
    learnt = pd.concat([rows(1000, 1), rows(400, 2)])
    assert sorted(classifier.reference_values_) == ["basket_value", "discount", "quantity"]
    assert classifier.reference_values_["basket_value"] == learnt["basket_value"].median()
    assert classifier.reference_values_["quantity"] == 2.0


def test_features_are_listed_with_their_meaning_in_the_boosters_order(classifier):
    assert [(feature.name, feature.unit) for feature in classifier.features_] == [
        ("discount", "share"),
        ("basket_value", "number"),
        ("quantity", "number"),
        ("brand", "category"),
        ("this_sku", "identity"),
    ]
    assert classifier.booster_.feature_name() == [feature.name for feature in classifier.features_]


@pytest.mark.parametrize("returned", [True, False])
@pytest.mark.parametrize("period", ["train", "calibrate"])
def test_a_period_with_one_class_is_refused(fit_on, rows, period, returned):
    parts = {"train": rows(200, 1), "calibrate": rows(200, 2)}
    parts[period]["returned"] = returned
    count = 200 if returned else 0
    with pytest.raises(LabelError, match=f"^labels: {count} of 200 lines of the {period} period were returned"):
        fit_on(parts["train"], parts["calibrate"])


@pytest.mark.parametrize("kind", ["platt", "isotonic", "none"])
def test_each_calibration_gives_probabilities(fit, test_rows, kind):
    fitted = fit(calibration=kind, refit=False)
    risk = fitted.predict_risk(test_rows)
    assert fitted.calibrator_.kind == kind
    assert ((risk >= 0) & (risk <= 1)).all()
