"""Atomic writes of the flagged orders, for spreadsheets and for programmes."""

from returns_risk.exports.handoff import add_evidence
from returns_risk.exports.lines import (
    add_certainty,
    add_context,
    add_decisions,
    add_return_reason,
    describe_export,
    flag,
    least_share,
    share_reasons,
    write_export,
)
from returns_risk.exports.spreadsheet import spreadsheet_safe

__all__ = [
    "add_certainty",
    "add_context",
    "add_decisions",
    "add_evidence",
    "add_return_reason",
    "describe_export",
    "flag",
    "least_share",
    "share_reasons",
    "spreadsheet_safe",
    "write_export",
]
