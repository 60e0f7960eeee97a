"""What a recipe asks for is what the booster does."""

import numpy as np
import pandas as pd
import pytest

from returns_risk.errors import BundleError, ParamsError
from returns_risk.model import (
    Target,
    find_target,
    fit_classifier,
    load_classifier,
    load_classifiers,
    save_classifiers,
)
from returns_risk.model.calibration import fit_temperature
from returns_risk.model.recipes import Classes, risk_recipe
from returns_risk.model.target import RETURNED
from tests.model.conftest import CATEGORIES, NUMBERS, PARAMS, PROVENANCE, make_definitions, make_rows

SIZES = Target(column="reason", classes=("too_large", "too_small"), min_share=0.6)
DEFINITIONS = make_definitions(**NUMBERS, **CATEGORIES)


def with_reasons(lines, seed):
    """Returned lines whose reason follows their price, some without one."""
    rows = make_rows(lines, seed)
    rows = rows[rows["returned"]].reset_index(drop=True)
    draws = np.random.default_rng(seed).random(len(rows))
    large = draws < np.where(rows["basket_value"] > 70, 0.9, 0.2)
    reason = pd.Series(np.where(large, "too_large", "too_small"), dtype="str")
    return rows.assign(reason=reason.mask(draws > 0.98))


def fit(recipe, train=None, calibrate=None):
    train = make_rows(1000, 1) if train is None else train
    calibrate = make_rows(400, 2) if calibrate is None else calibrate
    return fit_classifier(train, calibrate, DEFINITIONS, recipe, PROVENANCE)


def make_recipe(**changes):
    return risk_recipe(PARAMS, 7).model_copy(update=changes)


def fit_reasons(calibration="temperature"):
    train, later = with_reasons(6000, 3), with_reasons(2000, 4)
    classes = Classes(min_lines=5, min_share=0.6)
    recipe = make_recipe(train=PARAMS.model_copy(update={"calibration": calibration}), target="reason", classes=classes)
    return fit(recipe, train[SIZES.known(train)], later[SIZES.known(later)])


def test_a_column_or_an_entity_that_is_left_out_is_not_in_the_booster():
    everything = fit(make_recipe()).encoding_.columns
    assert fit(make_recipe(leave_out=("quantity", "brand"))).encoding_.columns == tuple(
        name for name in everything if name not in ("quantity", "brand")
    )
    assert fit(make_recipe(leave_out=("quantity",))).booster_.feature_name() == [
        name for name in everything if name != "quantity"
    ]


def test_a_monotone_effect_never_goes_the_other_way():
    rows = make_rows(300, 9).drop(columns="returned")
    falling = fit(make_recipe(monotone={"discount": "decreasing"}))
    free = fit(make_recipe())
    for name, model in (("falling", falling), ("free", free)):
        risks = np.array([model.predict_margin(rows.assign(discount=discount)) for discount in np.linspace(0, 1, 21)])
        rises = np.diff(risks, axis=0) > 1e-9
        assert rises.any() == (name == "free")


@pytest.mark.parametrize("change", [{"leave_out": ("colour",)}, {"monotone": {"colour": "increasing"}}])
def test_what_is_no_feature_is_told(change):
    with pytest.raises(ParamsError, match=r"models/recipes/risk\.yaml: .*: colour is no feature of this source"):
        fit(make_recipe(**change))


def test_a_category_has_no_direction():
    with pytest.raises(ParamsError, match="monotone: brand is a category and has no direction"):
        fit(make_recipe(monotone={"brand": "increasing"}))


def test_older_lines_count_less():
    rows = make_rows(2000, 1)
    late = pd.Timestamp("2026-03-01")
    old = rows.assign(ordered_on=late - pd.Timedelta(days=400), returned=~rows["returned"])
    new = make_rows(2000, 5).assign(ordered_on=late)
    both = pd.concat([old, new], ignore_index=True)
    recipe = make_recipe(train=PARAMS.model_copy(update={"half_life_days": 30, "refit": False}))
    watch, test = make_rows(600, 2).assign(ordered_on=late), make_rows(3000, 8)
    aged, alike = (
        fit(recipe, both, watch),
        fit(make_recipe(), both.drop(columns="ordered_on"), watch.drop(columns="ordered_on")),
    )
    risks = [classifier.predict_risk(test) for classifier in (aged, alike)]
    means = [risk[test["returned"]].mean() - risk[~test["returned"]].mean() for risk in risks]
    assert means[0] > means[1] + 0.1


def test_a_model_of_reasons_tells_them_apart_and_its_shares_add_up():
    model, test = fit_reasons(), with_reasons(3000, 6)
    test = test[SIZES.known(test)].reset_index(drop=True)
    shares = model.predict_proba(test)
    assert shares.shape == (len(test), 2)
    assert np.allclose(shares.sum(axis=1), 1)
    assert (shares.argmax(axis=1) == SIZES.label(test)).mean() > 0.8
    large = shares[:, 0].mean()
    assert large == pytest.approx((test["reason"] == "too_large").mean(), abs=0.03)


def test_contributions_of_reasons_add_up_to_the_margins():
    model, rows = fit_reasons(), with_reasons(50, 6)
    contributions = model.contributions(rows)
    assert contributions.shape == (len(rows), 2, len(model.encoding_.columns) + 1)
    assert np.allclose(contributions.sum(axis=2), model.predict_margin(rows))


def test_one_factor_makes_overconfident_shares_honest():
    rng = np.random.default_rng(1)
    margins = rng.normal(size=(20_000, 3))
    label = np.array([rng.choice(3, p=np.exp(margin) / np.exp(margin).sum()) for margin in margins])
    assert fit_temperature("temperature", 4 * margins, label).slope == pytest.approx(0.25, abs=0.02)
    assert fit_temperature("none", margins, label).slope == 1.0


def test_reasons_with_few_lines_or_without_meaning_are_no_classes():
    def labels(**counts):
        return pd.DataFrame(
            {"reason": pd.Series([name for name, n in counts.items() for _ in range(n)] + [None], dtype="str")}
        )

    recipe = make_recipe(target="reason", classes=Classes(unknown=("other",), min_lines=5, min_share=0.3))
    enough = labels(too_small=7, late=4, other=50, damaged=5)
    assert find_target(recipe, enough, enough) == Target(
        column="reason", classes=("damaged", "too_small"), min_share=0.3
    )
    assert find_target(recipe, labels(too_small=7, late=4, other=50), enough) is None
    assert find_target(recipe, enough, labels(too_small=7)) is None
    assert find_target(make_recipe(), enough, enough) == RETURNED


def test_all_classifiers_are_kept_in_one_folder_and_nothing_else(tmp_path):
    saved = {"reason": fit_reasons("none"), "risk": fit(make_recipe(leave_out=("quantity",)))}
    (tmp_path / "bundles/former").mkdir(parents=True)
    save_classifiers(saved, tmp_path / "bundles")
    read = load_classifiers(tmp_path / "bundles")
    assert list(read) == ["reason", "risk"]
    rows = with_reasons(100, 6)
    for name, classifier in read.items():
        assert np.array_equal(classifier.predict_proba(rows), saved[name].predict_proba(rows))
        assert classifier.get_params() == saved[name].get_params()
        assert list(classifier.classes_) == list(saved[name].classes_)
    with pytest.raises(BundleError, match="there is no model"):
        load_classifiers(tmp_path / "nothing")
    (tmp_path / "bundles/risk/booster.txt").unlink()
    with pytest.raises(BundleError, match="cannot be read"):
        load_classifier(tmp_path / "bundles/risk")
