"""Items of which many lines wait tonight and are likely to come back for one cause that can be mended at its root."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.policy import Policy, SkuAction
from returns_risk.decision.values import line_economics

__all__ = ["SKU_COLUMNS", "propose_for_skus"]

SKU_COLUMNS = [
    "item", "level", "action", "cause", "lines", "expected_returns", "expected_saving", "return_rate_all", "return_rate_90d",
    "parent", "parent_return_rate", "ordered_lines_all", "returned_lines_all", "ordered_lines_90d",
    "returned_lines_90d",
]  # fmt: skip
_EVIDENCE = ["return_rate_all", "return_rate_90d", "ordered_lines_all", "returned_lines_all", "ordered_lines_90d",
             "returned_lines_90d"]  # fmt: skip


def propose_for_skus(
    lines: pd.DataFrame, shares: pd.DataFrame, features: pd.DataFrame, parents: Mapping[str, str | None], policy: Policy
) -> pd.DataFrame:
    """Propose one action for each item that stands out against its parent and where it pays tonight.

    Parameters
    ----------
    lines : ``sku``, ``line_value``, ``risk``, and ``style``, ``market``, ``currency`` where the source has them
    shares : P(reason | return), shape (n_lines, n_reasons)
    features : of the same lines; rates and counts of the levels are taken from it as far as they are there
    parents : of each entity of the features, towards whose rate its own is shrunk

    Returns
    -------
    ``SKU_COLUMNS``, one row an item, the one that saves most first: tonight's ``lines`` of it, how many are expected
    back for the action's causes, what the action ``expected_saving`` tonight (in the policy's currency, its cost taken off), the
    likeliest ``cause``, and the evidence: the smoothed rates of all time and of the last 90 days beside that of its
    parent, and the counts behind them. An item gets the action that saves most, once by itself or with its style.
    """
    cost = line_economics(lines, policy).cost_of_return
    found = [
        _propose(name, action, lines, shares, features, parents, cost)
        for name, action in policy.sku_actions.items()
        if action.level in lines and any(reason in shares for reason in action.reasons)
    ]
    every = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=SKU_COLUMNS)
    ranked = every.sort_values(["expected_saving", "item", "action"], ascending=[False, True, True], ignore_index=True)
    return ranked.drop_duplicates(["level", "item"], ignore_index=True)[SKU_COLUMNS]


def _propose(
    name: str,
    action: SkuAction,
    lines: pd.DataFrame,
    shares: pd.DataFrame,
    features: pd.DataFrame,
    parents: Mapping[str, str | None],
    cost: npt.NDArray[np.float64],
) -> pd.DataFrame:
    causes = [reason for reason in action.reasons if reason in shares]
    by_cause = shares[causes].mul(lines["risk"], axis=0)
    told = pd.DataFrame(
        {
            "item": lines[action.level].astype("str"),
            "expected_returns": by_cause.sum(axis=1),
            "expected_saving": by_cause.sum(axis=1) * action.effect * cost,
            **{f"of {reason}": by_cause[reason] for reason in causes},
            **_evidence(action.level, parents, features),
        }
    )
    sums = ["expected_returns", "expected_saving", *(f"of {reason}" for reason in causes)]
    first = [name for name in told.columns if name not in (*sums, "item")]
    groups = told[told["item"].notna()].groupby("item", sort=True)
    items = groups[sums].sum().join(groups[first].first()).join(groups.size().rename("lines")).reset_index()
    items["expected_saving"] -= action.cost
    items["cause"] = np.array(causes)[items[[f"of {reason}" for reason in causes]].to_numpy().argmax(axis=1)]
    stands_out = items["return_rate_all"] >= action.min_excess * items["parent_return_rate"]
    chosen = items[(items["lines"] >= action.min_lines) & (items["expected_saving"] > 0) & stands_out]
    return chosen.assign(action=name, level=action.level, parent=parents.get(action.level) or "")


def _evidence(level: str, parents: Mapping[str, str | None], features: pd.DataFrame) -> dict[str, pd.Series]:
    """Return the columns of the features that tell of a level, NaN where they are not there."""
    wanted = {name: f"{level}_{name}" for name in _EVIDENCE}
    wanted["parent_return_rate"] = f"{parents.get(level)}_return_rate_all"
    missing = pd.Series(np.nan, index=features.index)
    return {name: features.get(column, missing).astype(np.float64) for name, column in wanted.items()}
