"""The outcome of each order line, and from which day on it is known."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.policy import Policy
from returns_risk.contract.days import NEVER, Days, day_of
from returns_risk.contract.keys import positions_of
from returns_risk.errors import LabelError
from returns_risk.history.event_encoding import MOST_REASONS
from returns_risk.history.windows import close_windows, market_terms

__all__ = ["Outcomes", "find_outcomes", "require_few_reasons"]


@dataclass(frozen=True)
class Outcomes:
    """Days of each order line (int32, shape (n_lines,)); ``NEVER`` where it has not happened."""

    ordered_on: Days
    """When the line became known."""
    closes_on: Days
    """Last day of the return window."""
    cancelled_on: Days
    """Also by a return before, or without, shipment."""
    shipped_on: Days
    return_line: npt.NDArray[np.int64]
    """Position of the order line of each return after shipment."""
    return_on: Days
    """When each return became known."""
    return_units: npt.NDArray[np.int64]
    return_reason: npt.NDArray[np.int16] | None = None
    """Reason of each return, a position in ``reasons``, -1 for none; None where the source gives no reasons."""
    reasons: tuple[str, ...] = ()
    cancelling: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """Rows of the returns before, or without, shipment: they cancel their line, and are not among the returns above."""

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

    Where the source says when lines ship, no window opens before shipment, and none opens for a line that has not
    shipped, whatever the promise said. There a return before, or without, shipment cancels its line. The answers are
    the same at every as-of that can know them: a shipment that is known later lies after the as-of, with all that
    follows.

    Parameters
    ----------
    lines : order_lines with a RangeIndex
    returns : each ``line_id`` must be in ``lines``
    """
    market = lines["market"] if "market" in lines else pd.Series(None, index=lines.index, dtype="str")
    ordered = day_of(lines["ordered_at"], time_zone)
    # Nothing is known of a line before the line itself is.
    known = np.maximum(ordered, _recorded(lines, time_zone))
    # The day of shipment is that of delivery at the latest, also where the shipping scan is missing.
    delivered = _days(lines, "delivered_at", time_zone)
    shipped = np.minimum(_days(lines, "shipped_at", time_zone), delivered)
    opens = np.minimum(delivered, _assumed_delivery(lines, ordered, market, policy, time_zone))
    position = positions_of(returns["line_id"], lines["line_id"])
    if (position < 0).any():
        raise KeyError("returns of lines that are not among the order lines")
    received = day_of(returns["returned_at"], time_zone)
    cancels = np.zeros(len(returns), dtype=bool)
    if "shipped_at" in lines:
        opens, cancels = np.maximum(opens, shipped), received < shipped[position]
    returned = np.maximum(np.maximum(received, _recorded(returns, time_zone)), known[position])
    cancelled = np.maximum(_days(lines, "cancelled_at", time_zone), known)
    np.minimum.at(cancelled, position[cancels], returned[cancels])
    reason, reasons = _reasons(returns)
    return Outcomes(
        ordered_on=known,
        closes_on=np.maximum(close_windows(opens, ordered, market, policy), known),
        cancelled_on=cancelled,
        shipped_on=np.maximum(shipped, known),
        return_line=position[~cancels],
        return_on=returned[~cancels],
        return_units=returns["quantity"].to_numpy(dtype=np.int64)[~cancels],
        return_reason=None if reason is None else reason[~cancels],
        reasons=reasons,
        cancelling=np.flatnonzero(cancels),
    )


def _assumed_delivery(lines: pd.DataFrame, ordered: Days, market: pd.Series, policy: Policy, time_zone: str) -> Days:
    """Return the day on which each line has been delivered if no scan says otherwise."""
    promised = _days(lines, "promised_at", time_zone)
    codes, terms = market_terms(market, policy)
    delivery = np.array([item.delivery_days for item in terms], dtype=np.int32)[codes]
    grace = np.array([item.grace_days for item in terms], dtype=np.int32)[codes]
    return np.where(promised == NEVER, ordered + delivery, promised + grace)


def _reasons(returns: pd.DataFrame) -> tuple[npt.NDArray[np.int16] | None, tuple[str, ...]]:
    if "reason" not in returns:
        return None, ()
    codes, names = pd.factorize(returns["reason"], sort=True)
    require_few_reasons(len(names))
    return codes.astype(np.int16), tuple(names)


def require_few_reasons(reasons: int) -> None:
    """End the run where returns give more different reasons than events have room for."""
    if reasons > MOST_REASONS:
        raise LabelError(
            f"returns: column reason has {reasons:,} different values, and at most {MOST_REASONS:,} can be told apart. "
            "Map them in reasons.yaml, or leave the column out of returns.sql if it is free text."
        )


def _days(frame: pd.DataFrame, column: str, time_zone: str) -> Days:
    if column not in frame:
        return np.full(len(frame), NEVER, dtype=np.int32)
    return day_of(frame[column], time_zone)


def _recorded(frame: pd.DataFrame, time_zone: str) -> Days:
    """Return the day of recording, or a day before all others where it is not recorded."""
    days = _days(frame, "recorded_at", time_zone)
    return np.where(days == NEVER, np.int32(0), days)
