"""The returns: when they arrive, for which reason, in which condition, and what the customer writes."""

from dataclasses import dataclass

import numpy as np

from returns_risk.simulate.behaviour import Risk
from returns_risk.simulate.catalogue import Catalogue
from returns_risk.simulate.comments import draw_comments
from returns_risk.simulate.customers import LANGUAGES, Customers
from returns_risk.simulate.fulfilment import Fulfilment
from returns_risk.simulate.orders import Orders
from returns_risk.simulate.world import MARKETS, REASONS, Flags, Floats, Ints, Times

__all__ = ["CONDITIONS", "Returns", "draw_returns"]

CONDITIONS = ("new", "worn", "damaged")
_GOODWILL = 0.01
"""Share of returns accepted after the window has closed."""
_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Returns:
    """Returns line by line, arrays of shape (n_returns,)."""

    line: Ints
    received: Times
    quantity: Ints
    reason: Ints
    """Position in ``REASONS``."""
    condition: Ints
    comment: list[str]
    """Empty for none."""


def draw_returns(
    rng: np.random.Generator,
    customers: Customers,
    catalogue: Catalogue,
    orders: Orders,
    fulfilment: Fulfilment,
    risk: Risk,
    returned: Flags,
) -> Returns:
    """Draw the return of each line that comes back, however far in the future; a cancelled line has none."""
    line = np.flatnonzero(returned & ~np.isnat(fulfilment.delivered))
    reason = _draw_reason(rng, catalogue, orders, fulfilment, risk, line)
    buyer = orders.customer[orders.lines.order[line]]
    return Returns(
        line=line,
        received=_draw_received(rng, orders, fulfilment, risk, line),
        quantity=rng.integers(1, orders.lines.quantity[line], endpoint=True),
        reason=reason,
        condition=_draw_condition(rng, risk.wardrobed[line], reason),
        comment=draw_comments(rng, [LANGUAGES[code] for code in customers.language[buyer]], reason),
    )


def _draw_received(rng: np.random.Generator, orders: Orders, fulfilment: Fulfilment, risk: Risk, line: Ints) -> Times:
    """Return when the parcel is back: about a third into a long window, past the middle of a short one."""
    market = orders.market[orders.lines.order[line]]
    window = np.array([m.return_window_days for m in MARKETS])[market]
    long = window > 20
    share = rng.beta(np.where(long, 2.6, 4.2), np.where(long, 4.8, 2.6))
    # An evening lies between: what is worn once comes back later.
    share = np.where(risk.wardrobed[line], np.sqrt(share), share)
    wait = np.maximum(np.floor(share * window), 1)
    late = window + rng.integers(1, 15, len(line))
    wait = np.where(rng.random(len(line)) < _GOODWILL, late, wait).astype(np.int64)
    day = fulfilment.delivered[line].astype("datetime64[D]") + wait * _DAY
    # The warehouse rests on Sundays, which are 3 modulo 7 in days since 1970-01-01.
    day = day + (day.astype(np.int64) % 7 == 3) * _DAY
    received: Times = day.astype("datetime64[s]") + rng.integers(7 * 3600, 17 * 3600, len(line)).astype(
        "timedelta64[s]"
    )
    return received


def _draw_reason(
    rng: np.random.Generator, catalogue: Catalogue, orders: Orders, fulfilment: Fulfilment, risk: Risk, line: Ints
) -> Ints:
    """Draw the reason given, in the order of ``REASONS``; many customers just tick *other*."""
    style = orders.lines.style[line]
    fit = np.where(catalogue.sizes[style] > 1, risk.fit[line], 0.0)
    tardy = fulfilment.delivered[line] > fulfilment.promised[orders.lines.order[line]]
    constant = np.ones(len(line))
    weights = np.column_stack(
        [
            2.0 * np.maximum(-fit - 0.1, 0),
            2.0 * np.maximum(fit - 0.1, 0),
            0.25 * np.exp(0.8 * catalogue.dishonesty[style]),
            0.20 * np.exp(-0.8 * catalogue.quality[style]),
            0.06 * constant,
            0.35 + 1.5 * risk.wardrobed[line],
            0.02 + 0.30 * tardy,
            0.65 * constant,
        ]
    )
    return _draw_column(rng, weights)


def _draw_condition(rng: np.random.Generator, wardrobed: Flags, reason: Ints) -> Ints:
    damaged = np.where(reason == REASONS.index("damaged"), 0.9, 0.015)
    worn = np.where(wardrobed, 0.6, 0.04)
    return _draw_column(rng, np.column_stack([(1 - damaged) * (1 - worn), (1 - damaged) * worn, damaged]))


def _draw_column(rng: np.random.Generator, weights: Floats) -> Ints:
    """Draw one column per row, with odds as given, shape (n_rows,)."""
    total = np.cumsum(weights, axis=1)
    drawn: Ints = (rng.random(len(weights))[:, None] * total[:, -1:] >= total[:, :-1]).sum(axis=1)
    return drawn
