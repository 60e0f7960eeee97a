"""An event in one 64-bit word, and what each kind of event counts as."""

__all__ = [
    "COUNTS_AS",
    "DAY_AT",
    "EVENTS",
    "KINDS",
    "KIND_AT",
    "LAST_DAY",
    "LINES_AT",
    "MEASURES",
    "MONEY_SCALE",
    "MOST_LINES",
    "MOST_REASONS",
    "MOST_UNITS",
    "REASON_AT",
]

EVENTS = ("ordered", "returned", "closed", "kept", "cancelled", "settled")
"""What can be counted."""
MEASURES = ("lines", "units", "money")
MONEY_SCALE = 10_000
"""Money is summed in whole ten-thousandths: integers add up to the same sum in any order."""
COUNTS_AS = {
    "ordered": ("ordered",),
    "returned": ("returned",),
    "kept": ("closed", "kept", "settled"),
    "closed": ("closed", "settled"),
    "rest": ("kept",),
    "cancelled": ("cancelled", "settled"),
    "revoked": ("cancelled",),
}
"""What happens to a line, and what each of it counts as.

A window that closes over a line of which nothing came back is *kept*; over any other it is *closed*, and the *rest* is
what stayed of it. A line is *cancelled* before its window has closed, *revoked* after.
"""
KINDS = tuple(COUNTS_AS)
"""Their positions stand in the words."""

_UNITS_BITS, _LINES_BITS, _REASON_BITS, _KIND_BITS, _DAY_BITS = 22, 11, 10, 3, 17
LINES_AT = _UNITS_BITS
REASON_AT = LINES_AT + _LINES_BITS
KIND_AT = REASON_AT + _REASON_BITS
DAY_AT = KIND_AT + _KIND_BITS
"""A word holds, from its lowest bits, units, lines, 1 + reason (0 for none), kind and the day since 1970-01-01."""
MOST_UNITS = 2**_UNITS_BITS - 1
MOST_LINES = 2**_LINES_BITS - 1
"""More units or lines than this stand in several words; their sums are what counts."""
MOST_REASONS = 2**_REASON_BITS - 2
LAST_DAY = 2**_DAY_BITS - 1
"""2328-11-10; what is later has not happened."""
