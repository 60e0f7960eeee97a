"""Each day of each shop begins at one moment, also where its clock changes at midnight."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.contract.days import NEVER, date_of, day_number, day_of, local_times, start_of_day
from returns_risk.errors import ParamsError

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",  # the clock was put forward at midnight
    "America/Havana",  # and back to it
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
    "Australia/Lord_Howe",
    "Atlantic/Azores",
]


@given(st.sampled_from(ZONES), st.dates(date(2012, 1, 1), date(2030, 12, 31)))
@settings(deadline=None, max_examples=300)
def test_the_start_of_a_day_parts_it_from_the_day_before(zone, day):
    start = start_of_day(day, zone)
    around = day_of(pd.Series([start - pd.Timedelta(microseconds=1), start]), zone)
    assert around.tolist() == [day_number(day) - 1, day_number(day)]


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 3, 29), "Europe/Berlin", 23),
        (date(2026, 10, 25), "Europe/Berlin", 25),
        (date(2026, 3, 30), "Europe/Berlin", 24),
        (date(2018, 11, 4), "America/Sao_Paulo", 23),
        (date(2026, 4, 5), "Australia/Lord_Howe", 24.5),
        (date(2026, 11, 1), "America/Havana", 25),  # its first hour is shown twice
    ],
)
def test_a_day_is_as_long_as_the_clock_makes_it(day, zone, hours):
    length = start_of_day(day + timedelta(days=1), zone) - start_of_day(day, zone)
    assert length == pd.Timedelta(hours=hours)


def test_an_as_of_whose_midnight_the_clock_leaves_out_begins_with_the_day():
    """At midnight of this day clocks in Beirut went to one o'clock."""
    start = start_of_day(date(2026, 3, 29), "Asia/Beirut")
    orders = pd.Series([start - pd.Timedelta(minutes=1), start])
    assert local_times(orders, "Asia/Beirut").astype("str").tolist() == ["2026-03-28 23:59:00", "2026-03-29 01:00:00"]


def test_both_hours_that_the_clock_shows_twice_belong_to_their_day():
    twice = pd.Series(pd.to_datetime(["2026-10-25T00:30Z", "2026-10-25T01:30Z"]))
    assert day_of(twice, "Europe/Berlin").tolist() == [day_number(date(2026, 10, 25))] * 2


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_days_do_not_depend_on_the_resolution_of_times(unit):
    moments = pd.Series(["2026-03-28T23:00:00Z", None], dtype="str")
    times = pd.to_datetime(moments, utc=True).dt.as_unit(unit)
    assert day_of(times, "Europe/Berlin").tolist() == [day_number(date(2026, 3, 29)), NEVER]


@pytest.mark.parametrize("count", [0, 3])
def test_a_column_without_any_time_is_never(count):
    times = pd.Series(pd.NaT, index=range(count), dtype="datetime64[us, UTC]")
    days = day_of(times, "UTC")
    assert days.tolist() == [NEVER] * count
    assert days.dtype == np.int32


@given(st.dates(date(1970, 1, 1), date(2100, 1, 1)))
@settings(deadline=None, max_examples=100)
def test_a_day_is_its_number_and_back(day):
    assert date_of(np.array([day_number(day)], dtype=np.int32)).astype("datetime64[D]").astype(object).tolist() == [day]


def test_never_is_later_than_any_as_of():
    assert day_number(date(4840, 11, 25)) == NEVER


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
    assert day_of(pd.Series(pd.to_datetime([moment])), "Europe/Berlin").tolist() == [day_number(day)]


def test_what_has_not_happened_is_never():
    days = day_of(pd.to_datetime(pd.Series([None, "2026-01-01T12:00Z"]), utc=True), "UTC")
    assert days[0] == NEVER
    assert np.isnat(date_of(days)[0])
    assert str(date_of(days)[1]) == "2026-01-01T00:00:00"


def test_a_day_that_begins_when_the_clock_is_set_forward_begins_after_it():
    assert str(start_of_day(date(2026, 3, 29), "Asia/Beirut")) == "2026-03-28 22:00:00+00:00"


@pytest.mark.parametrize("name", ["Europe/Nowhere", "", "../etc"])
def test_an_unknown_time_zone_is_refused(name):
    with pytest.raises(ParamsError, match=r"source.time_zone: .* is no time zone"):
        start_of_day(date(2026, 3, 29), name)
