"""Periods go forward in time, and nothing is learnt whose label was not known."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.config.params import BacktestParams, SplitParams
from returns_risk.errors import LabelError
from returns_risk.snapshot.splits import PERIODS, find_periods, first_tested_day, forward_splits

AS_OF = date(2026, 1, 1)


def labels(days, waits):
    """Matured lines, one per day and wait."""
    ordered = pd.Timestamp(AS_OF) - pd.to_timedelta(np.arange(days, 0, -1), unit="D")
    frame = pd.DataFrame({"ordered_on": np.repeat(ordered, len(waits)), "wait": np.tile(waits, days)})
    frame["closes_on"] = frame["ordered_on"] + pd.to_timedelta(frame.pop("wait"), unit="D")
    return frame[frame["closes_on"] < pd.Timestamp(AS_OF)].reset_index(drop=True)


def params(**changes):
    return SplitParams.model_validate({"test_days": 10, "calibrate_days": 12, "embargo": "matured"} | changes)


def test_the_periods_are_laid_out_backwards_from_the_last_matured_day():
    periods = find_periods(labels(120, [20]), AS_OF, params())
    assert periods.test == (date(2025, 12, 2), date(2025, 12, 11))
    assert periods.calibrate == (date(2025, 10, 31), date(2025, 11, 11))
    assert periods.train[1] == date(2025, 10, 30)


@pytest.mark.parametrize(("folds", "first"), [(2, date(2025, 12, 2)), (6, date(2025, 11, 21))])
def test_the_first_tested_day_is_that_of_the_test_period_or_of_the_first_fold(folds, first):
    backtest = BacktestParams.model_construct(folds=folds, step_days=3, test_days=6)
    assert first_tested_day(labels(120, [20]), AS_OF, params(), backtest) == first


@given(
    st.integers(60, 200), st.lists(st.integers(0, 30), min_size=1, max_size=4), st.integers(1, 20), st.integers(1, 20)
)
@settings(deadline=None, max_examples=60)
def test_a_period_ends_where_its_labels_were_known_when_the_next_began(days, waits, test_days, calibrate_days):
    rows = labels(days, waits)
    try:
        periods = find_periods(rows, AS_OF, params(test_days=test_days, calibrate_days=calibrate_days))
    except LabelError:
        return
    chosen = {name: rows[periods.select(rows, name)] for name in PERIODS}
    assert chosen["train"]["closes_on"].max() < chosen["calibrate"]["ordered_on"].min()
    assert chosen["calibrate"]["closes_on"].max() < chosen["test"]["ordered_on"].min()
    assert periods.learnt(rows).sum() == len(chosen["train"]) + len(chosen["calibrate"])


def test_without_the_embargo_before_calibration_training_goes_up_to_it():
    rows = labels(200, [30])
    periods = find_periods(rows, AS_OF, params(embargo="ordered"))
    train, calibrate = (rows[periods.select(rows, name)] for name in ("train", "calibrate"))
    assert train["ordered_on"].max() + timedelta(days=1) == calibrate["ordered_on"].min()
    assert train["closes_on"].max() < rows[periods.select(rows, "test")]["ordered_on"].min()


def test_too_short_a_history_names_the_period_and_the_remedy():
    with pytest.raises(LabelError, match=r"the train period from .* lines wait 20 days .* Shorten split.test_days"):
        find_periods(labels(60, [20]), AS_OF, params())


def test_forward_splits_give_rows_by_day_so_that_the_latest_are_watched():
    rows = labels(80, [10]).sample(frac=1, random_state=3).reset_index(drop=True)
    for positions in forward_splits(rows, folds=2, test_days=14)[1]:
        assert rows["ordered_on"].iloc[positions].is_monotonic_increasing
