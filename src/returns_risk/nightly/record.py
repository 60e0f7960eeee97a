"""What the ledger records of a night: enough to recompute each decision."""

from typing import Any

import pandas as pd

from returns_risk.config.policy import Policy
from returns_risk.ledger import Entry
from returns_risk.nightly.models import Models
from returns_risk.nightly.night import Night
from returns_risk.nightly.score import StagedRun
from returns_risk.scoring import ScoredRun

__all__ = ["record_run"]

_COLUMNS = [
    "order_id", "line_id", "customer_id", "sku", "risk", "risk_low", "risk_high", "evidence", "return_reason",
    "return_reason_share", "flagged", "decision", "intervention", "arm", "value", "value_low", "value_high",
    "no_action_reason", "market", "warehouse", "category", "currency", "line_value", "shadow_intervention",
    "shadow_value", "suggested_size", "resolution", "message_to", "message_language", "message_subject", "message",
]  # fmt: skip

_PRIVATE: Any = {"nightly": True, "cluster": {"address"}}
"""Parameters that may contain addresses and passwords."""


def record_run(night: Night, policy: Policy, models: Models, run: StagedRun) -> Entry:
    """Append a run to the ledger: versions, parameters, policy, counts, and one row a candidate.

    Raises
    ------
    LedgerError
        The ledger cannot be written.
    """
    content = {
        "model": {"version": models.version.number, "bundle": models.version.bundle},
        "reason_model": models.version.reason or None,
        "params": night.params.model_dump(
            mode="json", by_alias=True, exclude={"nightly": True, "cluster": {"address"}}
        ),
        "policy_sha256": policy.sha256,
        # As text, since the ledger sorts the keys of objects, and exports keep the policy's order.
        "policy": policy.model_dump_json(),
        "backfill": night.backfill,
        "summary": run.summary,
    }
    lines = _ledger_lines(run.scored, list(models.scoring.risk.encoding_.columns))
    return night.ledger.append_run(night.source, night.as_of, night.at, content, lines)


def _ledger_lines(run: ScoredRun, features: list[str]) -> pd.DataFrame:
    """Return one row a candidate.

    Each has its scores, its decision and the ``shares`` of the reasons, so that the value of each intervention can be
    recomputed; a flagged line its reasons and what they rest on; a line with a plan also its ``features``, so that its
    risk can be.
    """
    lines = run.candidates
    seen = pd.Series(_json_rows(run.features[features]), dtype=object)
    return lines[[name for name in _COLUMNS if name in lines]].assign(
        reasons=lines["reasons"].where(lines["flagged"], None),
        reason_numbers=lines["reason_numbers"].where(lines["flagged"], None),
        features=seen.where(lines["decision"] != "none", None),
        shares=pd.Series(_json_rows(run.reason_shares), dtype=object),
    )


def _json_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as JSON values, missing ones as None."""
    values = frame.astype(object).where(frame.notna(), None)
    # The 32-bit values that a model saw are exact in 64 bits.
    return [
        {str(name): value.item() if hasattr(value, "item") else value for name, value in row.items()}
        for row in values.to_dict("records")
    ]
