"""Append-only, hash-chained record of runs, exports, promotions and feedback."""

from returns_risk.ledger.engine import ledger_url
from returns_risk.ledger.queries import Run
from returns_risk.ledger.rows import Entry
from returns_risk.ledger.store import Ledger, recorded_policy
from returns_risk.ledger.verification import Verified

__all__ = ["Entry", "Ledger", "Run", "Verified", "ledger_url", "recorded_policy"]
