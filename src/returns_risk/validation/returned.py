"""Rules about all returns: their share of the lines, and their reasons."""

import pandas as pd

from returns_risk.config.policy import ANY, Policy
from returns_risk.contract.keys import is_among
from returns_risk.validation.shop_rule import AcceptedTables, Count, ShopRule

__all__ = ["RETURN_RULES"]

_MOST_REASONS = 20
_LEAST_RETURNS = 100
_LONGEST, _FEW = 40, 10
"""A longer or rarer reason may be a customer's own words; it is not quoted."""
_OTHER = "other"


def _returned_lines(accepted: AcceptedTables) -> Count | None:
    lines = accepted.tables["order_lines"]["line_id"]
    if len(accepted.tables["returns"]) < _LEAST_RETURNS:
        return None
    return Count(len(lines), int(is_among(lines, accepted.tables["returns"]["line_id"]).sum()))


def _rare_reasons(accepted: AcceptedTables) -> Count | None:
    """Count the returns whose reason is not among the commonest."""
    counts = _count_reasons(accepted)
    return None if counts is None else Count(int(counts.sum()), int(counts.iloc[_MOST_REASONS:].sum()))


def _commonest_reason(accepted: AcceptedTables) -> Count | None:
    counts = _count_reasons(accepted)
    if counts is None or counts.sum() < _LEAST_RETURNS:
        return None
    return Count(int(counts.sum()), int(counts.iloc[0]))


def _unnamed_reasons(accepted: AcceptedTables) -> Count | None:
    """Count the returns whose reason no intervention and no action of the policy names."""
    counts = _count_reasons(accepted)
    named = _named_reasons(accepted.policy) if accepted.policy is not None else []
    if counts is None or not named or ANY in named:
        return None
    unnamed = counts[~counts.index.isin([*named, _OTHER])]
    quoted = [reason for reason in unnamed[unnamed >= _FEW].index if len(reason) <= _LONGEST]
    example = f"reason {quoted[0]!r} ({unnamed[quoted[0]]} returns)" if quoted else None
    return Count(int(counts.sum()), int(unnamed.sum()), example)


def _named_reasons(policy: Policy) -> list[str]:
    effects = [reason for intervention in policy.interventions.values() for reason in intervention.effect]
    if not effects:
        return []
    return [*effects, *(reason for action in policy.sku_actions.values() for reason in action.reasons)]


def _count_reasons(accepted: AcceptedTables) -> pd.Series | None:
    returns = accepted.tables["returns"]
    return returns["reason"].value_counts() if "reason" in returns else None


RETURN_RULES: tuple[ShopRule, ...] = (
    ShopRule(
        "order_lines.kept",
        None,
        "warn",
        0.9,
        "the line was returned",
        "Check that returns.sql selects returns alone, not shipments, payments or cancellations.",
        _returned_lines,
    ),
    ShopRule(
        "returns.reason_common",
        "reason",
        "warn",
        0.0,
        f"reason is not among the {_MOST_REASONS} commonest; so many cannot be told apart",
        "Map the shop's codes to the reasons of policy.yaml in reasons.yaml, beside returns.sql.",
        _rare_reasons,
    ),
    ShopRule(
        "returns.reason_varied",
        "reason",
        "warn",
        0.95,
        "all have one and the same reason, so no reason can be learnt",
        "Select the reason that the customer gave; map the shop's codes in reasons.yaml, beside returns.sql.",
        _commonest_reason,
    ),
    ShopRule(
        "returns.reason_in_policy",
        "reason",
        "warn",
        0.3,
        "no intervention in policy.yaml has an effect on the reason, so nothing is done about such returns",
        "Map the shop's reasons to those of policy.yaml in reasons.yaml, beside returns.sql, or name them in effect.",
        _unnamed_reasons,
    ),
)
"""In the order in which they are checked."""
