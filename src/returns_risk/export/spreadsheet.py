"""Protect text from being run or changed by spreadsheets."""

import re

__all__ = ["spreadsheet_safe"]

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)"
# Numbers and times, and what reads as a day of a month: 1-Mar, SEP12.
_CHANGED_BY_SPREADSHEETS = re.compile(
    rf" *(?:[\d.,:/e+-]*\d[\d.,:/e+-]*|\d+[-/. ]?{_MONTH}(?:[-/. ]?\d+)?|{_MONTH}[-/. ]?\d+) *", re.IGNORECASE
)


def spreadsheet_safe(text: str, *, is_id: bool = False) -> str:
    """Put an apostrophe before text that a spreadsheet would run as a formula, or before an id it would change.

    >>> spreadsheet_safe("=HYPERLINK(1)"), spreadsheet_safe("00123", is_id=True), spreadsheet_safe("AB-1", is_id=True)
    ("'=HYPERLINK(1)", "'00123", 'AB-1')
    """
    changes = is_id and _CHANGED_BY_SPREADSHEETS.fullmatch(text) is not None
    return f"'{text}" if changes or text.lstrip(" ").startswith(_FORMULA_STARTS) else text
