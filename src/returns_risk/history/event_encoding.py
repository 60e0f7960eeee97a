"""Events packed into 64-bit words, and the events that each kind counts as."""

__all__ = [
    "COUNTS_AS", "DAY_AT", "EVENTS", "KINDS", "KIND_AT", "LAST_DAY", "LINES_AT", "MEASURES", "MONEY_SCALE",
    "MOST_LINES", "MOST_REASONS", "MOST_UNITS", "REASON_AT",
]  # fmt: skip

EVENTS = ("ordered", "returned", "closed", "kept", "cancelled", "settled")
"""The events that can be counted."""
MEASURES = ("lines", "units", "money")
MONEY_SCALE = 10_000
"""Money is summed in whole ten-thousandths: integers add up to the same sum in any order."""
COUNTS_AS = {
    "ordered": ("ordered",),
    "returned": ("returned",),
    "kept": ("closed", "kept", "settled"),
    "closed": ("closed", "settled"),
    "remainder": ("kept",),
    "cancelled": ("cancelled", "settled"),
    "revoked": ("cancelled",),
}
"""Kinds of events of a line, and the events that each counts as.

When its window closes, a line of which no unit came back is *kept*; any other is *closed*, and the units of it that
stayed are its *remainder*. A line is *cancelled* before its window has closed, *revoked* after.
"""
KINDS = tuple(COUNTS_AS)
"""Words hold their positions."""

_UNITS_BITS, _LINES_BITS, _REASON_BITS, _KIND_BITS, _DAY_BITS = 22, 11, 10, 3, 17
LINES_AT = _UNITS_BITS
REASON_AT = LINES_AT + _LINES_BITS
KIND_AT = REASON_AT + _REASON_BITS
DAY_AT = KIND_AT + _KIND_BITS
"""A word holds, from its lowest bits, units, lines, 1 + reason (0 for none), kind and the day since 1970-01-01."""
MOST_UNITS = 2**_UNITS_BITS - 1
MOST_LINES = 2**_LINES_BITS - 1
"""An event with more units takes several words; only their sums count."""
MOST_REASONS = 2**_REASON_BITS - 2
LAST_DAY = 2**_DAY_BITS - 1
"""2328-11-10; a later day counts as never."""
