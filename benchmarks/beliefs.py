"""Sequential beliefs: lines a second of one core, against the same filter in plain Python, and equal numbers.

``python benchmarks/beliefs.py --lines 1000000 --plain-lines 20000``

Each line has 20 keys of which most are rare, is read on the day after its order and learnt from 30 days later.
"""

import argparse
import math
import time
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from returns_risk.history.beliefs import Prior, empty_state, follow_beliefs, join_codes

__all__ = ["main"]

KEYS, DAYS, WAIT = 20, 500, 30
BIAS, VARIANCE = -0.7, 0.05


def main() -> None:
    """Print lines a second of both, and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--plain-lines", type=int, default=20_000)
    options = parser.parse_args()
    compiled(*make_lines(1000))
    _, seconds = compiled(*make_lines(options.lines))
    print(f"compiled: {options.lines / seconds:,.0f} lines a second, {KEYS} keys ({options.lines:,} lines)")
    columns, day, returned = make_lines(options.plain_lines)
    fast, seconds = compiled(columns, day, returned)
    slow, plain_seconds = plain(columns, day, returned)
    np.testing.assert_allclose(fast, slow, rtol=1e-5)
    print(f"plain Python: {options.plain_lines / plain_seconds:,.0f} ({options.plain_lines:,} lines)")
    print(f"ratio on the same lines: {plain_seconds / seconds:,.0f}, equal numbers")


def make_lines(count: int) -> tuple[list[npt.NDArray[np.int32]], npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """Return keys, day of the order, and outcome of lines in the order of their days."""
    rng = np.random.default_rng(7)
    day = np.sort(rng.integers(0, DAYS, count)).astype(np.int32)
    # From a handful of keys, as of markets, to two for three lines, as of customers with a style.
    sizes = np.geomspace(5, 1.5 * count, KEYS).astype(np.int64)
    columns = [(size * rng.random(count) ** 2).astype(np.int32) for size in sizes]
    return columns, day, rng.random(count) < 0.25


def compiled(
    columns: list[npt.NDArray[np.int32]], day: npt.NDArray[np.int32], returned: npt.NDArray[np.bool_]
) -> tuple[npt.NDArray[np.float32], float]:
    """Return the risk of each line, and the processor seconds it took from keys to columns."""
    start = time.process_time()
    position = np.arange(len(day), dtype=np.int64)
    codes, count = join_codes(columns, position[:0])
    out = np.empty((len(day), 4), dtype=np.float32)
    updates = (position.astype(np.int32), day + np.int32(WAIT), returned)
    rows = (position, day + np.int32(1))
    groups = np.zeros(KEYS, dtype=np.int64)
    follow_beliefs(codes, empty_state(count), Prior(BIAS, np.full(KEYS, VARIANCE)), updates, rows, groups, out)
    return out[:, 0], time.process_time() - start


def plain(
    columns: list[npt.NDArray[np.int32]], day: npt.NDArray[np.int32], returned: npt.NDArray[np.bool_]
) -> tuple[list[float], float]:
    """Return the same from dictionaries."""
    start, normal = time.process_time(), NormalDist()
    keys = [list(enumerate(row)) for row in zip(*(column.tolist() for column in columns), strict=True)]
    beliefs: dict[tuple[int, int], tuple[float, float]] = {}
    risks, learnt = [], 0
    for line in range(len(day)):
        while day[learnt] + WAIT < day[line] + 1:
            now = {key: beliefs.get(key, (0.0, VARIANCE)) for key in keys[learnt]}
            sign = 1 if returned[learnt] else -1
            deviation = math.sqrt(1 + sum(variance for _, variance in now.values()))
            surprise = sign * (BIAS + sum(mean for mean, _ in now.values())) / deviation
            ratio = normal.pdf(surprise) / normal.cdf(surprise)
            for key, (mean, variance) in now.items():
                shrunken = variance * (1 - variance / deviation**2 * ratio * (ratio + surprise))
                beliefs[key] = (mean + sign * variance / deviation * ratio, shrunken)
            learnt += 1
        read = [beliefs.get(key, (0.0, VARIANCE)) for key in keys[line]]
        total, spread = (sum(item[part] for item in read) for part in (0, 1))
        risks.append(normal.cdf((BIAS + total) / math.sqrt(1 + spread)))
    return risks, time.process_time() - start


if __name__ == "__main__":
    main()
