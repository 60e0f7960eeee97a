"""Checks contract tables against rules: quarantine, report, and the same rules as suites of Great Expectations.

The only package that imports ``great_expectations``, and only where its results are asked for: that takes seconds.
"""

from returns_risk.validation.checks import Check, Validation, raise_for_broken
from returns_risk.validation.context import ValidationContext
from returns_risk.validation.opt_outs import apply_opt_outs, mark_opt_outs
from returns_risk.validation.report import write_docs
from returns_risk.validation.validation import validate

__all__ = [
    "Check",
    "Validation",
    "ValidationContext",
    "apply_opt_outs",
    "mark_opt_outs",
    "raise_for_broken",
    "validate",
    "write_docs",
]
