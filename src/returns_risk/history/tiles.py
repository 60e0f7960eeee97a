"""Daily tiles of one key: cumulative sums by (key, day), from which any window is a difference."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from returns_risk.days import NEVER, Days
from returns_risk.history.events import Events

__all__ = ["Tiles", "build_tiles"]

_SPAN = np.int64(NEVER) + 1
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tiles:
    """Sums of the events of one kind per (key, day), cumulative over the sorted tiles."""

    keys: Codes
    """Sorted, unique code * 2**20 + day, shape (n_tiles,)."""
    cumulative: npt.NDArray[np.int64]
    """Sums of all tiles up to each one, behind a row of zeros, shape (n_tiles + 1, n_measures)."""

    def between(self, codes: Codes, start: Days, end: Days) -> npt.NDArray[np.int64]:
        """Return the sums of each key's events from day ``start`` on and before day ``end``.

        O(n log n_tiles). A negative code (no key) has no events.

        Parameters
        ----------
        codes, start, end : int arrays of shape (n,)

        Returns
        -------
        int64 of shape (n, n_measures)
        """
        return self.cumulative[self._position(codes, end)] - self.cumulative[self._position(codes, start)]

    def last_day(self, codes: Codes, end: Days) -> Days:
        """Return the day of each key's last event before day ``end``; ``NEVER`` where there is none."""
        if len(self.keys) == 0:
            return np.full(len(codes), NEVER, dtype=np.int32)
        found = self.keys[np.maximum(self._position(codes, end) - 1, 0)]
        is_own = (found // _SPAN == codes) & (found % _SPAN < end)
        return np.where(is_own, found % _SPAN, NEVER).astype(np.int32)

    def _position(self, codes: Codes, day: Days) -> npt.NDArray[np.int64]:
        # Days before the epoch would reach into the key before.
        return np.searchsorted(self.keys, codes * _SPAN + np.maximum(day, 0))


def build_tiles(events: Events, codes: Codes) -> Tiles:
    """Sum events by (key, day).

    O(n log n) in the number of events.

    Parameters
    ----------
    events : of one kind
    codes : key of each order line, shape (n_lines,); negative where the line has no such key
    """
    has_key = codes[events.line] >= 0
    keys = codes[events.line[has_key]] * _SPAN + events.day[has_key]
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    sums = np.add.reduceat(events.sums[has_key][order], starts, axis=0) if len(keys) else events.sums[:0]
    cumulative = np.zeros((len(starts) + 1, events.sums.shape[1]), dtype=np.int64)
    np.cumsum(sums, axis=0, out=cumulative[1:])
    return Tiles(keys[starts], cumulative)
