"""Days to and from seasons and public holidays, day by day against plain counting."""

from datetime import date, timedelta

import holidays
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.errors import ParamsError
from returns_risk.features import FeatureSet
from returns_risk.features.calendar import days_between

DATES = st.dates(date(2001, 1, 1), date(2035, 12, 31))


def times(*days):
    return pd.Series(pd.to_datetime(list(days))).astype("datetime64[us]")


@settings(deadline=None)
@given(st.lists(DATES, min_size=1, max_size=5), st.sampled_from(["12-25", "01-01", "02-28", "07-01"]))
def test_days_to_and_from_a_day_of_the_year_are_counted_one_by_one(days, feast):
    def until(day, step):
        return next(n for n in range(367) if (day + step * timedelta(days=n)).strftime("%m-%d") == feast)

    assert days_between(times(*days), feast, ahead=True).tolist() == [until(day, 1) for day in days]
    assert days_between(times(*days), feast, ahead=False).tolist() == [until(day, -1) for day in days]


@settings(deadline=None)
@given(st.lists(st.tuples(DATES, st.sampled_from(["DE", "FR", "PL"])), min_size=1, max_size=5))
def test_days_to_and_from_the_markets_public_holidays(rows):
    def holiday(day, market, step):
        return next(n for n in range(400) if day + step * timedelta(days=n) in holidays.country_holidays(market))

    days, markets = times(*[day for day, _ in rows]), pd.Series([market for _, market in rows], dtype="str")
    assert days_between(days, "holiday", markets, ahead=True).tolist() == [
        holiday(day, market, 1) for day, market in rows
    ]
    assert days_between(days, "holiday", markets, ahead=False).tolist() == [
        holiday(day, market, -1) for day, market in rows
    ]


def test_a_missing_time_or_an_unknown_market_has_no_distance():
    days = times("2026-01-05", None, "2026-01-05")
    markets = pd.Series(["United Kingdom", "DE", None], dtype="str")
    assert np.isnan(days_between(days, "holiday", markets, ahead=True)).all()
    assert np.isnan(days_between(days, "12-25", ahead=False)).tolist() == [False, True, False]
    assert np.isnan(days_between(times(None), "12-25", ahead=True)).all()


@pytest.mark.parametrize(
    "operands", ["[ordered_at, 13-01]", "[ordered_at, easter]", "[ordered_at, market, easter]", "[shipped_at, 12-25]"]
)
def test_a_feast_is_a_day_of_the_year_or_a_markets_holiday(tmp_path, operands):
    (tmp_path / "order.yaml").write_text(
        f"kind: line\nentity: order\nmeaning: order\ncolumns:\n  far: {{until: {operands}, meaning: far}}\n"
    )
    with pytest.raises(ParamsError):
        FeatureSet.load(tmp_path)
