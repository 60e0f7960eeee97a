"""The columns made from one line alone."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.contract.days import local_times
from returns_risk.features.calendar import days_between
from returns_risk.features.line_definitions import Column

__all__ = ["line_columns"]

Values = npt.NDArray[np.float64]

_DAY = 24 * 60 * 60  # seconds
_PART: dict[str, Callable[[pd.Series], pd.Series]] = {
    "hour": lambda times: times.dt.hour,
    "weekday": lambda times: times.dt.day_of_week,
    "day": lambda times: times.dt.day,
    "month": lambda times: times.dt.month,
}


def line_columns(
    columns: Mapping[str, Column], lines: pd.DataFrame, time_zone: str, market_zones: Mapping[str, str]
) -> dict[str, npt.NDArray[np.float32] | pd.Series]:
    """Compute the columns of a line definition.

    Parameters
    ----------
    columns : by name, with verbs of a line
    lines : rows as given by ``join_attributes``
    time_zone : IANA name of the shop's
    market_zones : those of the markets whose customers live by another; hours and days follow it

    Returns
    -------
    Name and values of each column: float32 of shape (n_lines,), or text for categories; NaN without an operand.
    """

    def local(name: str) -> pd.Series:
        return local_times(lines[name], time_zone, lines.get("market"), market_zones)

    return {name: _column(column, lines, local) for name, column in columns.items()}


def _column(
    column: Column, lines: pd.DataFrame, local: Callable[[str], pd.Series]
) -> npt.NDArray[np.float32] | pd.Series:
    names = column.operands
    if column.verb in ("category", "identity"):
        return lines[names[0]].reset_index(drop=True)
    if column.part is not None:
        return _numbers(_PART[column.part[1]](local(names[0]))).astype(np.float32)
    if column.verb == "days":
        return ((lines[names[1]] - lines[names[0]]).dt.total_seconds() / _DAY).to_numpy(dtype=np.float32)
    if column.verb == "years":
        year = _numbers(local(names[1]).dt.year)
        return (year - _numbers(lines[names[0]])).astype(np.float32)
    if column.verb in ("until", "since"):
        operand = column.until or column.since
        assert operand is not None  # noqa: S101 - the verb says that one of them is set
        market = lines[names[1]] if len(names) > 1 else None
        return days_between(local(names[0]), operand[-1], market, ahead=column.verb == "until").astype(np.float32)
    values = [_numbers(lines[name]) for name in names]
    return _calculate(column.verb, values).astype(np.float32)


def _calculate(verb: str, values: list[Values]) -> Values:
    if verb == "number":
        return values[0]
    if verb == "product":
        return values[0] * values[1]
    ratio = np.divide(values[0], values[1], out=np.full_like(values[0], np.nan), where=values[1] != 0)
    return 1 - ratio if verb == "discount" else ratio


def _numbers(column: pd.Series) -> Values:
    return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
