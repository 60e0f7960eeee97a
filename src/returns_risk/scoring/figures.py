"""The figures of a plan: orders and lines by decision, and the expected saving; every file and command shows these."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from returns_risk.scoring.columns import TREATED

__all__ = ["QUEUES", "count_orders", "describe_figures", "queue_orders", "sum_savings"]

QUEUES = ("review", "to_do", "control", "none")
"""Where an order waits; the first that applies to one of its lines."""
_QUEUE_OF = {"review": 0, "act": 1, "holdout": 2, "none": 3}


def queue_orders(lines: pd.DataFrame) -> pd.Series:
    """Return the queue of each order, indexed by ``order_id`` in ascending order.

    A person decides about an order with a line to review before anything is done about its other lines.

    Parameters
    ----------
    lines : ``order_id`` and ``decision``

    >>> lines = pd.DataFrame({"order_id": ["B", "A", "A"], "decision": ["none", "act", "holdout"]})
    >>> queue_orders(lines).to_dict()
    {'A': 'to_do', 'B': 'none'}
    """
    ranks = lines["decision"].astype("str").map(_QUEUE_OF)
    first = ranks.groupby(lines["order_id"].astype("str")).min()
    return first.map(dict(enumerate(QUEUES))).astype("str")


def count_orders(lines: pd.DataFrame) -> dict[str, int]:
    """Count the orders ``to_do``, to ``review`` and in the ``control`` group."""
    counts = queue_orders(lines).value_counts()
    return {name: int(counts.get(name, 0)) for name in ("to_do", "review", "control")}


def sum_savings(lines: pd.DataFrame) -> dict[str, float]:
    """Sum ``value``, ``value_low`` and ``value_high`` of the lines to treat, in the policy's currency.

    Cents are rounded line by line, so that every sum over an export's lines agrees with these.
    """
    treated = lines[lines["decision"].isin(TREATED)]
    return {name: round(float(treated[name].round(2).sum()), 2) for name in ("value", "value_low", "value_high")}


def describe_figures(plan: Mapping[str, Any]) -> str:
    """Return the figures of a plan in a sentence, for digest and terminal.

    Parameters
    ----------
    plan : of the manifest or the ledger; entries of an older version count lines only
    """
    saving = f"expected saving {plan['value']:.2f} {plan['currency']}"
    if "orders" not in plan:
        return f"{plan['act']} lines to do, {plan['review']} to review, {saving}"
    orders, lines = plan["orders"], plan["act"] + plan["review"]
    total = orders["to_do"] + orders["review"]
    return (
        f"{total} {'order' if total == 1 else 'orders'}: {orders['to_do']} to do, {orders['review']} to review "
        f"({lines} {'line' if lines == 1 else 'lines'}); {saving} ({plan['value_low']:.2f} to {plan['value_high']:.2f})"
    )
