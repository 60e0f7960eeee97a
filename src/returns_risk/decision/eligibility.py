"""Which interventions a line may have at all, and why not the others."""

import hashlib

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.config.policy import Intervention, Policy
from returns_risk.decision.context import DecisionContext

__all__ = ["NO_CONTACT_CHANNEL", "SHADOW", "find_ineligible", "uniform"]

Flags = npt.NDArray[np.bool_]
NO_CONTACT_CHANNEL = ""
"""Nothing stands against it."""
SHADOW = "shadow"


def find_ineligible(lines: pd.DataFrame, policy: Policy, context: DecisionContext) -> pd.DataFrame:
    """Say for each line and intervention why it is out of the question, empty where it is not.

    Parameters
    ----------
    lines : ``line_id``, ``order_id``, ``customer_id``, and ``market``, ``category``, ``promised_at`` (UTC) where the
        source has them; what it lacks excludes nothing
    context : moment, key and earlier decisions: a line is planned once, a customer is contacted once about an order,
        controls stay controls, and customers with a locked decision get no other one

    Returns
    -------
    DataFrame of text, shape (n_lines, n_interventions): ``decided tonight``, ``planned before``, ``asked before``,
    ``left alone before``, ``market``, ``category``, ``too late``, ``shadow``, ``not rolled out``; the first that
    applies.
    """
    seen = _seen_before(lines, policy, context.previous_plan, context.locked_decisions)
    return pd.DataFrame(
        {name: _obstacles(lines, name, one, context, seen) for name, one in policy.interventions.items()},
        index=lines.index,
    )


def uniform(texts: pd.Series, purpose: str, key: bytes) -> npt.NDArray[np.float64]:
    """Return a number from 0 to 1 for each text, the same for the same text, purpose and key, shape (n_texts,)."""
    codes, known = pd.factorize(texts)
    digests = [hashlib.blake2b(f"{purpose}\n{one}".encode(), key=key, digest_size=7).digest() for one in known]
    return np.array([int.from_bytes(one, "big") / 2**56 for one in digests])[codes]


def _seen_before(
    lines: pd.DataFrame, policy: Policy, former: pd.DataFrame | None, kept: pd.DataFrame | None
) -> list[tuple[str, Flags, bool]]:
    """Say what earlier runs rule out: the word for it, the lines, and whether only contacts are ruled out."""
    found = []
    if kept is not None:
        # What one was decided on may have been cancelled or have shipped since, so that only the ledger knows of it.
        found.append(("decided tonight", lines["customer_id"].isin(kept["customer_id"]), False))
    if former is not None:
        contacts = [name for name, one in policy.interventions.items() if one.contacts_customer]
        asked = former[former["intervention"].isin(contacts)]
        orders = {arm: asked.loc[asked["arm"] == arm, "order_id"] for arm in ("treatment", "control")}
        found.append(("planned before", lines["line_id"].isin(former["line_id"]), False))
        found.append(("contacted before", lines["order_id"].isin(orders["treatment"]), True))
        found.append(("control before", lines["order_id"].isin(orders["control"]), True))
    return [(word, marked.to_numpy(dtype=bool), contacts) for word, marked, contacts in found]


def _obstacles(
    lines: pd.DataFrame,
    name: str,
    one: Intervention,
    context: DecisionContext,
    seen: list[tuple[str, Flags, bool]],
) -> npt.NDArray[np.object_]:
    reasons = [(word, marked) for word, marked, contacts in seen if one.contacts_customer or not contacts]
    for column, allowed in (("market", one.markets), ("category", one.categories)):
        if allowed and column in lines:
            reasons.append((column, ~lines[column].isin(allowed).to_numpy(dtype=bool)))
    if one.lead_hours and "promised_at" in lines:
        left = (lines["promised_at"] - pd.Timestamp(context.as_of)) / pd.Timedelta(hours=1)
        reasons.append(("too late", (left < one.lead_hours).to_numpy(dtype=bool, na_value=False)))
    share = _roll_out(lines, one)
    reasons.append((SHADOW, share < 0))
    reasons.append(("not rolled out", uniform(lines["customer_id"], f"roll-out {name}", context.key) >= np.abs(share)))
    found = np.full(len(lines), NO_CONTACT_CHANNEL, dtype=object)
    for reason, applies in reversed(reasons):
        found[applies] = reason
    return found


def _roll_out(lines: pd.DataFrame, one: Intervention) -> npt.NDArray[np.float64]:
    """Return the share of customers of each line's market and category who take part; -1 for shadow."""
    found = np.full(len(lines), _share_of(one.roll_out))
    for column, by in one.roll_out_by.items():
        if column in lines:
            own = lines[column].astype(object).map({level: _share_of(stage) for level, stage in by.items()})
            found = np.fmin(found, own.to_numpy(dtype=np.float64))
    return found


def _share_of(stage: str | float) -> float:
    return 1.0 if stage == "full" else -1.0 if stage == "shadow" else float(stage)
