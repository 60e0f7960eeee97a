"""Slices, evidence, simpler predictors, ranked metrics and the choice of a calibration."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from returns_risk.config.params import Cut
from returns_risk.evaluation.backtest import tabulate_losses
from returns_risk.evaluation.baselines import category_rate, logistic, naive_lightgbm
from returns_risk.evaluation.evidence import grade_evidence, is_new
from returns_risk.evaluation.model_selection import choose_simplest
from returns_risk.evaluation.ranked import rank
from returns_risk.evaluation.slices import cut_slices
from returns_risk.model import CALIBRATIONS, fit_calibrator

LINES = st.lists(st.tuples(st.booleans(), st.sampled_from([0.1, 0.2, 0.5, 0.9]), st.integers(0, 3)), min_size=1)


@given(LINES)
@settings(deadline=None)
def test_weighted_ranking_metrics_are_those_of_scikit_learn(lines):
    returned, risk, weight = (np.array(column) for column in zip(*lines, strict=True))
    measured = rank(returned, risk, None, 0.1).discriminate(weight.astype(float))
    counted = np.repeat(returned, weight), np.repeat(risk, weight)
    if len(set(counted[0])) < 2:
        assert np.isnan([*measured.values()]).all()
    else:
        assert measured["auc"] == pytest.approx(roc_auc_score(*counted))
        assert measured["average_precision"] == pytest.approx(average_precision_score(*counted))


def test_slices_are_cut_as_asked_and_what_is_absent_is_told(caplog):
    rows = pd.DataFrame(
        {
            "market": pd.Series(["DE", None, "FR", "DE"], dtype="str"),
            "tenure": [None, 3.0, 0.0, 9.0],
            "price": [5.0, 20.0, 80.0, np.nan],
            "lines": [1.0, 2.0, 4.0, 9.0],
        }
    )
    cut: dict[str, Cut] = {
        "market": "values",
        "tenure": "known",
        "price": "thirds",
        "lines": (2.0, 4.0),
        "colour": "values",
    }
    assert cut_slices(rows, cut | {"colour": "values"}).to_dict("list") == {
        "market": ["DE", "unknown", "FR", "DE"],
        "tenure": ["new", "known", "known", "known"],
        "price": ["below 15", "15 to 40", "from 40", "unknown"],
        "lines": ["below 2", "2 to 4", "from 4", "from 4"],
    }
    assert "slices left out: the source has no colour" in caplog.text


def test_evidence_grows_with_the_outcomes_known_of_customer_and_sku():
    rows = pd.DataFrame(
        {
            "customer_returned_lines_all": [0.0, 1.0, 2.0, 0.0, 5.0],
            "customer_kept_lines_all": [0.0, 0.0, 3.0, 4.0, 9.0],
            "sku_returned_lines_all": [0.0, 0.0, 0.0, 10.0, 1.0],
            "sku_kept_lines_all": [0.0, 2.0, 19.0, 10.0, 30.0],
        }
    )
    assert grade_evidence(rows).tolist() == ["none", "thin", "some", "some", "strong"]
    assert is_new(rows, "customer").tolist() == [True, False, False, False, False]
    assert is_new(rows, "sku").tolist() == [True, False, False, False, False]
    assert grade_evidence(rows[["sku_kept_lines_all"]]).tolist() == ["none", "thin", "thin", "thin", "some"]


def test_the_category_rate_shrinks_a_market_towards_its_category_and_that_towards_all():
    train = pd.DataFrame(
        {
            "category": ["a"] * 4 + ["b"] * 4,
            "market_name": ["DE", "DE", "FR", "FR"] * 2,
            "returned": [True] * 2 + [False] * 6,
        }
    )
    test = pd.DataFrame({"category": ["a", "a", "b", "c"], "market_name": ["DE", "FR", "DE", "DE"]})
    mean = 0.25
    a, b = (2 + 4 * mean) / 8, (0 + 4 * mean) / 8
    expected = [(2 + 4 * a) / 6, (0 + 4 * a) / 6, (0 + 4 * b) / 6, mean]
    assert category_rate(train, test, 4).tolist() == pytest.approx(expected)
    assert category_rate(train[["returned"]], test[[]], 4).tolist() == [mean] * 4


def make_rows(seed, lines=1500):
    rng = np.random.default_rng(seed)
    brand = rng.choice(np.array(["acme", "brill", None], dtype=object), lines)
    price = np.where(rng.random(lines) < 0.2, np.nan, rng.normal(50, 20, lines))
    odds = -1 + 2 * (brand == "acme") + np.nan_to_num(price - 50) / 20
    return pd.DataFrame(
        {
            "customer_id": [f"C{number % 70}" for number in range(lines)],
            "sku": [f"S{number % 30}" for number in range(lines)],
            "unit_price": price,
            "empty": np.nan,
            "brand": pd.Series(brand, dtype="str"),
            "returned": rng.random(lines) < 1 / (1 + np.exp(-odds)),
        }
    )


def test_simpler_models_learn_what_there_is_and_are_the_same_every_time():
    train, test = make_rows(1), make_rows(2)
    features = ["unit_price", "empty", "brand"]
    linear = logistic(train, test, features, 7)
    assert roc_auc_score(test["returned"], linear) > 0.75
    assert np.array_equal(linear, logistic(train, test, features, 7))
    trees = naive_lightgbm(train, test, 1, 7)
    assert roc_auc_score(test["returned"], trees) > 0.55
    assert np.array_equal(trees, naive_lightgbm(train, test, 1, 7))
    # A category and a customer that training never saw are nothing to stumble over.
    strange = test.head(3).assign(brand="new", customer_id="new", sku="new")
    assert np.isfinite(logistic(train, strange, features, 7)).all()
    assert np.isfinite(naive_lightgbm(train, strange, 1, 7)).all()


@pytest.mark.parametrize(("slope", "upper", "intercept"), [(1.0, 1.0, 0.0), (0.5, 2.0, -0.3), (2.0, 0.3, 0.5)])
def test_beta_calibration_finds_the_slopes_of_both_ends(slope, upper, intercept):
    rng = np.random.default_rng(3)
    margin = rng.normal(0, 2, 200_000)
    odds = slope * -np.logaddexp(0, -margin) + upper * np.logaddexp(0, margin) + intercept
    returned = rng.random(len(odds)) < 1 / (1 + np.exp(-odds))
    fitted = fit_calibrator("beta", margin, returned)
    assert (fitted.slope, fitted.upper_slope, fitted.intercept) == pytest.approx((slope, upper, intercept), abs=0.05)


@given(st.lists(st.tuples(st.floats(-5, 5), st.booleans()), min_size=12, max_size=60))
@settings(deadline=None, max_examples=50)
def test_no_calibration_turns_the_order_of_risks_around(lines):
    margin, returned = np.array([risk for risk, _ in lines]), np.array([label for _, label in lines])
    if len(set(returned)) < 2:
        return
    along = np.linspace(-6, 6, 40)
    for kind in set(CALIBRATIONS) - {"platt"}:
        risk = fit_calibrator(kind, margin, returned)(along)
        assert (np.diff(risk) >= -1e-12).all()
        assert ((risk >= 0) & (risk <= 1)).all()


def choose_among(**spoilt):
    """Choose among calibrations that are right but for some log-odds that are added."""
    folds: list[Any] = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        odds = rng.normal(-1, 1, 4000)
        returned = rng.random(4000) < 1 / (1 + np.exp(-odds))
        risks = {kind: 1 / (1 + np.exp(-odds - spoilt.get(kind, 0.0))) for kind in CALIBRATIONS}
        folds.append(SimpleNamespace(day="2026-01-01", returned=returned, risks=risks))
    return choose_simplest(tabulate_losses(folds, lambda fold: fold.risks))


def test_the_simplest_way_that_is_not_clearly_worse_is_chosen():
    assert choose_among() == "none"
    assert choose_among(none=0.5) == "platt"
    assert choose_among(none=0.5, platt=-0.5) == "beta"
    assert choose_among(none=0.5, platt=-0.5, beta=0.6) == "isotonic"
