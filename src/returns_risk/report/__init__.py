"""Pages and pictures for people."""

from returns_risk.report.card import describe_models
from returns_risk.report.pages import write_cards

__all__ = ["describe_models", "write_cards"]
