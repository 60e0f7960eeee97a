"""Pages and pictures for people."""

from returns_risk.report.card import describe_models
from returns_risk.report.nightly import HISTORY, describe_run, render_run
from returns_risk.report.pages import write_cards

__all__ = ["HISTORY", "describe_models", "describe_run", "render_run", "write_cards"]
