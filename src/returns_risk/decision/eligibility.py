"""Which interventions each line may have, and the reason why it may not have the others."""

import hashlib

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.policy import Intervention, Policy
from returns_risk.decision.context import DecisionContext

__all__ = ["ELIGIBLE", "SHADOW", "find_brackets", "find_ineligible", "uniform"]

Flags = npt.NDArray[np.bool_]
ELIGIBLE = ""
"""In place of a reason: the line may have the intervention."""
SHADOW = "shadow only"


def find_ineligible(lines: pd.DataFrame, policy: Policy, context: DecisionContext) -> pd.DataFrame:
    """Return for each line and intervention the first reason why it is not eligible, ``ELIGIBLE`` where it is.

    A line is planned once, a customer is contacted once about an order, and controls stay controls.

    Parameters
    ----------
    lines : ``line_id``, ``order_id``, ``customer_id``, and ``market``, ``category``, ``promised_at`` (UTC) where the
        source has them; ``style``, ``size`` and ``suggested_size`` for interventions that need a suggestion, without
        which no line has any; ``sizes_ordered``, the number of sizes of the style in the whole order; and ``sayable``,
        the names of the interventions that have something to say about the line; another column that is missing
        excludes nothing

    Returns
    -------
    DataFrame of text, shape (n_lines, n_interventions): ``planned before``, ``contacted before``, ``control before``,
    ``market not allowed``, ``category not allowed``, ``too late``, ``other size closed``, ``no size to suggest``,
    ``nothing to say``, ``shadow only``, ``not rolled out``.
    """
    earlier = _decided_earlier(lines, policy, context)
    return pd.DataFrame(
        {
            name: _first_reason(
                [
                    *(
                        (reason, flags)
                        for reason, flags, contact in earlier
                        if intervention.contacts_customer or not contact
                    ),
                    *_excluded_by_policy(lines, name, intervention, context),
                ],
                len(lines),
            )
            for name, intervention in policy.interventions.items()
        },
        index=lines.index,
    )


def find_brackets(lines: pd.DataFrame) -> Flags:
    """Say of each line whether its order has its style in several sizes, shape (n_lines,).

    Parameters
    ----------
    lines : ``order_id``, and ``style`` and ``size`` where the source has them
    """
    if not {"style", "size"} <= set(lines):
        return np.zeros(len(lines), dtype=bool)
    sizes = lines["size"].astype(object).groupby([lines["order_id"], lines["style"].astype(object)])
    return (sizes.transform("nunique") > 1).to_numpy(dtype=bool)


def uniform(texts: pd.Series, purpose: str, key: bytes) -> npt.NDArray[np.float64]:
    """Return a number from 0 to 1 for each text, the same for the same text, purpose and key, shape (n_texts,)."""
    codes, levels = pd.factorize(texts)
    digests = [hashlib.blake2b(f"{purpose}\n{level}".encode(), key=key, digest_size=7).digest() for level in levels]
    return np.array([int.from_bytes(digest, "big") / 2**56 for digest in digests])[codes]


def _first_reason(rules: list[tuple[str, Flags]], count: int) -> npt.NDArray[np.object_]:
    reasons = np.full(count, ELIGIBLE, dtype=object)
    for reason, flags in reversed(rules):
        reasons[flags] = reason
    return reasons


def _decided_earlier(lines: pd.DataFrame, policy: Policy, context: DecisionContext) -> list[tuple[str, Flags, bool]]:
    """Return reason, lines, and whether it excludes only interventions that contact the customer."""
    rules = []
    if context.previous_plan is not None:
        previous = context.previous_plan
        contacts = [name for name, intervention in policy.interventions.items() if intervention.contacts_customer]
        contacted = previous[previous["intervention"].isin(contacts)]
        orders = {arm: contacted.loc[contacted["arm"] == arm, "order_id"] for arm in ("treatment", "control")}
        rules.append(("planned before", lines["line_id"].isin(previous["line_id"]), False))
        rules.append(("contacted before", lines["order_id"].isin(orders["treatment"]), True))
        rules.append(("control before", lines["order_id"].isin(orders["control"]), True))
    return [(reason, flags.to_numpy(dtype=bool), contact) for reason, flags, contact in rules]


def _excluded_by_policy(
    lines: pd.DataFrame, name: str, intervention: Intervention, context: DecisionContext
) -> list[tuple[str, Flags]]:
    rules = [
        (f"{column} not allowed", ~lines[column].isin(allowed).to_numpy(dtype=bool))
        for column, allowed in (("market", intervention.markets), ("category", intervention.categories))
        if allowed and column in lines
    ]
    if intervention.lead_hours and "promised_at" in lines:
        hours = (lines["promised_at"] - pd.Timestamp(context.as_of)) / pd.Timedelta(hours=1)
        rules.append(("too late", (hours < intervention.lead_hours).to_numpy(dtype=bool, na_value=False)))
    if intervention.needs == "size_suggestion":
        rules.append(("other size closed", ~_has_size_question(lines) & _had_brackets(lines)))
        rules.append(("no size to suggest", ~_has_size_question(lines)))
    if "sayable" in lines:
        rules.append(("nothing to say", ~np.array([name in names for names in lines["sayable"]], dtype=bool)))
    share = _roll_out_share(lines, intervention)
    drawn = uniform(lines["customer_id"], f"roll-out {name}", context.key)
    return [*rules, (SHADOW, share < 0), ("not rolled out", drawn >= np.abs(share))]


def _has_size_question(lines: pd.DataFrame) -> Flags:
    """Say of each line whether another size is suggested, or several sizes of its style wait to be settled."""
    suggested = lines["suggested_size"].notna().to_numpy() if "suggested_size" in lines else False
    return suggested | find_brackets(lines)


def _had_brackets(lines: pd.DataFrame) -> Flags:
    """Say of each line whether its order was for several sizes of its style, whether they are open still or not."""
    if "sizes_ordered" not in lines:
        return np.zeros(len(lines), dtype=bool)
    return (lines["sizes_ordered"] > 1).to_numpy(dtype=bool, na_value=False)


def _roll_out_share(lines: pd.DataFrame, intervention: Intervention) -> npt.NDArray[np.float64]:
    """Return the share of customers that the roll-out reaches in each line's market and category; -1 for shadow."""
    share = np.full(len(lines), _share_of(intervention.roll_out))
    for column, stages in intervention.roll_out_by.items():
        if column in lines:
            by_level = {level: _share_of(stage) for level, stage in stages.items()}
            share = np.fmin(share, lines[column].astype(object).map(by_level).to_numpy(dtype=np.float64))
    return share


def _share_of(stage: str | float) -> float:
    return 1.0 if stage == "full" else -1.0 if stage == "shadow" else float(stage)
