"""The history of a shop: the events of all its order lines, sorted on request by the key of an entity."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.history.events import build_events
from returns_risk.history.keys import Codes, KeyCodes
from returns_risk.history.outcomes import Outcomes
from returns_risk.history.sorts import sort_events

__all__ = ["SIZE_SCALE", "History", "KeyHistory", "has_letters", "line_sizes"]

SIZE_SCALE = 100
"""Sizes are summed in whole hundredths, and one size up, so that 0 means no size."""


@dataclass(frozen=True)
class KeyHistory:
    """Events key by key and, within a key, by day."""

    word: npt.NDArray[np.int64]
    """Packed events (``event_encoding``), shape (n_events,)."""
    money: npt.NDArray[np.int64]
    """Of each event, in 1 / MONEY_SCALE; empty where no column needs it."""
    size: npt.NDArray[np.int32]
    """Of the order line of each event (``line_sizes``); empty where no column needs it."""
    begins: npt.NDArray[np.int64]
    """Where the events of each key begin, shape (n_keys + 1,)."""


class History:
    """The events of all known order lines, in memory.

    It serves all training rows or a few candidates alike: which rows are asked for changes no event.

    Parameters
    ----------
    lines : known order lines, as given by ``join_attributes``
    outcomes : of the same lines
    """

    def __init__(self, lines: pd.DataFrame, outcomes: Outcomes) -> None:
        self.reasons = outcomes.reasons
        self.keys = KeyCodes(lines)
        self.sizes = line_sizes(lines)
        self.events = build_events(lines, outcomes)

    def sort_by_key(self, codes: Codes, *, with_money: bool, with_size: bool) -> KeyHistory:
        """Sort the events by the key of their order line.

        Parameters
        ----------
        codes : key of each order line, from 0, negative for none
        """
        events, count = self.events, int(codes.max(initial=-1)) + 1
        money = events.money if with_money else events.money[:0]
        sizes = self.sizes if with_size else self.sizes[:0]
        return KeyHistory(*sort_events(codes, events.line, events.word, money, sizes, count))


def line_sizes(lines: pd.DataFrame) -> npt.NDArray[np.int32]:
    """Return the rank of each line's size in hundredths, one up; below 0 for letters, 0 where there is no size."""
    if "size_rank" not in lines:
        return np.zeros(len(lines), dtype=np.int32)
    ranks = lines["size_rank"].to_numpy(dtype=np.float64)
    sizes = np.where(np.isnan(ranks), 0, np.rint((np.nan_to_num(ranks) + 1) * SIZE_SCALE)).astype(np.int32)
    return np.where(has_letters(lines["size"]), -sizes, sizes)


def has_letters(sizes: pd.Series) -> npt.NDArray[np.bool_]:
    """Say of each size whether it is written in letters, such as XL."""
    codes, names = pd.factorize(sizes)
    letters = np.array([*(any(sign.isalpha() for sign in str(name)) for name in names), False])
    return np.asarray(letters[codes])
