"""Which model is champion, why, and how it became so."""

from returns_risk.promotions.comparison import Comparison, Contender, compare, fetch_contender
from returns_risk.promotions.ledger import Ledger, Row
from returns_risk.promotions.moves import Outcome, promote, roll_back, verify

__all__ = [
    "Comparison",
    "Contender",
    "Ledger",
    "Outcome",
    "Row",
    "compare",
    "fetch_contender",
    "promote",
    "roll_back",
    "verify",
]
