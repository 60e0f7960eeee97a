"""The outcomes of order lines in the order in which they are learnt from."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.contract.days import NEVER, Days
from returns_risk.history.keys import Hashes
from returns_risk.history.outcomes import Outcomes

__all__ = ["Updates", "hash_ids", "order_updates", "outcome_days", "sort_updates"]

_HASH_BITS = 44


class Updates(NamedTuple):
    """Known outcomes, by day and within a day by the hash of their line's id; arrays of shape (n_updates,)."""

    line: npt.NDArray[np.int32]
    """Position of the order line."""
    day: Days
    """It counts from the day after."""
    returned: npt.NDArray[np.bool_]

    def before(self, day: int) -> "Updates":
        """Return the outcomes that are known at the start of a day."""
        end = int(np.searchsorted(self.day, day))
        return Updates(self.line[:end], self.day[:end], self.returned[:end])


def order_updates(lines: pd.DataFrame, outcomes: Outcomes) -> Updates:
    """List the outcomes of lines, each on the day its return window closed.

    Returns are known earlier, but keeping is not: beliefs that learnt of returns on receipt would run high for whatever
    was ordered lately (docs/decisions/014-sequential-beliefs.md has the figures). A line that was cancelled by then has
    no outcome. The order of ``lines`` changes nothing.

    Parameters
    ----------
    lines : order_lines with a RangeIndex
    outcomes : of the same lines
    """
    day, returned = outcome_days(outcomes)
    chosen = np.flatnonzero(day < NEVER)
    ids = lines["line_id"].to_numpy(dtype=object)[chosen]
    order = sort_updates(day[chosen], hash_ids(ids), ids)
    line = chosen[order].astype(np.int32)
    return Updates(line, day[line], returned[line])


def outcome_days(outcomes: Outcomes) -> tuple[Days, npt.NDArray[np.bool_]]:
    """Return the day of the outcome of each line, ``NEVER`` where it has none, and whether it was returned."""
    returned = outcomes.returned_on <= outcomes.closes_on
    fulfilled = outcomes.closes_on < outcomes.cancelled_on
    return np.where(fulfilled, outcomes.closes_on, NEVER).astype(np.int32), returned


def hash_ids(ids: npt.NDArray[np.object_]) -> Hashes:
    """Return the hash of each id, the same on every machine."""
    return pd.util.hash_array(ids, categorize=False)


def sort_updates(day: Days, hashes: Hashes, ids: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return the order of outcomes: by day, then by the hash of their line's id, then by the id."""
    # The day and as much of the hash as fits into one number: numbers are sorted faster than pairs.
    places = (day.astype(np.uint64) << np.uint64(_HASH_BITS)) | (hashes >> np.uint64(64 - _HASH_BITS))
    order = np.argsort(places)
    equal = np.flatnonzero(np.diff(places[order]) == 0)
    if len(equal):
        tied = np.unique([equal, equal + 1])
        order[tied] = sorted(order[tied], key=lambda update: (day[update], hashes[update], ids[update]))
    return order
