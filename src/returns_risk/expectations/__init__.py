"""Checks contract tables with Great Expectations: suites, quarantine, report.

The only package that imports ``great_expectations``, and only where it runs.
"""

from returns_risk.expectations.checks import Check, Validation, raise_for_broken
from returns_risk.expectations.opt_outs import apply_opt_outs
from returns_risk.expectations.validation import validate

__all__ = ["Check", "Validation", "apply_opt_outs", "raise_for_broken", "validate"]
