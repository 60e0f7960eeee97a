"""A bundle is read back as it was, or refused."""

import json

import numpy as np
import pytest

from returns_risk.errors import BundleError
from returns_risk.features import FeatureSet
from returns_risk.model import bundle_version, load_classifier, require_same_definitions


def test_a_loaded_classifier_predicts_identically(classifier, bundle, test_rows):
    loaded = load_classifier(bundle)
    assert np.array_equal(loaded.predict_risk(test_rows), classifier.predict_risk(test_rows))
    assert np.array_equal(loaded.contributions(test_rows), classifier.contributions(test_rows))


def test_a_loaded_classifier_knows_where_it_comes_from(classifier, bundle):
    loaded = load_classifier(bundle)
    assert loaded.provenance == classifier.provenance
    assert loaded.feature_set == classifier.feature_set
    assert loaded.reference_values_ == classifier.reference_values_


def test_saving_what_was_loaded_gives_the_same_bytes(bundle, tmp_path):
    load_classifier(bundle).save(tmp_path / "again")
    assert bundle_version(tmp_path / "again") == bundle_version(bundle)
    assert (tmp_path / "again" / "bundle.json").read_bytes() == (bundle / "bundle.json").read_bytes()


def test_the_version_changes_with_each_file(bundle):
    before = bundle_version(bundle)
    content = (bundle / "bundle.json").read_text(encoding="utf-8")
    (bundle / "bundle.json").write_text(content + " ", encoding="utf-8")
    assert bundle_version(bundle) != before


def test_a_bundle_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(BundleError, match=r"risk/bundle\.json: cannot be read \(No such file.* Run the train stage\."):
        load_classifier(tmp_path / "risk")


@pytest.mark.parametrize("file", ["booster.txt", "bundle.json"])
def test_a_missing_file_is_refused_by_name(bundle, file):
    (bundle / file).unlink()
    with pytest.raises(BundleError, match=rf"{file}: cannot be read".replace(".", r"\.")):
        load_classifier(bundle)


@pytest.mark.parametrize("file", ["booster.txt", "bundle.json"])
@pytest.mark.parametrize("content", [b"", b"no model", b"\xff\xfe\x00"])
def test_a_damaged_file_is_refused(bundle, file, content):
    (bundle / file).write_bytes(content)
    with pytest.raises(BundleError, match=r"risk: .*Run the train stage again\."):
        load_classifier(bundle)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_booster_that_was_cut_short_is_refused(bundle, share):
    booster = (bundle / "booster.txt").read_bytes()
    (bundle / "booster.txt").write_bytes(booster[: int(len(booster) * share)])
    with pytest.raises(BundleError, match="Run the train stage again"):
        load_classifier(bundle)


def test_a_changed_leaf_of_the_booster_is_refused(bundle):
    text = (bundle / "booster.txt").read_text(encoding="utf-8")
    start = text.index("leaf_value=") + len("leaf_value=")
    (bundle / "booster.txt").write_text(text[:start] + "9" + text[start + 1 :], encoding="utf-8")
    with pytest.raises(BundleError, match="Run the train stage again"):
        load_classifier(bundle)


def test_a_booster_of_other_columns_is_refused(bundle, numeric_classifier, tmp_path):
    numeric_classifier.save(tmp_path / "numeric")
    (bundle / "booster.txt").write_bytes((tmp_path / "numeric" / "booster.txt").read_bytes())
    with pytest.raises(BundleError, match=r"Run the train stage again\."):
        load_classifier(bundle)


def test_a_booster_of_another_training_is_refused(bundle, fit, tmp_path):
    fit(seed=8).save(tmp_path / "other")
    (bundle / "booster.txt").write_bytes((tmp_path / "other" / "booster.txt").read_bytes())
    with pytest.raises(BundleError, match=r"Run the train stage again\."):
        load_classifier(bundle)


@pytest.mark.parametrize(("key", "value"), [("columns", None), ("encoding", None), ("surprise", 1)])
def test_a_bundle_with_other_content_is_refused(bundle, key, value):
    content = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))
    (bundle / "bundle.json").write_text(json.dumps(content | {key: value}), encoding="utf-8")
    with pytest.raises(BundleError, match="is damaged or of another version"):
        load_classifier(bundle)


def test_features_of_other_definitions_are_refused(classifier, numeric_classifier):
    require_same_definitions(classifier, FeatureSet.model_validate(classifier.feature_set.model_dump()))
    with pytest.raises(BundleError, match="from other definitions than the model was trained with"):
        require_same_definitions(classifier, numeric_classifier.feature_set)
