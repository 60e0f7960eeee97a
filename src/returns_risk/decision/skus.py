"""Actions for items: many of tonight's lines of the item are likely to be returned for one cause that can be fixed."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from returns_risk.config.policy import Policy, SkuAction
from returns_risk.decision.values import line_economics

__all__ = ["SKU_COLUMNS", "propose_for_skus"]

_EVIDENCE = [
    "return_rate_all", "return_rate_90d", "ordered_lines_all", "returned_lines_all", "ordered_lines_90d",
    "returned_lines_90d",
]  # fmt: skip
SKU_COLUMNS = [
    "item", "level", "action", "cause", "lines", "expected_returns", "expected_saving", *_EVIDENCE[:2], "parent",
    "parent_return_rate", *_EVIDENCE[2:],
]  # fmt: skip


def propose_for_skus(
    lines: pd.DataFrame, shares: pd.DataFrame, features: pd.DataFrame, parents: Mapping[str, str | None], policy: Policy
) -> pd.DataFrame:
    """Propose one action for each item whose return rate exceeds that of its parent and where acting pays tonight.

    Parameters
    ----------
    lines : ``sku``, ``line_value``, ``risk``, and ``style``, ``market``, ``currency`` where the source has them
    shares : P(reason | return), shape (n_lines, n_reasons)
    features : of the same lines; rates and counts of the levels where they exist
    parents : of each entity of the features, towards whose rate its own is shrunk

    Returns
    -------
    ``SKU_COLUMNS``, one row an item, the highest saving first: tonight's ``lines``, ``expected_returns`` for the
    action's causes, ``expected_saving`` tonight (in the policy's currency, the action's cost deducted), the likeliest
    ``cause``, and the evidence: smoothed return rates of all time and of the last 90 days, the rate of the ``parent``,
    and the counts behind them. An item gets the action with the highest saving, once as sku and once as style.
    """
    returns = shares.mul(lines["risk"], axis=0)
    cost = pd.Series(line_economics(lines, policy).cost_of_return, index=lines.index)
    proposals = [
        _propose(action, lines[action.level], returns[causes], cost, _evidence(action.level, parents, features)).assign(
            action=name, level=action.level, parent=parents.get(action.level) or ""
        )
        for name, action in policy.sku_actions.items()
        if action.level in lines and (causes := [reason for reason in action.reasons if reason in shares])
    ]
    every = pd.concat(proposals, ignore_index=True) if proposals else pd.DataFrame(columns=SKU_COLUMNS)
    ranked = every.sort_values(["expected_saving", "item", "action"], ascending=[False, True, True], ignore_index=True)
    return ranked.drop_duplicates(["level", "item"], ignore_index=True)[SKU_COLUMNS]


def _propose(
    action: SkuAction, items: pd.Series, returns: pd.DataFrame, cost: pd.Series, evidence: dict[str, pd.Series]
) -> pd.DataFrame:
    """Return the items for which an action pays; ``returns`` has P(return for a cause) of each line by cause."""
    total = returns.sum(axis=1)
    by_line = pd.DataFrame(
        {
            "item": items.astype("str"),
            "expected_returns": total,
            "expected_saving": total * action.effect * cost,
            **returns.add_prefix("returns for "),
            **evidence,
        }
    )
    groups = by_line[by_line["item"].notna()].groupby("item", sort=True)
    sums = [column for column in by_line if column not in ("item", *evidence)]
    proposals = (
        groups[sums].sum().join(groups[list(evidence)].first()).join(groups.size().rename("lines")).reset_index()
    )
    likeliest = proposals[list(returns.add_prefix("returns for "))].to_numpy().argmax(axis=1)
    proposals = proposals.assign(
        expected_saving=proposals["expected_saving"] - action.cost, cause=returns.columns.to_numpy()[likeliest]
    )
    stands_out = proposals["return_rate_all"] >= action.min_excess * proposals["parent_return_rate"]
    return proposals[(proposals["lines"] >= action.min_lines) & (proposals["expected_saving"] > 0) & stands_out]


def _evidence(level: str, parents: Mapping[str, str | None], features: pd.DataFrame) -> dict[str, pd.Series]:
    """Return rates and counts of a level from the features, NaN where a column is missing."""
    columns = {name: f"{level}_{name}" for name in _EVIDENCE}
    columns["parent_return_rate"] = f"{parents.get(level)}_return_rate_all"
    missing = pd.Series(np.nan, index=features.index)
    return {name: features.get(column, missing).astype(np.float64) for name, column in columns.items()}
