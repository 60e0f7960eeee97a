"""Days follow the shop's clock, also on the days it is changed."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from returns_risk.contract.days import NEVER, date_of, day_number, day_of, start_of_day
from returns_risk.errors import ParamsError

BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-03-28T22:59:59Z", date(2026, 3, 28)),
        ("2026-03-28T23:00:00Z", date(2026, 3, 29)),  # winter time, one hour ahead
        ("2026-03-29T21:59:59Z", date(2026, 3, 29)),  # summer time, two hours ahead
        ("2026-03-29T22:00:00Z", date(2026, 3, 30)),
        ("2026-10-25T22:59:59Z", date(2026, 10, 25)),
    ],
)
def test_a_moment_falls_on_the_shops_day(moment, day):
    assert day_of(pd.Series(pd.to_datetime([moment])), BERLIN).tolist() == [day_number(day)]


def test_what_has_not_happened_is_never():
    days = day_of(pd.to_datetime(pd.Series([None, "2026-01-01T12:00Z"]), utc=True), "UTC")
    assert days[0] == NEVER
    assert np.isnat(date_of(days)[0])
    assert str(date_of(days)[1]) == "2026-01-01T00:00:00"


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 3, 30), date(2026, 10, 25), date(2026, 10, 26)])
def test_the_start_of_a_day_is_its_first_moment(day):
    start = start_of_day(day, BERLIN)
    around = day_of(pd.Series([start - pd.Timedelta(seconds=1), start]), BERLIN)
    assert around.tolist() == [day_number(day) - 1, day_number(day)]


def test_a_day_that_begins_when_the_clock_is_put_forward_begins_after_it():
    assert str(start_of_day(date(2026, 3, 29), "Asia/Beirut")) == "2026-03-28 22:00:00+00:00"


@pytest.mark.parametrize("name", ["Europe/Nowhere", "", "../etc"])
def test_an_unknown_time_zone_is_refused(name):
    with pytest.raises(ParamsError, match=r"source.time_zone: .* is no time zone"):
        start_of_day(date(2026, 3, 29), name)
