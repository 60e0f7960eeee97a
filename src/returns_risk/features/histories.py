"""All entities' history, side by side, from the events of all lines or from what is kept of them."""

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.features.definitions import HistoryDefinition
from returns_risk.features.entities import KeyHistory, Rows, entity_columns
from returns_risk.features.keys import KeyCodes
from returns_risk.features.program import SIZE_SCALE, Program, translate
from returns_risk.history import Outcomes
from returns_risk.history.events import build_events
from returns_risk.history.manifest import Manifest
from returns_risk.history.sorts import sort_events
from returns_risk.history.state import read_tiles

__all__ = ["Histories", "KeptHistories", "LineHistories", "line_sizes", "sweep_entities"]

Values = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int64]


class Histories(Protocol):
    """Where the history of the rows' keys comes from."""

    @property
    def reasons(self) -> tuple[str, ...]:
        """Reasons by their numbers in the words."""

    def prepare(self, definition: HistoryDefinition) -> Callable[[Program], KeyHistory]:
        """Say how to get an entity's history; what is returned may be called in another thread."""


class LineHistories:
    """The events of all known lines."""

    def __init__(self, lines: pd.DataFrame, outcomes: Outcomes, position: Positions) -> None:
        self.reasons = outcomes.reasons
        self._events = build_events(lines, outcomes)
        self._keys = KeyCodes(lines)
        self._sizes = line_sizes(lines)
        self._position = position

    def prepare(self, definition: HistoryDefinition) -> Callable[[Program], KeyHistory]:
        """Sort the events by the entity's keys."""
        codes = self._keys.of(list(definition.key))

        def history(program: Program) -> KeyHistory:
            events, count = self._events, int(codes.max(initial=-1)) + 1
            money = events.money if program.with_money else events.money[:0]
            sizes = self._sizes if definition.kept_size else self._sizes[:0]
            word, money, size, begins = sort_events(codes, events.line, events.word, money, sizes, count)
            return KeyHistory(word, money, size, begins, codes[self._position])

        return history


class KeptHistories:
    """The tiles that are kept, of the rows' keys only."""

    def __init__(self, folder: Path, manifest: Manifest, lines: pd.DataFrame, position: Positions) -> None:
        self.reasons = manifest.reasons
        self._folder, self._manifest = folder, manifest
        self._keys = KeyCodes(lines)
        self._position = position

    def prepare(self, definition: HistoryDefinition) -> Callable[[Program], KeyHistory]:
        """Read the tiles of the rows' keys."""
        key = list(definition.key)
        of_line = self._keys.of(key)
        hashes = self._keys.hashes(key, of_line)
        rows = of_line[self._position]
        there = rows >= 0
        asked, places = np.unique(hashes[rows[there]], return_inverse=True)
        codes = np.full(len(rows), -1, dtype=np.int32)
        codes[there] = places

        def history(program: Program) -> KeyHistory:
            tiles = read_tiles(self._folder, self._manifest, definition.entity, asked)
            # A key without any history has none of its tiles there.
            lengths = np.zeros(len(asked), dtype=np.int64)
            lengths[np.searchsorted(asked, tiles.key)] = np.diff(tiles.begins)
            begins = np.concatenate([[0], np.cumsum(lengths)])
            money = tiles.money if program.with_money else tiles.money[:0]
            return KeyHistory(tiles.word, money, tiles.size if definition.kept_size else tiles.size[:0], begins, codes)

        return history


def sweep_entities(
    definitions: list[HistoryDefinition], histories: Histories, rows: Rows, take: Callable[[list[str], Values], None]
) -> None:
    """Compute the columns of all entities; they run beside each other, and how many do changes no value.

    Parameters
    ----------
    definitions : parents before those that shrink towards them
    rows : the lines that are asked for
    take : is given names and values, float32 of shape (n_rows, n_columns), of each entity as soon as they are there,
        by one thread at a time or another; what it does not keep is gone
    """
    done: dict[str, Future[dict[str, Values]]] = {}
    parents = {one.parent for one in definitions}

    def compute(one: HistoryDefinition, history: Callable[[Program], KeyHistory]) -> dict[str, Values]:
        # Parents were submitted before, so that what is waited for is running or done.
        above = {} if one.parent is None else done[one.parent].result()
        program = translate(one, histories.reasons)
        block = entity_columns(one, program, history(program), rows, above)
        take([column.name for column in program.columns], block)
        return _for_entities_below(program, block) if one.entity in parents else {}

    with ThreadPoolExecutor(max_workers=len(os.sched_getaffinity(0))) as pool:
        for one in definitions:
            done[one.entity] = pool.submit(compute, one, histories.prepare(one))
        for future in done.values():
            future.result()


def line_sizes(lines: pd.DataFrame) -> npt.NDArray[np.int32]:
    """Return the size of each line in hundredths of a step, 0 for none."""
    if "size_rank" not in lines:
        return np.zeros(len(lines), dtype=np.int32)
    ranks = lines["size_rank"].to_numpy(dtype=np.float64)
    return np.where(np.isnan(ranks), 0, np.rint((np.nan_to_num(ranks) + 1) * SIZE_SCALE)).astype(np.int32)


def _for_entities_below(program: Program, block: Values) -> dict[str, Values]:
    """Copy the rate and the shares of all time."""
    return {
        column.name: block[:, number].copy()
        for number, column in enumerate(program.columns)
        if column.window == "all" and column.operation in ("rate", "reason_share")
    }
