"""The outcome of each order line, and from which day on it is known."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.policy import Policy
from returns_risk.contract.days import NEVER, Days, day_of

__all__ = ["Outcomes", "find_outcomes"]


@dataclass(frozen=True)
class Outcomes:
    """Days of each order line (int32, shape (n_lines,)); ``NEVER`` where it has not happened."""

    ordered_on: Days
    """When the line became known."""
    closes_on: Days
    """Last day of the return window."""
    cancelled_on: Days
    shipped_on: Days
    return_line: npt.NDArray[np.int64]
    """Position of the order line of each return."""
    return_on: Days
    """When each return became known."""
    return_units: npt.NDArray[np.int64]
    return_reason: npt.NDArray[np.int16] | None = None
    """Reason of each return, a position in ``reasons``, -1 for none; None where the source gives no reasons."""
    reasons: tuple[str, ...] = ()

    @property
    def returned_on(self) -> Days:
        """First day on which a return of the line was known."""
        first = np.full(len(self.ordered_on), NEVER, dtype=np.int32)
        np.minimum.at(first, self.return_line, self.return_on)
        return first


def find_outcomes(lines: pd.DataFrame, returns: pd.DataFrame, policy: Policy, time_zone: str) -> Outcomes:
    """Find the days on which the outcome of each line became known.

    The return window opens on delivery. A line counts as delivered on its delivery scan or, if that
    comes first, ``grace_days`` after the promise or ``delivery_days`` after ordering where there is
    no promise. Taking the earlier of the two keeps the day of closing the same whether or not one
    knows of a delivery still to come: nothing leaks back from a scan after the as-of.

    Parameters
    ----------
    lines : order_lines with a RangeIndex
    returns : each ``line_id`` must be in ``lines``
    """
    market = lines["market"] if "market" in lines else pd.Series(None, index=lines.index, dtype="str")
    ordered = day_of(lines["ordered_at"], time_zone)
    delivered = _days(lines, "delivered_at", time_zone)
    promised = _days(lines, "promised_at", time_zone)
    assumed = np.where(
        promised == NEVER,
        ordered + _terms(market, policy, "delivery_days"),
        promised + _terms(market, policy, "grace_days"),
    )
    closes = (np.minimum(delivered, assumed) + _terms(market, policy, "return_window_days")).astype(np.int32)
    position = pd.Series(np.arange(len(lines)), index=lines["line_id"]).loc[returns["line_id"]].to_numpy()
    returned = np.maximum(day_of(returns["returned_at"], time_zone), _recorded(returns, time_zone))
    reason, reasons = _reasons(returns)
    # Nothing is known of a line before the line itself is.
    known = np.maximum(ordered, _recorded(lines, time_zone))
    return Outcomes(
        ordered_on=known,
        closes_on=np.maximum(closes, known),
        cancelled_on=np.maximum(_days(lines, "cancelled_at", time_zone), known),
        shipped_on=np.maximum(_days(lines, "shipped_at", time_zone), known),
        return_line=position,
        return_on=np.maximum(returned, known[position]),
        return_units=returns["quantity"].to_numpy(dtype=np.int64),
        return_reason=reason,
        reasons=reasons,
    )


def _reasons(returns: pd.DataFrame) -> tuple[npt.NDArray[np.int16] | None, tuple[str, ...]]:
    if "reason" not in returns:
        return None, ()
    codes, names = pd.factorize(returns["reason"], sort=True)
    return codes.astype(np.int16), tuple(names)


def _terms(market: pd.Series, policy: Policy, term: str) -> npt.NDArray[np.int32]:
    codes, names = pd.factorize(market)
    values = [getattr(policy.market(name), term) for name in names] + [getattr(policy.default, term)]
    return np.array(values, dtype=np.int32)[codes]


def _days(frame: pd.DataFrame, column: str, time_zone: str) -> Days:
    if column not in frame:
        return np.full(len(frame), NEVER, dtype=np.int32)
    return day_of(frame[column], time_zone)


def _recorded(frame: pd.DataFrame, time_zone: str) -> Days:
    """Return the day of recording, or a day before all others where it is not recorded."""
    days = _days(frame, "recorded_at", time_zone)
    return np.where(days == NEVER, np.int32(0), days)
