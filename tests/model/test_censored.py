"""Lines with an open return window have their final labels in expectation, and show nothing of the future."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.model.censored import find_delays, weigh_censored
from returns_risk.model.training_set import FrameTrainingSet
from tests.model.conftest import make_rows

DAY = pd.Timestamp("2025-12-01")


def days_before(numbers):
    return DAY - pd.to_timedelta(np.asarray(numbers), unit="D")


def make_lines(number, seed, risk):
    """Lines ordered in the last four weeks, with returns after one to thirty days."""
    rng = np.random.default_rng(seed)
    ordered = days_before(rng.integers(8, 29, number))
    back = ordered + pd.to_timedelta(rng.integers(1, 31, number), unit="D")
    returned = rng.random(number) < risk
    return pd.DataFrame({"ordered_on": ordered, "returned_on": back.where(returned), "returned": returned})


def test_the_weights_make_up_for_the_returns_still_to_come():
    lines = make_lines(200_000, 1, 0.3)
    matured = make_lines(50_000, 2, 0.3)
    weighted = weigh_censored(lines, DAY, find_delays(matured), np.full(len(lines), 0.3))
    assert len(weighted) == len(lines)
    assert weighted["returned"].sum() < 0.65 * lines["returned"].sum()
    weight = weighted["weight"].to_numpy()
    back = weighted["returned"].to_numpy(dtype=bool)
    assert weight[back].sum() == pytest.approx(lines["returned"].sum(), rel=0.02)
    assert weight[~back].sum() == pytest.approx((~lines["returned"]).sum(), rel=0.02)


def test_lines_of_which_too_little_is_known_are_left_out():
    lines = pd.DataFrame({"ordered_on": days_before([2, 20]), "returned_on": [pd.NaT, pd.NaT]})
    matured = pd.DataFrame({"ordered_on": days_before([90] * 4), "returned_on": days_before([85, 80, 75, 70])})
    weighted = weigh_censored(lines, DAY, find_delays(matured), np.array([0.5, 0.5]))
    assert weighted["ordered_on"].tolist() == [DAY - pd.Timedelta(days=20)]
    # Of four returns after 5, 10, 15 and 20 days three are known of a line that is 20 days old.
    assert weighted["weight"].tolist() == pytest.approx([(1 - 0.5) / (1 - 0.5 * 0.75)])


@given(st.lists(st.tuples(st.integers(1, 40), st.none() | st.integers(-30, 30), st.integers(0, 30)), min_size=1))
@settings(deadline=None)
def test_what_comes_after_the_day_changes_nothing(lines):
    ordered = days_before([age for age, _, _ in lines])
    back = [pd.NaT if offset is None else DAY + pd.Timedelta(days=offset) for _, offset, _ in lines]
    rows = pd.DataFrame({"ordered_on": ordered, "returned_on": pd.Series(back, dtype="datetime64[us]")})
    moved = [DAY + pd.Timedelta(days=later) for _, _, later in lines]
    other = rows.assign(returned_on=rows["returned_on"].where(rows["returned_on"] < DAY, pd.Series(moved)))
    delays, risk = find_delays(make_lines(500, 3, 0.5)), np.linspace(0.1, 0.9, len(rows))
    first, second = (weigh_censored(lines, DAY, delays, risk).drop(columns="returned_on") for lines in (rows, other))
    pd.testing.assert_frame_equal(first, second)
    assert (first["weight"] > 0).all()


def test_a_refit_learns_from_them_and_not_from_what_they_become(fit_on):
    def dated(rows, seed, first, last):
        rng = np.random.default_rng(seed)
        ordered = days_before(rng.integers(first, last, len(rows)))
        back = pd.Series(ordered + pd.to_timedelta(rng.integers(1, 31, len(rows)), unit="D"))
        return rows.assign(ordered_on=ordered, returned_on=back.where(rows["returned"]))

    train, calibrate = dated(make_rows(800, 1), 1, 100, 300), dated(make_rows(300, 2), 2, 60, 100)
    waiting = dated(make_rows(300, 3), 3, 1, 30)
    first = fit_on(train, calibrate)
    examples = FrameTrainingSet(train, calibrate)
    without, with_them = first.refitted(examples, calibrate), first.refitted(examples, calibrate, waiting)
    assert with_them.booster_.model_to_string() != without.booster_.model_to_string()
    final = waiting.assign(returned=True, returned_on=waiting["returned_on"].where(waiting["returned_on"] < DAY))
    again = first.refitted(examples, calibrate, final)
    assert again.booster_.model_to_string() == with_them.booster_.model_to_string()
