"""Margins become probabilities that mean what they say."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.model import fit_calibrator
from returns_risk.model.calibration import Calibrator

MARGINS = st.lists(st.floats(-2000, 2000), min_size=1, max_size=50)


def simulate(slope: float, intercept: float, lines: int = 40_000) -> tuple[Any, Any]:
    rng = np.random.default_rng(11)
    margin = rng.normal(0, 1.5, lines)
    return margin, rng.random(lines) < 1 / (1 + np.exp(-(slope * margin + intercept)))


def test_platt_finds_the_slope_and_intercept_that_made_the_labels():
    fitted = fit_calibrator("platt", *simulate(0.6, -1.2))
    assert fitted.kind == "platt"
    assert fitted.slope == pytest.approx(0.6, abs=0.03)
    assert fitted.intercept == pytest.approx(-1.2, abs=0.03)


def test_platt_matches_the_mean_of_what_came_back():
    margin, returned = simulate(0.6, -1.2)
    assert fit_calibrator("platt", margin, returned)(margin).mean() == pytest.approx(returned.mean(), abs=1e-4)


@pytest.mark.parametrize("kind", ["platt", "beta", "isotonic"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6])
def test_the_mean_risk_at_a_level_is_the_share_returned(kind, share):
    margin, returned = simulate(0.6, -1.2, 2_000)
    moved = fit_calibrator(kind, margin, returned).at_level(margin, share)
    assert moved(margin).mean() == pytest.approx(share, abs=1e-4)
    assert moved.at_level(margin, share) == moved


@pytest.mark.parametrize(
    "plain",
    [
        Calibrator(kind="none"),
        Calibrator(kind="platt", slope=0.0, intercept=-1.0),
        Calibrator(kind="beta", slope=0.0, upper_slope=0.0),
    ],
)
def test_none_and_flat_maps_are_not_shifted(plain):
    assert plain.at_level(np.array([-1.0, 2.0]), 0.9) == plain


def test_isotonic_gives_the_shares_of_pooled_neighbours():
    # Zero to one violators pooled by hand: 0 | 1 0 pooled to 0.5 | 1.
    fitted = fit_calibrator("isotonic", np.array([-2.0, -1.0, 0.0, 3.0]), np.array([False, True, False, True]))
    assert fitted(np.array([-9.0, -2.0, -1.0, -0.5, 0.0, 1.5, 3.0, 9.0])).tolist() == [
        0.0, 0.0, 0.5, 0.5, 0.5, 0.75, 1.0, 1.0,
    ]  # fmt: skip


def test_isotonic_follows_a_curve_that_platt_cannot():
    rng = np.random.default_rng(5)
    margin = rng.uniform(-3, 3, 40_000)
    truth = np.where(margin < 0, 0.1, 0.4)
    returned = rng.random(40_000) < truth
    middle = np.abs(margin) > 0.2
    risk = fit_calibrator("isotonic", margin, returned)(margin)
    assert np.abs(risk - truth)[middle].mean() < 0.02


def test_none_keeps_the_boosters_own_probability():
    fitted = fit_calibrator("none", np.array([0.0]), np.array([True]))
    assert fitted(np.array([0.0, np.log(3.0)])).tolist() == pytest.approx([0.5, 0.75])


@settings(deadline=None)
@given(MARGINS, st.floats(0, 5), st.floats(-10, 10))
def test_platt_is_a_probability_that_never_falls_with_the_margin(margins, slope, intercept):
    ascending = np.sort(margins)
    risk = Calibrator(kind="platt", slope=slope, intercept=intercept)(ascending)
    assert ((risk >= 0) & (risk <= 1)).all()
    assert (np.diff(risk) >= 0).all()


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-50, 50), st.booleans()), min_size=2, max_size=60), MARGINS)
def test_isotonic_is_a_probability_that_never_falls_with_the_margin(lines, margins):
    seen, returned = np.array([margin for margin, _ in lines]), np.array([flag for _, flag in lines])
    risk = fit_calibrator("isotonic", seen, returned)(np.sort(margins))
    assert ((risk >= 0) & (risk <= 1)).all()
    assert (np.diff(risk) >= -1e-12).all()  # the last bit of an interpolation


@pytest.mark.parametrize("kind", ["platt", "isotonic", "none"])
def test_a_calibrator_reads_back_as_it_was(kind):
    fitted = fit_calibrator(kind, *simulate(0.6, -1.2, 500))
    assert Calibrator.model_validate_json(fitted.model_dump_json()) == fitted
