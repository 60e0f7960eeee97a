"""Days of the shop: whole numbers since 1970-01-01 in its own time zone."""

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.errors import ParamsError

__all__ = ["NEVER", "Days", "date_of", "day_number", "day_of", "local_times", "start_of_day"]

Days = npt.NDArray[np.int32]
NEVER = np.int32(2**20 - 1)
"""Day of an event that has not happened: 4840-11-25, later than any as-of."""


def day_of(times: pd.Series, time_zone: str) -> Days:
    """Return the shop's day of each UTC time; ``NEVER`` where the time is missing.

    >>> day_of(pd.Series(pd.to_datetime(["1970-01-01T23:30Z", None])), "Europe/Berlin").tolist()
    [1, 1048575]
    """
    local = times.dt.tz_convert(_zone(time_zone)).dt.tz_localize(None)
    days = local.to_numpy(dtype="datetime64[D]", na_value=np.datetime64("NaT"))
    return np.where(np.isnat(days), NEVER, days.astype(np.int64)).astype(np.int32)


def day_number(day: date) -> int:
    """Return the number of a calendar day.

    >>> day_number(date(1970, 1, 31))
    30
    """
    return (day - date(1970, 1, 1)).days


def date_of(days: Days) -> npt.NDArray[np.datetime64]:
    """Return day numbers as ``datetime64[s]``, as Parquet and pandas keep them; NaT for ``NEVER``."""
    dates = days.astype("datetime64[D]")
    return np.where(days == NEVER, np.datetime64("NaT"), dates).astype("datetime64[s]")


def local_times(
    times: pd.Series, time_zone: str, market: pd.Series | None = None, market_zones: Mapping[str, str] | None = None
) -> pd.Series:
    """Return UTC times as local times without a zone: in that of the line's market, or the shop's where it has none.

    >>> times, market = pd.Series(pd.to_datetime(["2026-03-02T12:00Z"] * 2)), pd.Series(["PT", None])
    >>> local_times(times, "Europe/Berlin", market, {"PT": "Europe/Lisbon"}).dt.hour.tolist()
    [12, 13]
    """
    local = times.dt.tz_convert(_zone(time_zone)).dt.tz_localize(None)
    if market is not None:
        for name, zone in (market_zones or {}).items():
            local[market == name] = times[market == name].dt.tz_convert(_zone(zone)).dt.tz_localize(None)
    return pd.Series(local)


def start_of_day(day: date, time_zone: str) -> pd.Timestamp:
    """Return the UTC time at which a day of the shop begins.

    >>> str(start_of_day(date(2026, 3, 2), "Europe/Berlin"))
    '2026-03-01 23:00:00+00:00'
    """
    return (
        pd.Timestamp(day).tz_localize(_zone(time_zone), nonexistent="shift_forward", ambiguous=True).tz_convert("UTC")
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ParamsError(
            f"params.yaml: source.time_zone: {name!r} is no time zone. Use an IANA name such as Europe/Berlin."
        ) from error
