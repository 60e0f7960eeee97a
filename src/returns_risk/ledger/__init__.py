"""Append-only record of what was scored, decided, exported, done and learnt."""

from returns_risk.ledger.chain import Entry
from returns_risk.ledger.queries import Run
from returns_risk.ledger.store import Ledger, ledger_url, recorded_policy
from returns_risk.ledger.verification import Verified

__all__ = ["Entry", "Ledger", "Run", "Verified", "ledger_url", "recorded_policy"]
