"""Each fold knows what was known on its day, and nothing else."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.config.params import load_params
from returns_risk.errors import LabelError
from returns_risk.evaluation.folds import find_folds, require_known

PARAMS = load_params(Path(__file__).parents[2] / "params.yaml")
FIRST, AS_OF = date(2025, 1, 1), date(2026, 1, 1)


def shop(waits, lines_per_day=3):
    """Lines of every day whose windows stay open for one of the waits."""
    days = np.repeat(np.arange(365), lines_per_day)
    ordered = pd.Timestamp(FIRST) + pd.to_timedelta(days, unit="D")
    wait = np.resize(waits, len(days))
    labels = pd.DataFrame({"ordered_on": ordered, "closes_on": ordered + pd.to_timedelta(wait, unit="D")})
    labels["returned"] = np.arange(len(days)) % 2 == 0
    return labels[labels["closes_on"] < pd.Timestamp(AS_OF)].reset_index(drop=True)


def layout(**changes):
    return PARAMS.backtest.model_copy(update=changes)


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=5),
    st.integers(2, 5),
    st.integers(7, 30),
    st.integers(7, 30),
    st.sampled_from(["matured", "ordered"]),
)
@settings(deadline=None, max_examples=40)
def test_no_fold_learns_from_a_label_that_was_not_final(waits, folds, step, length, embargo):
    labels = shop(waits)
    split = PARAMS.split.model_copy(update={"embargo": embargo, "calibrate_days": 20})
    layouts = find_folds(labels, AS_OF, split, layout(folds=folds, step_days=step, test_days=length))
    assert len(layouts) == folds
    assert np.diff([fold.as_of.toordinal() for fold in layouts]).tolist() == [step] * (folds - 1)
    for fold in layouts:
        day = pd.Timestamp(fold.as_of)
        learnt = labels[fold.train | fold.calibrate]
        assert (learnt["closes_on"] < day).all()
        assert labels["ordered_on"][fold.test].between(day, day + pd.Timedelta(days=length - 1)).all()
        assert labels["ordered_on"][fold.train].max() < labels["ordered_on"][fold.calibrate].min()
        if embargo == "matured":
            assert (labels["closes_on"][fold.train] < pd.Timestamp(fold.periods.calibrate[0])).all()


def test_the_last_fold_ends_with_the_latest_matured_lines():
    layouts = find_folds(shop([14]), AS_OF, PARAMS.split, layout(folds=2, step_days=28, test_days=28))
    assert layouts[-1].periods.test == (date(2025, 11, 20), date(2025, 12, 17))
    assert layouts[0].as_of == layouts[1].as_of - timedelta(days=28)


def test_a_history_that_is_too_short_is_told():
    message = r"the train period of the backtest as of .* holds 0 lines .* Lower backtest\.folds or backtest\.step_days"
    with pytest.raises(LabelError, match=message):
        find_folds(shop([14]), AS_OF, PARAMS.split, layout(folds=12, step_days=28))


def test_a_fold_that_knows_too_much_is_refused():
    labels = shop([14])
    fold = find_folds(labels, AS_OF, PARAMS.split, layout(folds=2))[0]
    require_known(labels, fold)
    everything = np.ones(len(labels), dtype=bool)
    for wrong in (replace(fold, train=everything), replace(fold, calibrate=everything), replace(fold, test=everything)):
        with pytest.raises(LabelError, match=r"labels it learns from were not final then"):
            require_known(labels, wrong)
