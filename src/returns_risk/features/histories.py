"""The columns of all entities, computed side by side from the history of a shop."""

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from returns_risk.features.entities import RowFacts, entity_columns
from returns_risk.features.history_columns import share_name, share_sources
from returns_risk.features.history_definitions import HistoryDefinition
from returns_risk.features.program import Program, translate
from returns_risk.history.history import History
from returns_risk.history.keys import Codes

__all__ = ["sweep_entities"]

Values = npt.NDArray[np.float32]
Take = Callable[[list[str], Values], None]


def sweep_entities(
    definitions: list[HistoryDefinition], history: History, position: npt.NDArray[np.int64], rows: RowFacts, take: Take
) -> None:
    """Compute the columns of all entities; they run in parallel, and the number of threads changes no value.

    Parameters
    ----------
    definitions : parents before those that shrink towards them
    position : of each row among the lines of ``history``, shape (n_rows,)
    take : is called with names and values, float32 of shape (n_rows, n_columns), of each entity as soon as they are
        computed, from any thread
    """
    results: dict[str, Future[dict[str, Values]]] = {}
    by_entity = {definition.entity: definition for definition in definitions}
    parents = {definition.parent for definition in definitions}

    def compute(definition: HistoryDefinition, codes: Codes) -> dict[str, Values]:
        # Parents were submitted before, so that each result that is waited for is running or done.
        above = {} if definition.parent is None else dict(results[definition.parent].result())
        for reason, entity in share_sources(definition, by_entity).items():
            above[share_name(str(definition.parent), reason)] = results[entity].result()[share_name(entity, reason)]
        program, of_rows = translate(definition, history.reasons), codes[position]
        if not program.columns:
            # Of the entity only kept sizes or shares of reasons were asked for, and the source has none.
            return {}
        needed = _requested(codes, of_rows)
        events = history.sort_by_key(needed, with_money=program.with_money, with_size=definition.kept_size)
        block = entity_columns(definition, program, events, of_rows, rows, above)
        take([column.name for column in program.columns], block)
        return _rates_of_all_time(program, block) if definition.entity in parents else {}

    with ThreadPoolExecutor(max_workers=len(os.sched_getaffinity(0))) as pool:
        for definition in definitions:
            # Keys are factorized here: the cache of KeyCodes is not made for threads.
            results[definition.entity] = pool.submit(compute, definition, history.keys.codes(list(definition.key)))
        for future in results.values():
            future.result()


def _requested(codes: Codes, of_rows: Codes) -> Codes:
    """Leave out the keys that few requested rows do not have: their events need not be sorted."""
    if 4 * len(of_rows) > len(codes):
        return codes
    # The last place is that of the lines without a key.
    wanted = np.zeros(int(codes.max(initial=-1)) + 2, dtype=bool)
    wanted[of_rows] = True
    wanted[-1] = False
    return np.where(wanted[codes], codes, np.int32(-1))


def _rates_of_all_time(program: Program, block: Values) -> dict[str, Values]:
    """Copy the columns that entities below shrink towards."""
    return {
        column.name: block[:, number].copy()
        for number, column in enumerate(program.columns)
        if column.window == "all" and column.operation in ("rate", "reason_share")
    }
