"""Venn-Abers intervals are what their definition says, and hold what they promise."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from returns_risk.model.calibration import VennAbers, fit_venn_abers

LINES = st.lists(st.tuples(st.integers(-6, 6), st.booleans()), min_size=1, max_size=40)


def by_definition(margin, returned, new):
    """Isotonic regression of all lines and the new one, once for each label it may have."""
    return [IsotonicRegression().fit([*margin, new], [*returned, label]).predict([new])[0] for label in (0.0, 1.0)]


@given(LINES)
@settings(deadline=None)
def test_both_probabilities_are_those_of_isotonic_regression_with_the_line_put_in(lines):
    margin, returned = (np.array(column, dtype=float) for column in zip(*lines, strict=True))
    fitted = fit_venn_abers(margin, returned.astype(bool))
    for new in np.unique(margin):
        low, high = fitted(np.array([new]))
        assert [low[0], high[0]] == pytest.approx(by_definition(margin, returned, new))


@given(LINES)
@settings(deadline=None)
def test_intervals_rise_with_the_margin_and_are_no_points(lines):
    margin, returned = (np.array(column) for column in zip(*lines, strict=True))
    low, high = fit_venn_abers(margin.astype(float), returned)(np.linspace(-8, 8, 50))
    assert (low < high).all()
    assert (np.diff(low) >= 0).all()
    assert (np.diff(high) >= 0).all()


def test_the_share_returned_lies_between_the_means_and_intervals_narrow_with_lines():
    rng = np.random.default_rng(4)

    def draw(lines):
        margin = rng.normal(-1, 1.5, lines)
        return margin, rng.random(lines) < 1 / (1 + np.exp(-0.6 * margin + 0.4))  # badly calibrated

    widths = {}
    for lines in (200, 20_000):
        fitted = fit_venn_abers(*draw(lines))
        margin, returned = draw(50_000)
        low, high = fitted(margin)
        widths[lines] = (high - low).mean()
        for part in np.array_split(np.argsort(margin), 5):
            noise = 4 * np.sqrt(0.25 / len(part)) + (0.12 if lines == 200 else 0.03)
            assert low[part].mean() - noise < returned[part].mean() < high[part].mean() + noise
    assert widths[20_000] < widths[200] / 3


def test_many_lines_are_few_levels():
    rng = np.random.default_rng(1)
    fitted = fit_venn_abers(rng.normal(size=100_000), rng.random(100_000) < 0.3)
    assert len(fitted.low) == len(fitted.high) == len(fitted.edges) + 1 == 256


def test_it_is_kept_as_json():
    fitted = fit_venn_abers(np.array([-1.0, 0.0, 2.0]), np.array([False, True, True]))
    assert VennAbers.model_validate_json(fitted.model_dump_json()) == fitted


@given(LINES, st.integers(-8, 8), st.floats(0, 1))
@settings(deadline=None)
def test_a_risk_lies_inside_its_interval(lines, margin, risk):
    margins, returned = (np.array(column) for column in zip(*lines, strict=True))
    fitted = fit_venn_abers(margins.astype(float), returned)
    low, high = fitted.around(np.array([risk]), np.array([float(margin)]))
    assert 0 <= low[0] <= risk <= high[0] <= 1
    assert low[0] < risk < high[0] or not 0.001 < risk < 0.999


def test_an_interval_is_as_wide_as_the_share_of_similar_lines_is_uncertain():
    rng = np.random.default_rng(2)
    margin = rng.normal(size=6_000)
    fitted = fit_venn_abers(margin, rng.random(6_000) < 1 / (1 + np.exp(-margin)))
    low, high = fitted.around(np.array([0.6]), np.array([0.4]))
    # 300 lines, of which 60 % come back.
    assert (low[0], high[0]) == pytest.approx((0.544, 0.654), abs=0.001)


def test_a_bundle_of_an_older_version_keeps_its_interval():
    older = VennAbers(edges=(), low=(0.4,), high=(0.5,))
    low, high = older.around(np.array([0.45, 0.6]), np.zeros(2))
    assert (low.tolist(), high.tolist()) == ([0.4, 0.4], [0.5, 0.6])
