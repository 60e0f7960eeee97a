"""A night as one transaction: from the extract to the export, the ledger and the digest."""

from returns_risk.nightly.digest import Digest
from returns_risk.nightly.explain import ExplainedLine, explain_order, find_order
from returns_risk.nightly.feedback import read_feedback, store_feedback
from returns_risk.nightly.night import Night
from returns_risk.nightly.notify import Channels, alert, run_and_notify
from returns_risk.nightly.run import run_night
from returns_risk.nightly.withdrawal import Withdrawal, withdraw_night

__all__ = [
    "Channels",
    "Digest",
    "ExplainedLine",
    "Night",
    "Withdrawal",
    "alert",
    "explain_order",
    "find_order",
    "read_feedback",
    "run_and_notify",
    "run_night",
    "store_feedback",
    "withdraw_night",
]
