"""Periods that go forward in time, apart by as long as labels take to mature."""

from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.params import BacktestParams, SplitParams
from returns_risk.config.yaml_files import Frozen
from returns_risk.errors import LabelError

__all__ = [
    "PERIODS",
    "Periods",
    "find_periods",
    "first_tested_day",
    "forward_splits",
    "latest_rows",
    "longest_wait",
    "spread_rows",
]

_LATEST = 0.999  # a broken promise date must not move the split


PERIODS = ("train", "calibrate", "test")


class Periods(Frozen):
    """First and last day of ordering of each period, both included."""

    train: tuple[date, date]
    calibrate: tuple[date, date]
    test: tuple[date, date]
    embargo: Literal["matured", "ordered"]

    def select(self, labels: pd.DataFrame, period: str) -> pd.Series:
        """Mark the rows of one period: ``train``, ``calibrate`` or ``test``.

        With the embargo ``matured``, a row counts only if its label was final when the next period began.
        The test period always begins under that rule: training uses only labels known before it.
        """
        first, last = getattr(self, period)
        chosen = labels["ordered_on"].between(pd.Timestamp(first), pd.Timestamp(last))
        if period == "test":
            return chosen
        follows = self.calibrate if period == "train" and self.embargo == "matured" else self.test
        return chosen & (labels["closes_on"] < pd.Timestamp(follows[0]))

    def censored(self, labels: pd.DataFrame) -> pd.Series:
        """Mark the rows ordered before the test period whose return window was still open when it began."""
        begins = pd.Timestamp(self.test[0])
        return (labels["ordered_on"] < begins) & (labels["closes_on"] >= begins)

    def learnt(self, labels: pd.DataFrame) -> pd.Series:
        """Mark the rows that training may have seen: those of the train and the calibrate period."""
        return self.select(labels, "train") | self.select(labels, "calibrate")


def longest_wait(labels: pd.DataFrame) -> int:
    """Return the days from ``ordered_on`` to ``closes_on`` within which (nearly) all labels are final."""
    waits = (labels["closes_on"] - labels["ordered_on"]).dt.days
    return int(waits.quantile(_LATEST, interpolation="higher"))


def find_periods(labels: pd.DataFrame, as_of: date, params: SplitParams) -> Periods:
    """Lay out test, calibrate and train backwards from the last day on which (nearly) all lines are matured.

    Parameters
    ----------
    labels : ``ordered_on`` and ``closes_on`` of matured lines

    Raises
    ------
    LabelError
        The history is too short for the three periods.
    """
    day = pd.Timedelta(days=1)
    wait = longest_wait(labels) * day
    test_until = min(pd.Timestamp(as_of) - day - wait, labels["ordered_on"].max())
    test_from = test_until - (params.test_days - 1) * day
    calibrate_until = test_from - wait - day
    calibrate_from = calibrate_until - (params.calibrate_days - 1) * day
    train_until = calibrate_from - day
    begins = labels["ordered_on"].min()
    periods = Periods(
        train=(begins.date(), train_until.date()),
        calibrate=(calibrate_from.date(), calibrate_until.date()),
        test=(test_from.date(), test_until.date()),
        embargo=params.embargo,
    )
    for name in PERIODS:
        if not periods.select(labels, name).any():
            raise LabelError(
                f"labels: the {name} period from {getattr(periods, name)[0]:%Y-%m-%d} to "
                f"{getattr(periods, name)[1]:%Y-%m-%d} holds no matured line; lines wait {wait.days} days for their "
                f"label and the first one is of {begins:%Y-%m-%d}. Shorten split.test_days or split.calibrate_days in "
                "params.yaml, set split.embargo to ordered, or deliver a longer history."
            )
    return periods


def first_tested_day(labels: pd.DataFrame, as_of: date, split: SplitParams, backtest: BacktestParams) -> date:
    """Return the first day whose lines any stage tests on: of the test period or of the backtest's first fold.

    Parameters
    ----------
    labels : ``ordered_on`` and ``closes_on`` of matured lines
    """
    day = pd.Timedelta(days=1)
    last = min(pd.Timestamp(as_of) - (1 + longest_wait(labels)) * day, labels["ordered_on"].max())
    of_folds = backtest.test_days + (backtest.folds - 1) * backtest.step_days
    first: date = (last - (max(split.test_days, of_folds) - 1) * day).date()
    return first


def spread_rows(rows: pd.DataFrame, number: int) -> pd.DataFrame:
    """Return at most ``number`` rows, spread evenly over all, so that no season is left out."""
    if len(rows) <= number:
        return rows
    return rows.iloc[np.linspace(0, len(rows) - 1, number).astype(np.int64)]


def latest_rows(labels: pd.Series, share: float) -> npt.NDArray[np.bool_]:
    """Mark the last of rows in time order, a share of all; where they or the others lack a class, the last of each.

    >>> latest_rows(pd.Series([0, 1, 0, 1, 0, 1]), 0.34).tolist()
    [False, False, False, False, True, True]
    """
    late = np.arange(len(labels)) >= len(labels) - max(1, round(share * len(labels)))
    if labels[late].nunique() == labels[~late].nunique() == labels.nunique():
        return late
    of_class = labels.groupby(labels)
    return np.asarray(of_class.cumcount(ascending=False) < (share * of_class.transform("size")).clip(lower=1))


def forward_splits(
    labels: pd.DataFrame, folds: int = 3, test_days: int = 28
) -> list[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """Split labelled rows forward in time, for ``cross_val_score(..., cv=forward_splits(labels))``.

    Each fold tests the lines ordered in ``test_days`` days and trains on those whose label was final before the first
    of them. The last fold ends with the latest line; each earlier one ends where the next begins.

    Parameters
    ----------
    labels : ``ordered_on`` and ``closes_on`` of the rows (``Snapshot.labels``)

    Returns
    -------
    Positions of the train and of the test rows of each fold, the earliest fold first, the rows by day of order: a
    classifier watches the latest rows that it is given.

    Raises
    ------
    LabelError
        A fold has nothing to train or to test on.

    >>> days = pd.date_range("2026-01-01", periods=6, freq="10D")
    >>> labels = pd.DataFrame({"ordered_on": days, "closes_on": days + pd.Timedelta(days=14)})
    >>> [(train.tolist(), test.tolist()) for train, test in forward_splits(labels, folds=2, test_days=10)]
    [([0, 1], [4]), ([0, 1, 2], [5])]
    """
    until = labels["ordered_on"].max() + pd.Timedelta(days=1)
    in_time = np.argsort(labels["ordered_on"].to_numpy(), kind="stable")
    by_day = labels.iloc[in_time]
    splits = []
    for back in range(folds, 0, -1):
        begins, ends = (until - number * pd.Timedelta(days=test_days) for number in (back, back - 1))
        train = in_time[by_day["closes_on"] < begins]
        test = in_time[by_day["ordered_on"].between(begins, ends, inclusive="left")]
        if not len(train) or not len(test):
            raise LabelError(
                f"labels: the fold from {begins:%Y-%m-%d} has {len(train)} lines to train and {len(test)} to test on; "
                f"the first line is of {labels['ordered_on'].min():%Y-%m-%d}. Lower folds or test_days."
            )
        splits.append((train, test))
    return splits
