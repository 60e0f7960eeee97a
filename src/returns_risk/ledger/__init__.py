"""What was scored, decided, exported and learnt back: rows that are added and never changed."""

from returns_risk.ledger.chain import Entry
from returns_risk.ledger.store import Ledger, Run, ledger_url
from returns_risk.ledger.verification import Verified

__all__ = ["Entry", "Ledger", "Run", "Verified", "ledger_url"]
