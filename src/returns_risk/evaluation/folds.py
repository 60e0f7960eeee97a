"""Past as-of days on which a model is trained once more with what was known then, and tried on what came next."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.params import BacktestParams, SplitParams
from returns_risk.errors import LabelError
from returns_risk.snapshot.splits import Periods, longest_wait

__all__ = ["Fold", "find_folds", "require_known"]

_DAY = pd.Timedelta(days=1)


@dataclass(frozen=True)
class Fold:
    """One past as-of; rows of the feature table, shape (n_rows,)."""

    as_of: date
    periods: Periods
    train: npt.NDArray[np.bool_]
    calibrate: npt.NDArray[np.bool_]
    test: npt.NDArray[np.bool_]
    """Lines ordered from the as-of on; their labels were final only later."""


def find_folds(labels: pd.DataFrame, as_of: date, split: SplitParams, params: BacktestParams) -> list[Fold]:
    """Lay out folds backwards from the latest matured lines, the earliest first.

    Within a fold all is as on its day: the calibrate period ends where (nearly) all lines were matured, lines that
    were not are left out, and the embargo between train and calibrate is that of the chain (rolling-origin
    evaluation; Tashman 2000, Out-of-sample tests of forecasting accuracy).

    Parameters
    ----------
    labels : ``ordered_on``, ``closes_on`` and ``returned`` of matured rows
    as_of : when all of them were known to be

    Raises
    ------
    LabelError
        The history is too short for the folds, or a period of one holds one class only.
    """
    wait = longest_wait(labels) * _DAY
    last = min(pd.Timestamp(as_of) - _DAY - wait, labels["ordered_on"].max())
    begins = [last - (params.test_days - 1 + back * params.step_days) * _DAY for back in range(params.folds)]
    return [_lay_out(labels, day, wait, split, params) for day in reversed(begins)]


def _lay_out(
    labels: pd.DataFrame, day: pd.Timestamp, wait: pd.Timedelta, split: SplitParams, params: BacktestParams
) -> Fold:
    calibrate_until = day - _DAY - wait
    calibrate_from = calibrate_until - (split.calibrate_days - 1) * _DAY
    periods = Periods(
        train=(labels["ordered_on"].min().date(), (calibrate_from - _DAY).date()),
        calibrate=(calibrate_from.date(), calibrate_until.date()),
        test=(day.date(), (day + (params.test_days - 1) * _DAY).date()),
        embargo=split.embargo,
    )
    train, calibrate, test = (periods.select(labels, name).to_numpy() for name in ("train", "calibrate", "test"))
    for name, rows in (("train", train), ("calibrate", calibrate), ("test", test)):
        if labels["returned"].to_numpy()[rows].astype(int).sum() in (0, rows.sum()):
            raise LabelError(
                f"labels: the {name} period of the backtest as of {day:%Y-%m-%d} holds {rows.sum()} lines of one class "
                f"or none; the first line is of {labels['ordered_on'].min():%Y-%m-%d}. Lower backtest.folds or "
                "backtest.step_days in params.yaml, or deliver a longer history."
            )
    fold = Fold(day.date(), periods, train, calibrate, test)
    require_known(labels, fold)
    return fold


def require_known(labels: pd.DataFrame, fold: Fold) -> None:
    """Refuse a fold that learns from a label not final before its as-of, or tests a line ordered before it."""
    day = pd.Timestamp(fold.as_of)
    immature = (fold.train | fold.calibrate) & (labels["closes_on"] >= day).to_numpy()
    early = fold.test & (labels["ordered_on"] < day).to_numpy()
    if immature.any() or early.any():
        raise LabelError(
            f"backtest as of {day:%Y-%m-%d}: {immature.sum()} labels it learns from were not final then, and "
            f"{early.sum()} tested lines are older. Report this as a defect with params.yaml."
        )
