"""Which interventions a line may have at all, and why not the others."""

import hashlib
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.policy import Intervention, Policy

__all__ = ["NO_CHANNEL", "SHADOW", "find_obstacles", "uniform"]

Flags = npt.NDArray[np.bool_]
NO_CHANNEL = ""
"""Nothing stands against it."""
SHADOW = "shadow"


def find_obstacles(
    lines: pd.DataFrame, policy: Policy, as_of: datetime, key: bytes, former: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Say for each line and intervention why it is out of the question, empty where it is not.

    Parameters
    ----------
    lines : ``customer_id``, and ``market``, ``category``, ``promised_at`` (UTC) where the source has them; what it
        lacks excludes nothing
    as_of : UTC
    key : of this installation; who takes part in a roll-out hangs on it and on the customer alone
    former : ``line_id``, ``order_id``, ``intervention`` of what was planned on earlier nights: a line is planned for
        once, and a customer asked about an order once

    Returns
    -------
    DataFrame of text, shape (n_lines, n_interventions): ``planned before``, ``asked before``, ``market``,
    ``category``, ``too late``, ``shadow``, ``not rolled out``; the first that applies.
    """
    planned, asked = _seen_before(lines, policy, former)
    return pd.DataFrame(
        {
            name: _obstacles(lines, name, one, as_of, key, planned, asked & one.contacts_customer)
            for name, one in policy.interventions.items()
        },
        index=lines.index,
    )


def uniform(texts: pd.Series, purpose: str, key: bytes) -> npt.NDArray[np.float64]:
    """Return a number from 0 to 1 for each text, the same for the same text, purpose and key, shape (n_texts,)."""
    codes, known = pd.factorize(texts)
    digests = [hashlib.blake2b(f"{purpose}\n{one}".encode(), key=key, digest_size=7).digest() for one in known]
    return np.array([int.from_bytes(one, "big") / 2**56 for one in digests])[codes]


def _seen_before(lines: pd.DataFrame, policy: Policy, former: pd.DataFrame | None) -> tuple[Flags, Flags]:
    """Mark the lines that were planned for on earlier nights, and those of orders whose customer was asked."""
    if former is None or former.empty:
        return np.zeros(len(lines), dtype=bool), np.zeros(len(lines), dtype=bool)
    contacts = [name for name, one in policy.interventions.items() if one.contacts_customer]
    asked = former.loc[former["intervention"].isin(contacts), "order_id"]
    return lines["line_id"].isin(former["line_id"]).to_numpy(), lines["order_id"].isin(asked).to_numpy()


def _obstacles(
    lines: pd.DataFrame, name: str, one: Intervention, as_of: datetime, key: bytes, planned: Flags, asked: Flags
) -> npt.NDArray[np.object_]:
    reasons: list[tuple[str, Flags]] = [("planned before", planned), ("asked before", asked)]
    for column, allowed in (("market", one.markets), ("category", one.categories)):
        if allowed and column in lines:
            reasons.append((column, ~lines[column].isin(allowed).to_numpy(dtype=bool)))
    if one.lead_hours and "promised_at" in lines:
        left = (lines["promised_at"] - pd.Timestamp(as_of)) / pd.Timedelta(hours=1)
        reasons.append(("too late", (left < one.lead_hours).to_numpy(dtype=bool, na_value=False)))
    share = _roll_out(lines, one)
    reasons.append((SHADOW, share < 0))
    reasons.append(("not rolled out", uniform(lines["customer_id"], f"roll-out {name}", key) >= np.abs(share)))
    found = np.full(len(lines), NO_CHANNEL, dtype=object)
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
