"""What the ledger is told about a night: enough to work each decision out again."""

from typing import Any

import pandas as pd

from returns_risk.config.params import Params
from returns_risk.config.policy import Policy
from returns_risk.ledger import Entry, Ledger
from returns_risk.nightly.models import Models
from returns_risk.scoring import ScoredRun

__all__ = ["describe_decided", "describe_params", "describe_versions", "lines_acted_on", "policy_of"]

_ALWAYS = [
    "order_id", "line_id", "customer_id", "sku", "risk", "risk_low", "risk_high", "evidence", "return_reason",
    "return_reason_share", "flagged", "decision", "intervention", "arm", "value", "value_low", "value_high",
    "no_action_reason", "market", "warehouse", "category", "currency", "line_value", "shadow_intervention",
    "shadow_value",
]  # fmt: skip
_CONTACTED = ("done", "customer_kept")
"""What operations say of orders that they have acted on."""


def describe_decided(run: ScoredRun, features: list[str]) -> pd.DataFrame:
    """Return one row a line for the ledger.

    Every line has its scores, its decision and the ``shares`` of the reasons, so that what each intervention was worth
    can be worked out again; a flagged one its reasons; one that something is planned for also ``features``: all that
    the model saw, so that its risk can be.

    Parameters
    ----------
    features : columns that the risk model reads
    """
    lines = run.candidates
    rows = lines[[name for name in _ALWAYS if name in lines]].copy()
    rows["reasons"] = lines["reasons"].where(lines["flagged"], None)
    seen = pd.Series(_plain(run.features[features]), dtype=object)
    rows["features"] = seen.where(lines["decision"] != "none", None)
    rows["shares"] = pd.Series(_plain(run.reason_shares), dtype=object)
    return rows


def describe_versions(models: Models, params: Params, policy: Policy) -> dict[str, Any]:
    """Return what a run was made with: models, parameters, and the whole policy."""
    return {
        "model": {"version": models.version.number, "bundle": models.version.bundle},
        "reason_model": models.version.reason or None,
        "params": describe_params(params),
        "policy_sha256": policy.sha256,
        # As a text, since the ledger sorts what is in an object, and exports follow the policy's own order.
        "policy": policy.model_dump_json(),
    }


def lines_acted_on(ledger: Ledger, source: str) -> list[dict[str, Any]]:
    """Return the lines of withdrawn nights whose orders may have been acted on all the same.

    Their events had been sent, or a try had been made, when the night was withdrawn; or operations have reported that
    they did it. Other plans of a withdrawn night count no more.
    """
    withdrawals = ledger.withdrawals(source)
    if not withdrawals:
        return []
    orders = {order for one in withdrawals.values() for order in one.content["sent"]}
    orders |= {one.content["order_id"] for one in ledger.entries("feedback", source)
               if one.content["disposition"] in _CONTACTED}  # fmt: skip
    runs = [run for order in sorted(orders) for run in ledger.runs_of_order(source, order)]
    return [line for run in runs if run.withdrawal is not None for line in run.lines]


def describe_params(params: Params) -> dict[str, Any]:
    """Return the parameters of a night without addresses and the block ``nightly``, which may hold passwords."""
    return params.model_dump(mode="json", by_alias=True, exclude={"nightly": True, "cluster": {"address"}})


def policy_of(run: Entry) -> Policy:
    """Return the policy that a run was decided by."""
    return Policy.model_validate_json(run.content["policy"])


def _plain(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as JSON values, missing ones as None."""
    values = frame.astype(object).where(frame.notna(), None)
    return [{str(name): _number(value) for name, value in row.items()} for row in values.to_dict("records")]


def _number(value: Any) -> Any:
    # What a model saw in 32 bits is kept to the last of them in 64.
    return value.item() if hasattr(value, "item") else value
