"""A bundle says what it needs and what it was made from, and what does not fit is refused before it is scored."""

import json
from copy import copy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from returns_risk.config.policy import load_policy
from returns_risk.errors import BundleError, ParamsError
from returns_risk.model import load_classifier, require_schema


@pytest.fixture
def change(bundle):
    """Change what bundle.json says."""

    def change(**values):
        file = bundle / "bundle.json"
        file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | values), encoding="utf-8")
        return bundle

    return change


def test_a_bundle_holds_all_that_scoring_and_an_auditor_need(bundle):
    content = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))
    assert content["format"] == 3
    assert content["encoding"]["levels"]["brand"] == ["acme", "brill", "corso"]
    assert [(column["name"], column["kind"], column["unit"]) for column in content["columns"]] == [
        ("discount", "number", "share"),
        ("basket_value", "number", "number"),
        ("quantity", "number", "number"),
        ("brand", "text", "category"),
        ("this_sku", "text", "identity"),
    ]
    assert content["calibrator"]["kind"] == "platt"
    assert content["feature_set"]
    assert content["provenance"]["policy"] == "c" * 64
    assert content["provenance"]["data"] == {"training.parquet": "0" * 64}
    assert content["provenance"]["packages"] == {"lightgbm": "4.7.0"}


def test_the_share_with_a_value_is_what_the_trees_prove_and_no_more(classifier, rows):
    learnt = pd.concat([rows(1000, 1), rows(400, 2)])
    present = {column.name: column.present for column in classifier.columns}
    actual = float(learnt["discount"].notna().mean())
    # Trees see a sample of the rows each.
    assert 0.3 < present["discount"] < actual + 0.03
    assert present["basket_value"] == 1.0
    assert 0.2 < present["brand"] <= 1.0


@pytest.mark.parametrize("column", ["basket_value", "brand", "discount"])
def test_a_column_that_lost_all_its_values_is_refused_by_name(classifier, test_rows, column):
    empty = test_rows.assign(**{column: pd.Series([None] * 300, dtype="str" if column == "brand" else "float32")})
    require_schema(classifier, test_rows)
    with pytest.raises(BundleError, match=rf"^features: column {column} has no value.* in any of 300 rows; at least "):
        require_schema(classifier, empty)


def test_a_column_that_training_never_saw_missing_is_refused_for_a_single_row_too(classifier, test_rows):
    line = test_rows.head(1)
    require_schema(classifier, line)
    with pytest.raises(BundleError, match=r"column basket_value .* at least 100\.0% .*run featurize again"):
        require_schema(classifier, line.assign(basket_value=np.nan))


def test_a_few_rows_without_a_value_that_training_missed_at_times_may_pass(classifier, test_rows):
    require_schema(classifier, test_rows.head(3).assign(discount=np.nan))


def test_a_column_that_no_tree_asks_for_may_be_empty(fit_on, rows):
    train, calibrate = rows(1000, 1).assign(quantity=1.0), rows(400, 2).assign(quantity=1.0)
    classifier = fit_on(train, calibrate)
    assert {column.name: column.present for column in classifier.columns}["quantity"] == 0.0
    emptied = calibrate.assign(quantity=np.nan)
    require_schema(classifier, emptied)
    assert np.array_equal(classifier.predict_risk(emptied), classifier.predict_risk(calibrate))


def test_no_rows_at_all_lack_nothing(classifier, test_rows):
    require_schema(classifier, test_rows.head(0))


def test_a_missing_numeric_column_is_refused_by_schema_and_by_prediction(classifier, test_rows):
    for look in (lambda rows: require_schema(classifier, rows), classifier.predict_risk, classifier.contributions):
        with pytest.raises(BundleError, match=r"1 of 5 columns of the model are missing, e\.g\. basket_value\."):
            look(test_rows.drop(columns="basket_value"))


def test_a_renamed_numeric_column_is_refused_although_the_number_of_columns_fits(classifier, test_rows):
    with pytest.raises(BundleError, match=r"missing, e\.g\. discount\."):
        require_schema(classifier, test_rows.rename(columns={"discount": "rebate"}))


@pytest.mark.parametrize("values", [["12.5"] * 300, [None] * 300])
def test_text_where_training_saw_numbers_is_refused(classifier, test_rows, values):
    with pytest.raises(BundleError, match="column basket_value holds text, the model was trained with numbers there"):
        require_schema(classifier, test_rows.assign(basket_value=pd.Series(values, dtype="str")))


@pytest.mark.parametrize("number", [1, 2, "3"])
def test_a_bundle_of_another_format_is_refused_with_both_formats(change, number):
    with pytest.raises(BundleError, match=rf"of format {number}, this version reads format 3\. Run the train stage"):
        load_classifier(change(format=number))


def test_a_schema_that_is_not_the_boosters_is_refused_by_column(bundle, change):
    columns = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))["columns"]
    columns[1]["unit"] = "days"
    with pytest.raises(BundleError, match=r"the schema in bundle\.json is not that of .* e\.g\. column basket_value\."):
        load_classifier(change(columns=columns))


def test_a_schema_that_is_too_short_is_refused(bundle, change):
    columns = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))["columns"]
    with pytest.raises(BundleError, match=r"e\.g\. column number 5"):
        load_classifier(change(columns=columns[:-1]))


def test_definitions_of_other_columns_are_refused(change, numeric_classifier):
    with pytest.raises(BundleError, match="name different columns"):
        load_classifier(change(feature_set=numeric_classifier.feature_set.model_dump(mode="json", exclude_none=True)))


def test_the_hash_of_the_terms_is_noted_at_the_first_save_and_kept_at_later_ones(classifier, tmp_path):
    text = (Path(__file__).parents[2] / "policy.yaml").read_text()
    (tmp_path / "policy.yaml").write_text(text)
    fresh = copy(classifier)
    fresh.provenance_ = classifier.provenance.model_copy(update={"policy": ""})
    fresh.save(tmp_path / "risk", tmp_path / "policy.yaml")
    loaded = load_classifier(tmp_path / "risk")
    assert loaded.provenance.policy == load_policy(tmp_path / "policy.yaml").terms_sha256
    (tmp_path / "policy.yaml").write_text(text.replace("handling: 6.50", "handling: 9.50"))
    fresh.save(tmp_path / "dearer", tmp_path / "policy.yaml")
    assert (tmp_path / "dearer/bundle.json").read_bytes() == (tmp_path / "risk/bundle.json").read_bytes()
    (tmp_path / "policy.yaml").write_text(text.replace("return_window_days: 14", "return_window_days: 21"))
    fresh.save(tmp_path / "other", tmp_path / "policy.yaml")
    assert load_classifier(tmp_path / "other").provenance.policy != loaded.provenance.policy
    loaded.save(tmp_path / "again", tmp_path / "policy.yaml")
    assert (tmp_path / "again/bundle.json").read_bytes() == (tmp_path / "risk/bundle.json").read_bytes()


def test_a_policy_that_cannot_be_read_leaves_the_former_bundle(classifier, bundle, tmp_path):
    fresh = copy(classifier)
    fresh.provenance_ = classifier.provenance.model_copy(update={"policy": ""})
    before = (bundle / "bundle.json").read_bytes()
    with pytest.raises(ParamsError, match=r"policy\.yaml: cannot be read \(No such file or directory\)\. Restore it"):
        fresh.save(bundle, tmp_path / "policy.yaml")
    assert (bundle / "bundle.json").read_bytes() == before
