"""How far a day is from a day of the year or from a public holiday of its market."""

from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["HOLIDAY", "days_between"]

HOLIDAY = "holiday"
"""Instead of a month and a day: the public holidays of the line's market (package ``holidays``)."""
_DAY = np.timedelta64(1, "D")
Values = npt.NDArray[np.float64]


def days_between(times: pd.Series, feast: str, market: pd.Series | None = None, *, ahead: bool) -> Values:
    """Return whole days until the next feast, or since the last one, 0 on its day.

    NaN where time or market are missing or not known.

    Parameters
    ----------
    times : local times without a zone
    feast : month and day such as ``12-25``, or ``holiday``
    market : ISO 3166 code of each line's country; only for ``holiday``
    ahead : count until the next feast, not since the last one
    """
    days = times.to_numpy(dtype="datetime64[D]", na_value=np.datetime64("NaT"))
    distance = np.full(len(days), np.nan)
    known = ~np.isnat(days)
    if not known.any():
        return distance
    year = days[known].astype("M8[Y]").astype(np.int64) + 1970
    years = tuple(range(int(year.min()) - 1, int(year.max()) + 2))
    if feast != HOLIDAY:
        distance[known] = _to_nearest(days[known], _anniversaries(feast, years), ahead=ahead)
        return distance
    if market is None:
        raise TypeError("public holidays need a market")
    codes, names = pd.factorize(market)
    for number, name in enumerate(names):
        here = known & (codes == number)
        feasts = _public_holidays(str(name), years)
        if len(feasts):
            distance[here] = _to_nearest(days[here], feasts, ahead=ahead)
    return distance


def _to_nearest(days: npt.NDArray[np.datetime64], feasts: npt.NDArray[np.datetime64], *, ahead: bool) -> Values:
    """Feasts are sorted and reach beyond the days on both sides."""
    index = np.searchsorted(feasts, days, side="left" if ahead else "right")
    gap = feasts[index] - days if ahead else days - feasts[index - 1]
    return np.asarray(gap / _DAY, dtype=np.float64)


def _anniversaries(feast: str, years: tuple[int, ...]) -> npt.NDArray[np.datetime64]:
    return np.array([f"{year:04d}-{feast}" for year in years], dtype="M8[D]")


@lru_cache(maxsize=256)
def _public_holidays(market: str, years: tuple[int, ...]) -> npt.NDArray[np.datetime64]:
    """Return the public holidays of a country, none where the market is no country's code."""
    import holidays

    if market not in holidays.list_supported_countries():
        return np.zeros(0, dtype="M8[D]")
    return np.array(sorted(holidays.country_holidays(market, years=years)), dtype="M8[D]")
