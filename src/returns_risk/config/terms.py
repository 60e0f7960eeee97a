"""The terms of a market: until when a line may come back, and which time its customers live by."""

import re
from calendar import monthrange
from datetime import date
from itertools import pairwise
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from returns_risk.config.yaml_files import Frozen

__all__ = ["MarketPolicy", "Period", "ReturnWindow"]

_YEAR_DAY = re.compile(r"\d\d-\d\d")
_NO_LEAP_YEAR = 2001
_YEARS = (2000, 2199)
_LONGEST_WAIT = 183
"""Days from ``to`` to ``until``: in a window of every year, more means an ``until`` before ``to``."""
Period = tuple[date, date, date | None]
"""First and last day of order, and the last day of return where it is named."""


def _read_day(value: Any) -> str:
    """Return a day of every year as ``11-01``, a date as ``2025-11-01``."""
    text = str(value)
    if text == "02-29":
        raise ValueError("write 02-28 for the end of February, which includes February 29, or 03-01")
    try:
        day = date.fromisoformat(f"{_NO_LEAP_YEAR}-{text}" if _YEAR_DAY.fullmatch(text) else text)
    except ValueError as error:
        raise ValueError("write a day of every year as 11-01, or a date as 2025-11-01") from error
    if not _YEARS[0] <= day.year <= _YEARS[1]:
        raise ValueError(f"the year is not between {_YEARS[0]} and {_YEARS[1]}")
    return text


def _require_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("this is no time zone; use an IANA name such as Europe/Lisbon") from error
    return name


Days = Annotated[int, Field(strict=True, ge=0, le=3650)]
OrderDay = Annotated[str, BeforeValidator(_read_day)]
ZoneName = Annotated[str, AfterValidator(_require_zone)]


class ReturnWindow(Frozen):
    """Another return window for the orders of some days, every year or once."""

    # The ledger keeps policies as JSON and reads them again.
    model_config = ConfigDict(serialize_by_alias=True)

    from_: OrderDay = Field(alias="from")
    """First day of the orders: ``11-01`` for every year, ``2025-11-01`` for once."""
    to: OrderDay
    """Last day of the orders, written like ``from``; ``02-28`` of every year includes February 29."""
    until: OrderDay | None = None
    """Last day of the window, written like ``from``; the window never closes earlier than without it."""
    return_window_days: Days | None = None
    """Days after delivery, instead of the market's."""

    @property
    def is_yearly(self) -> bool:
        """Whether it holds every year."""
        return _YEAR_DAY.fullmatch(self.from_) is not None

    @model_validator(mode="after")
    def _complete(self) -> "ReturnWindow":
        if self.until is None and self.return_window_days is None:
            raise ValueError("say until which day or for how many return_window_days")
        days = [day for day in (self.from_, self.to, self.until) if day is not None]
        if len({len(day) for day in days}) > 1:
            raise ValueError("from, to and until are all a day of every year (11-01) or all a date (2025-11-01)")
        if not self.is_yearly and days != sorted(days):
            raise ValueError("from, to and until are not in this order")
        for _, last, until in self.periods(_NO_LEAP_YEAR, _NO_LEAP_YEAR):
            if self.is_yearly and until is not None and (until - last).days > _LONGEST_WAIT:
                raise ValueError(f"until is more than {_LONGEST_WAIT} days after to; it must not lie before to")
        return self

    def periods(self, first_year: int, last_year: int) -> list[Period]:
        """Return the periods of orders, those of every year from ``first_year`` to ``last_year``."""
        if not self.is_yearly:
            until = None if self.until is None else date.fromisoformat(self.until)
            return [(date.fromisoformat(self.from_), date.fromisoformat(self.to), until)]
        periods = []
        for year in range(first_year, last_year + 1):
            first = date.fromisoformat(f"{year}-{self.from_}")
            last = _on_or_after(first, self.to)
            periods.append((first, last, None if self.until is None else _on_or_after(last, self.until)))
        return periods


def _on_or_after(day: date, year_day: str) -> date:
    same_year = _last_day(day.year, year_day)
    return same_year if same_year >= day else _last_day(day.year + 1, year_day)


def _last_day(year: int, year_day: str) -> date:
    # Otherwise the orders of February 29 would belong neither to a window until 02-28 nor to one from 03-01.
    return date(year, 2, monthrange(year, 2)[1]) if year_day == "02-28" else date.fromisoformat(f"{year}-{year_day}")


class MarketPolicy(Frozen):
    """The terms of one market."""

    return_window_days: Days
    """Days after delivery within which a customer may send a line back."""
    delivery_days: Days
    """Days after ordering by which an order without promise and delivery scan counts as delivered."""
    grace_days: Days
    """Days past the promise after which a parcel without a delivery scan counts as delivered."""
    windows: tuple[ReturnWindow, ...] = ()
    """Other return windows by day of order, e.g. of the holidays."""
    time_zone: ZoneName | None = None
    """IANA name of its customers' time zone where it is not the shop's: hour and weekday of an order follow it."""

    @model_validator(mode="after")
    def _without_overlaps(self) -> "MarketPolicy":
        for kind in ("until", "return_window_days"):
            windows = [window for window in self.windows if getattr(window, kind) is not None]
            dated = [int(day[:4]) for window in windows if not window.is_yearly for day in (window.from_, window.to)]
            # A period of every year may begin in one year and end in the next.
            years = min(dated, default=_NO_LEAP_YEAR) - 1, max(dated, default=_NO_LEAP_YEAR) + 1
            periods = sorted(period[:2] for window in windows for period in window.periods(*years))
            for (_, last), (first, _) in pairwise(periods):
                if first <= last:
                    raise ValueError(f"two windows with {kind} hold for orders of {first}; separate them")
        return self
