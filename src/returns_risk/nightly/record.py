"""What the ledger records of a night: enough to recompute each decision."""

from typing import Any

import pandas as pd

from returns_risk.config.policy import Policy
from returns_risk.ledger import Entry
from returns_risk.nightly.models import Models
from returns_risk.nightly.night import Night
from returns_risk.nightly.score import StagedRun

__all__ = ["record_run"]

_COLUMNS = [
    "order_id", "line_id", "customer_id", "sku", "risk", "risk_low", "risk_high", "evidence", "return_reason",
    "return_reason_share", "flagged", "decision", "intervention", "arm", "value", "value_low", "value_high",
    "no_action_reason", "market", "warehouse", "category", "currency", "line_value", "shadow_intervention",
    "shadow_value",
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
    return night.ledger.append_run(night.source, night.as_of, night.at, content, _ledger_lines(run))


def _ledger_lines(run: StagedRun) -> pd.DataFrame:
    """Return one row a candidate.

    Each has its scores, its decision and the ``shares`` of the reasons, so that the value of each intervention can be
    recomputed; a flagged line its reasons; a line with a plan also its ``features``, so that its risk can be.
    """
    lines = run.lines[[name for name in _COLUMNS if name in run.lines]].reset_index(drop=True)
    planned = (run.lines["decision"] != "none").to_numpy()
    return lines.assign(
        reasons=_spread(run.reasons, run.lines["flagged"]),
        features=_spread(_json_rows(run.features[planned]), planned),
        shares=pd.Series(_json_rows(run.shares), dtype=object),
    )


def _spread(values: list[Any], selected: Any) -> "pd.Series[Any]":
    """Return the values in order where ``selected`` is true, None elsewhere."""
    remaining = iter(values)
    return pd.Series([next(remaining) if is_selected else None for is_selected in selected], dtype=object)


def _json_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as JSON values, missing ones as None."""
    values = frame.astype(object).where(frame.notna(), None)
    # The 32-bit values that a model saw are exact in 64 bits.
    return [
        {str(name): value.item() if hasattr(value, "item") else value for name, value in row.items()}
        for row in values.to_dict("records")
    ]
