"""The sweep of each entity beside a replay in the order of time: seconds of one thread, equal numbers.

``python -m benchmarks.replay --lines 1000000``

The replay keeps the sums of all keys and windows in one array and goes through events and rows by day: no sort by key,
but each event and each row is somewhere else in that array. It computes sums alone; the sweep's other operations would
need more state of each key.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import pandas as pd

from benchmarks.history import definitions_of, make_lines, request_features
from returns_risk.features.entities import RowFacts, entity_columns
from returns_risk.features.program import translate
from returns_risk.history.event_encoding import DAY_AT, KIND_AT, LINES_AT, MOST_LINES, MOST_UNITS

__all__ = ["main"]

Array = npt.NDArray[Any]
_KIND_MASK = 2 ** (DAY_AT - KIND_AT) - 1


def main(arguments: list[str] | None = None) -> dict[str, tuple[float, float]]:
    """Measure both for each entity of ``benchmarks/history.py``, print and return the seconds."""
    parser = argparse.ArgumentParser(description="A replay in the order of time beside the sweep.")
    parser.add_argument("--lines", type=int, default=1_000_000, help="order lines, about")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        make_lines(Path(name, "lines"), options.lines)
        lines = pd.read_parquet(Path(name, "lines", "lines.parquet"))
    snapshot, rows = request_features(lines)
    history, quantity, price = (
        snapshot.history,
        *(lines[name].to_numpy(np.float64) for name in ("quantity", "unit_price")),
    )
    facts = RowFacts(snapshot.outcomes.ordered_on, rows.as_of, quantity, price, history.sizes)
    by_as_of = facts.by_as_of
    figures = {}
    for definition in definitions_of().history:
        codes, program = history.keys.codes(list(definition.key)), translate(definition, history.reasons)

        def sweep(definition: Any = definition, program: Any = program, codes: Array = codes) -> Array:
            events = history.sort_by_key(codes, with_money=program.with_money, with_size=False)
            return entity_columns(definition, program, events, codes, facts, {})

        def replay(program: Any = program, codes: Array = codes) -> Array:
            windows, slots, adds, _, _, operations, scales = program.kernel
            state = np.zeros((int(codes.max()) + 1, len(windows) + 2, slots), dtype=np.int64)
            out = np.empty((len(codes), len(operations)), dtype=np.float32)
            events = (history.events.line, history.events.word, history.events.money)
            _replay(events, codes, by_as_of, rows.as_of, windows, adds, operations, scales, state, out)
            return out

        (swept, ours), (replayed, theirs) = _time(sweep), _time(replay)
        np.testing.assert_array_equal(ours, theirs)
        figures[definition.entity] = (swept, replayed)
        keys = int(codes.max()) + 1
        print(f"{definition.entity}: {keys:,} keys, sort and sweep {swept:.2f} s, replay {replayed:.2f} s")
    return figures


def _time(compute: Callable[[], Array]) -> tuple[float, Array]:
    # The first call compiles.
    compute()
    begun = time.thread_time()
    values = compute()
    return time.thread_time() - begun, values


@numba.njit(nogil=True)  # type: ignore[untyped-decorator]
def _replay(
    events: tuple[Array, Array, Array],
    codes: Array,
    by_as_of: Array,
    as_of: Array,
    windows: Array,
    adds: tuple[Array, Array],
    operations: Array,
    scales: Array,
    state: Array,
    out: Array,
) -> None:
    """Fill in the sums of all rows; ``state`` has the sums of each key, as those of one key in ``sweep``."""
    lines, words, money = events
    begins, pairs = adds
    spans = len(windows)
    heads = np.zeros(spans + 1, dtype=np.int64)
    for row in by_as_of:
        for span in range(spans + 1):
            is_total = span == spans
            until = np.int64(as_of[row] if is_total else as_of[row] - windows[span]) << DAY_AT
            head, into = heads[span], spans + 1 if is_total else span
            while head < len(words) and words[head] < until:
                word, sums = words[head], state[codes[lines[head]], into]
                kind = (word >> KIND_AT) & _KIND_MASK
                for at in range(begins[kind], begins[kind + 1]):
                    measure = pairs[at, 1]
                    if measure == 0:
                        sums[pairs[at, 0]] += (word >> LINES_AT) & MOST_LINES
                    else:
                        sums[pairs[at, 0]] += word & MOST_UNITS if measure == 1 else money[head]
                head += 1
            heads[span] = head
        sums_of_key = state[codes[row]]
        for column in range(len(operations)):
            window, slot = operations[column, 1], operations[column, 2]
            out[row, column] = (sums_of_key[spans + 1, slot] - sums_of_key[window, slot]) * scales[column]


if __name__ == "__main__":
    main()
