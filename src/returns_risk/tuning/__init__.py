"""A search for parameters that would have done better on past as-of days."""

from returns_risk.tuning.search import Finding, tune

__all__ = ["Finding", "tune"]
