"""The doctor: what a source would bring into the chain, and whether the chain would accept it."""

from returns_risk.doctor.examine import examine, first_as_of
from returns_risk.doctor.findings import Findings
from returns_risk.doctor.page import render_page

__all__ = ["Findings", "examine", "first_as_of", "render_page"]
