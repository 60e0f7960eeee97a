"""The returns: when they arrive, which reason is ticked, in which condition, and what the customer writes."""

import numpy as np

from shop_simulator.comments import draw_comments
from shop_simulator.growing import Table
from shop_simulator.seasons import Calendar
from shop_simulator.world import DAY, REASON_CODES, REASONS, Flags, Floats, Ints, Times, of_market

__all__ = ["CODE_SHARES", "draw_returns", "return_table"]

_DELAYS = np.array([[3.2, 5.2], [3.2, 5.2], [3.0, 5.0], [1.9, 5.0], [1.3, 6.0], [3.0, 3.4], [1.5, 6.0], [2.4, 2.5]])
"""Beta distribution of the delay as a share of the window, by reason."""
_FEAST = (12, 27)
"""First day on which presents come back after Christmas."""
CODE_SHARES = np.array(
    # Rows: true reason; columns: too_small ... gift, other. Many just tick "other".
    [
        [0.76, 0.02, 0.02, 0.00, 0.00, 0.04, 0.00, 0.00, 0.16],
        [0.02, 0.76, 0.02, 0.00, 0.00, 0.04, 0.00, 0.00, 0.16],
        [0.01, 0.01, 0.62, 0.06, 0.00, 0.06, 0.00, 0.00, 0.24],
        [0.00, 0.00, 0.06, 0.68, 0.05, 0.03, 0.00, 0.00, 0.18],
        [0.00, 0.00, 0.01, 0.06, 0.78, 0.01, 0.01, 0.00, 0.13],
        [0.03, 0.03, 0.04, 0.01, 0.00, 0.45, 0.00, 0.00, 0.44],
        [0.00, 0.00, 0.00, 0.00, 0.02, 0.08, 0.62, 0.00, 0.28],
        [0.02, 0.02, 0.00, 0.00, 0.00, 0.18, 0.00, 0.46, 0.32],
    ]
)
"""Share of each code that is ticked, by the true reason; shape (n_reasons, n_codes)."""


def return_table() -> Table:
    """Return an empty table of returns in the order of their shipment.

    ``line``; ``received``; ``quantity``; ``reason``, the true one, and ``code``, the one ticked, positions in
    ``REASONS`` and ``REASON_CODES``; ``condition``; ``comment``, as ``comments`` numbers them, -1 for none;
    ``fault``, chance of a planted fault, 0 to 1.
    """
    codes = dict.fromkeys(("quantity", "reason", "code", "condition"), "i1")
    return Table({"line": "i4", "received": "M8[s]", **codes, "comment": "i4", "fault": "f4"})


def draw_returns(
    rng: np.random.Generator,
    returns: Table,
    calendar: Calendar,
    line: Ints,
    *,
    delivered: Times,
    market: Ints,
    quantity: Ints,
    reason: Ints,
    overdue: Flags,
    evening: Flags,
    language: Ints,
) -> Ints:
    """Add the return of each line given; all arguments have shape (n_returns,). Return their days."""
    received_on = _draw_day(rng, calendar, delivered, market, reason, overdue, evening)
    code = (rng.random(len(line))[:, None] >= np.cumsum(CODE_SHARES, axis=1)[reason]).sum(axis=1)
    second = rng.integers(7 * 3600, 17 * 3600, len(line)).astype("m8[s]")
    received = received_on.astype("M8[D]").astype("M8[s]") + second
    returns.append(
        {
            "line": line,
            "received": received,
            "quantity": rng.integers(1, quantity.astype(np.int64), endpoint=True),
            "reason": reason,
            "code": np.minimum(code, len(REASON_CODES) - 1),
            "condition": _draw_condition(rng, evening, reason),
            "comment": draw_comments(rng, language, reason),
            "fault": rng.random(len(line)),
        }
    )
    return received_on


def _draw_day(
    rng: np.random.Generator,
    calendar: Calendar,
    delivered: Times,
    market: Ints,
    reason: Ints,
    overdue: Flags,
    evening: Flags,
) -> Ints:
    """Return the working day of receipt: in the window, save for those that are overdue."""
    window = of_market("return_window_days").astype(int)[market]
    short = window < 20
    share = rng.beta(_DELAYS[reason, 0] * np.where(short, 1.6, 1.0), _DELAYS[reason, 1] * np.where(short, 0.8, 1.0))
    # Articles worn for one evening come back after it.
    share = np.where(evening, np.sqrt(share), share)
    arrived = delivered.astype("M8[D]").astype(np.int64)
    wait = np.maximum(np.floor(share * (window + 1)).astype(int), 1)
    wait = np.where(reason == REASONS.index("gift"), _after_feast(rng, arrived, window, wait), wait)
    day = calendar.on_or_before(arrived + np.minimum(wait, window), market)
    late = calendar.on_or_after(arrived + window + rng.integers(1, 15, len(window)), market)
    return np.where(overdue, late, np.maximum(day, arrived + 1))


def _after_feast(rng: np.random.Generator, arrived: Ints, window: Ints, wait: Ints) -> Ints:
    """Return how long presents of December stay: past Christmas where the window allows, soon after it."""
    year = arrived.astype("M8[D]").astype("M8[Y]")
    feast = year.astype("M8[M]") + (_FEAST[0] - 1)
    from_feast = (feast.astype("M8[D]") + (_FEAST[1] - 1) * DAY).astype(np.int64) - arrived
    soon = from_feast + rng.geometric(0.18, len(arrived)) - 1
    december = (from_feast > 0) & (from_feast < 45)
    return np.where(december, np.minimum(soon, window), wait)


def _draw_condition(rng: np.random.Generator, evening: Flags, reason: Ints) -> Ints:
    damaged = np.where(reason == REASONS.index("damaged"), 0.9, 0.015)
    worn = np.where(evening, 0.6, 0.04)
    weights: Floats = np.column_stack([(1 - damaged) * (1 - worn), (1 - damaged) * worn, damaged])
    condition: Ints = (rng.random(len(reason))[:, None] >= np.cumsum(weights, axis=1)[:, :-1]).sum(axis=1)
    return condition
