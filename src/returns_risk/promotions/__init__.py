"""Which model is champion, why, and how it became so."""

from returns_risk.promotions.comparison import Comparison, Contender, compare, fetch_contender
from returns_risk.promotions.moves import Outcome, promote, promotions_of, roll_back, verify

__all__ = [
    "Comparison",
    "Contender",
    "Outcome",
    "compare",
    "fetch_contender",
    "promote",
    "promotions_of",
    "roll_back",
    "verify",
]
