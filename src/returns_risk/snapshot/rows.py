"""Which order lines become training rows and candidates, each at its as-of day."""

import logging
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from returns_risk.contract.days import NEVER, Days, day_number
from returns_risk.errors import LabelError
from returns_risk.history import Outcomes

__all__ = ["Rows", "choose_candidates", "choose_training", "first_day_of", "log_rows", "require_training"]

_ODD_LINES = 0.001
"""Share of the lines, the earliest, that say nothing about when the history begins."""
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rows:
    """Order lines of a snapshot, each at an as-of day of its own; arrays of shape (n_rows,)."""

    position: npt.NDArray[np.int64]
    """Position of each among the lines of the snapshot."""
    as_of: Days
    """Later than the day on which the line was ordered."""

    def __len__(self) -> int:
        return len(self.position)

    def __getitem__(self, chosen: slice | npt.NDArray[np.bool_]) -> "Rows":
        return Rows(self.position[chosen], self.as_of[chosen])


def first_day_of(days: Days, lines: npt.NDArray[np.int64]) -> int:
    """Return the day on which the history begins, whatever the odd line of long before.

    Parameters
    ----------
    days : different days, ascending
    lines : ordered on each

    >>> first_day_of(np.array([10, 5000, 5001]), np.array([1, 900, 900]))
    5000
    """
    reached = np.cumsum(lines)
    return int(days[np.searchsorted(reached, _ODD_LINES * reached[-1], side="right")]) if len(days) else int(NEVER)


def choose_training(outcomes: Outcomes, as_of: date, first_day: int) -> tuple[Rows, dict[str, int]]:
    """Choose the lines to learn from, each at the first as-of after it was ordered.

    A line is chosen if its return window closed before ``as_of`` (it is matured; the others are censored), if it was
    still open at its own as-of (neither returned nor past its window), was not cancelled before shipment later, and
    was ordered on ``first_day`` or later.

    Returns
    -------
    rows, and how many lines are left out, by reason
    """
    next_day = outcomes.ordered_on + np.int32(1)
    matured = outcomes.closes_on < day_number(as_of)
    was_open = (outcomes.returned_on >= next_day) & (outcomes.closes_on >= next_day)
    fulfilled = outcomes.cancelled_on == NEVER
    warm = outcomes.ordered_on >= first_day
    chosen = np.flatnonzero(matured & was_open & fulfilled & warm)
    conditions = {"censored": matured, "returned before their as-of": was_open, "cancelled": fulfilled, "warm-up": warm}
    return Rows(chosen, next_day[chosen]), {reason: int((~met).sum()) for reason, met in conditions.items()}


def require_training(rows: int, left_out: dict[str, int], lines: int, warm_up_days: int) -> None:
    """Log how many rows there are to learn from, or end the run.

    Raises
    ------
    LabelError
        There are none.
    """
    log_rows("training rows", rows, left_out)
    if rows == 0:
        raise LabelError(
            f"order_lines: none of {lines} lines is matured at the as-of after a warm-up of {warm_up_days} days "
            f"({left_out['censored']} still have an open return window). Deliver a longer history, or check as_of and "
            "featurize.warm_up_days in params.yaml and the return windows in policy.yaml."
        )


def choose_candidates(
    outcomes: Outcomes, as_of: date, open_days: int, opted_out: npt.NDArray[np.bool_]
) -> tuple[Rows, dict[str, int]]:
    """Choose the lines that may be acted on: ordered before ``as_of`` and not shipped, cancelled or returned.

    Lines older than ``open_days`` are no longer waiting (sources without shipping times would otherwise have all
    lines open for ever), and customers who opted out of profiling are left out.

    Parameters
    ----------
    opted_out : of each line, shape (n_lines,)

    Returns
    -------
    rows, and how many open lines are left out, by reason
    """
    today = day_number(as_of)
    is_open = (outcomes.shipped_on >= today) & (outcomes.cancelled_on >= today) & (outcomes.returned_on >= today)
    recent = (outcomes.ordered_on < today) & (outcomes.ordered_on >= today - open_days)
    chosen = np.flatnonzero(is_open & recent & ~opted_out)
    left_out = {
        f"waiting for more than {open_days} days": int((is_open & ~recent).sum()),
        "of customers who opted out": int((is_open & recent & opted_out).sum()),
    }
    return Rows(chosen, np.full(len(chosen), today, dtype=np.int32)), left_out


def log_rows(kind: str, rows: int, left_out: dict[str, int]) -> None:
    """Log how many rows were chosen and how many lines were left out, by reason."""
    counts = ", ".join(f"{count} {reason}" for reason, count in left_out.items())
    _logger.info("%s: %d; left out: %s", kind, rows, counts)
