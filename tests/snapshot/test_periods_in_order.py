"""Periods never overlap, and the embargo holds for whatever labels come."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from returns_risk.config.params import SplitParams
from returns_risk.errors import LabelError
from returns_risk.snapshot.splits import PERIODS, Periods, find_periods

AS_OF = date(2026, 1, 1)


@st.composite
def labels(draw):
    """Matured lines on random days, most with like waits and a few with absurd ones."""
    count = draw(st.integers(30, 150))
    random = np.random.default_rng(draw(st.integers(0, 2**20)))
    waits = random.integers(0, draw(st.integers(1, 25)), count)
    waits[random.random(count) < 0.02] = 90
    ordered = pd.Timestamp(AS_OF) - pd.to_timedelta(random.integers(1, 250, count), unit="D")
    frame = pd.DataFrame({"ordered_on": ordered, "closes_on": ordered + pd.to_timedelta(waits, unit="D")})
    return frame[frame["closes_on"] < pd.Timestamp(AS_OF)].reset_index(drop=True)


LENGTHS = st.integers(1, 25)


def laid_out(rows, test_days, calibrate_days, embargo):
    params = SplitParams.model_validate({"test_days": test_days, "calibrate_days": calibrate_days, "embargo": embargo})
    try:
        periods = find_periods(rows, AS_OF, params)
    except LabelError:
        assume(False)
        raise
    return periods, {name: rows[periods.select(rows, name)] for name in PERIODS}


@pytest.mark.parametrize("embargo", ["matured", "ordered"])
@given(rows=labels(), test_days=LENGTHS, calibrate_days=LENGTHS)
@settings(deadline=None, max_examples=60)
def test_periods_are_disjoint_in_order_and_as_long_as_asked_for(embargo, rows, test_days, calibrate_days):
    periods, chosen = laid_out(rows, test_days, calibrate_days, embargo)
    assert periods.train[0] <= periods.train[1] < periods.calibrate[0]
    assert periods.calibrate[1] < periods.test[0] <= periods.test[1] < AS_OF
    assert (periods.test[1] - periods.test[0]).days + 1 == test_days
    assert (periods.calibrate[1] - periods.calibrate[0]).days + 1 == calibrate_days
    places = [place for one in chosen.values() for place in one.index]
    assert len(set(places)) == len(places)
    assert all(len(one) > 0 for one in chosen.values())


@given(rows=labels(), test_days=LENGTHS, calibrate_days=LENGTHS)
@settings(deadline=None, max_examples=60)
def test_with_the_embargo_no_label_closes_in_the_period_that_follows(rows, test_days, calibrate_days):
    periods, chosen = laid_out(rows, test_days, calibrate_days, "matured")
    assert (chosen["train"]["closes_on"] < pd.Timestamp(periods.calibrate[0])).all()
    assert (chosen["calibrate"]["closes_on"] < pd.Timestamp(periods.test[0])).all()


@given(rows=labels(), test_days=LENGTHS, calibrate_days=LENGTHS)
@settings(deadline=None, max_examples=60)
def test_without_it_all_that_is_learnt_was_still_known_before_the_test(rows, test_days, calibrate_days):
    periods, _ = laid_out(rows, test_days, calibrate_days, "ordered")
    assert (rows[periods.learnt(rows)]["closes_on"] < pd.Timestamp(periods.test[0])).all()


def row(ordered, closes):
    return pd.DataFrame({"ordered_on": [pd.Timestamp(ordered)], "closes_on": [pd.Timestamp(closes)]})


@pytest.mark.parametrize(
    ("period", "embargo", "ordered", "closes", "chosen"),
    [
        ("train", "matured", "2025-01-01", "2025-02-28", True),
        ("train", "matured", "2025-01-01", "2025-03-01", False),  # the first day of calibrate
        ("train", "ordered", "2025-01-01", "2025-03-01", True),
        ("train", "ordered", "2025-01-01", "2025-05-01", False),  # the first day of test
        ("train", "ordered", "2024-12-31", "2025-01-05", False),
        ("calibrate", "matured", "2025-03-01", "2025-04-30", True),
        ("calibrate", "ordered", "2025-03-31", "2025-05-01", False),
        ("calibrate", "matured", "2025-04-01", "2025-04-02", False),  # between the periods
        ("test", "matured", "2025-05-01", "2025-12-31", True),
        ("test", "matured", "2025-06-01", "2025-06-02", False),
    ],
)
def test_a_row_counts_where_it_was_ordered_if_its_label_was_final(period, embargo, ordered, closes, chosen):
    periods = Periods(
        train=(date(2025, 1, 1), date(2025, 2, 28)),
        calibrate=(date(2025, 3, 1), date(2025, 3, 31)),
        test=(date(2025, 5, 1), date(2025, 5, 31)),
        embargo=embargo,
    )
    assert periods.select(row(ordered, closes), period).tolist() == [chosen]


@pytest.mark.parametrize(("test_days", "calibrate_days"), [(10, 300), (300, 10)])
def test_too_short_a_history_is_told_with_its_days_and_the_remedies(test_days, calibrate_days):
    ordered = pd.date_range("2025-09-01", "2025-12-10")
    rows = pd.DataFrame({"ordered_on": ordered, "closes_on": ordered + pd.Timedelta(days=20)})
    params = SplitParams(test_days=test_days, calibrate_days=calibrate_days, embargo="matured")
    expected = (
        r"labels: the train period from 2025-09-01 to \d{4}-\d\d-\d\d holds no matured line; lines wait 20 "
        r"days for their label and the first one is of 2025-09-01\. Shorten split\.test_days or split\.calibrate_days"
    )
    with pytest.raises(LabelError, match=expected):
        find_periods(rows, AS_OF, params)


def test_one_broken_promise_does_not_move_the_split():
    ordered = pd.date_range("2022-01-01", "2025-12-10").repeat(2)
    rows = pd.DataFrame({"ordered_on": ordered, "closes_on": ordered + pd.Timedelta(days=20)})
    params = SplitParams(test_days=10, calibrate_days=10, embargo="matured")
    usual = find_periods(rows, AS_OF, params)
    broken = rows["closes_on"].mask(rows.index == 0, pd.Timestamp("2025-12-31"))
    assert find_periods(rows.assign(closes_on=broken), AS_OF, params) == usual
