"""The result of a scoring run: everything an export needs."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from returns_risk.config.policy import Policy

__all__ = ["ScoredRun"]


@dataclass(frozen=True)
class ScoredRun:
    """Candidates with risk, return reason, decision and explanation. All frames have the same index, 0 to n - 1."""

    candidates: pd.DataFrame
    """One row a line: ``IDS``, ``PREDICTION``, ``CONTEXT``, ``DECISION`` and ``SHADOW`` (see ``scoring.columns``),
    ``customer_id`` (pseudonym), ``line_value``, ``customer_outcomes`` and ``sku_outcomes`` (known outcomes behind
    the risk), ``photo_uri`` where products have it, ``customer_language`` where customers have it; for flagged lines
    ``reasons`` (list of sentences in the team's language), ``reason_numbers`` (for each of them what it rests on, by
    column) and ``factors`` (list of entity and log-odds); and for lines to be treated, where there is something to
    say, ``message_to`` (``customer`` or ``warehouse``), ``message_language``, ``message_subject``, ``message`` (the
    body), ``message_size`` (the size that it offers, if any) and ``reply_by`` (UTC, where an answer is asked for)."""
    features: pd.DataFrame
    """Ids and features as the risk model saw them."""
    reason_shares: pd.DataFrame
    """P(reason | return), the reasons as columns; no columns without a reason model."""
    sku_actions: pd.DataFrame
    """Actions proposed for items, as ``propose_for_skus`` returns them."""
    sensitivity: pd.DataFrame
    """How the plan changes under other assumptions, as ``analyse_sensitivity`` returns it."""
    policy: Policy
    manifest: dict[str, Any]
    """Source, as-of, versions and hashes the run was made from, and ``plan``: its counts and sums."""
    reason_columns: int
    """How many reasons a flagged line has at most."""

    @property
    def flagged(self) -> pd.DataFrame:
        """The flagged candidates, with their index."""
        return self.candidates[self.candidates["flagged"]]
