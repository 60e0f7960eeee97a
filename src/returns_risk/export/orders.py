"""The flagged lines folded into one row an order."""

import pandas as pd

from returns_risk.explain import say_decision, say_for_order

__all__ = ["fold_orders"]


def fold_orders(flagged: pd.DataFrame) -> pd.DataFrame:
    """Return one row an order, the highest expected saving first.

    Parameters
    ----------
    flagged : flagged lines as they are exported

    Returns
    -------
    ``order_id``, ``ordered_on``, ``market`` and ``warehouse`` where the source has them, ``expected_saving`` (of the
    lines to act on or review), ``highest_risk``, ``what_to_do`` (of each line with an intervention, control lines
    too; or else why there is none), ``reason`` (the first of the riskiest line), ``lines`` (flagged), ``order_value``
    of them and its ``currency``.
    """
    is_treated = flagged["decision"].isin(["act", "review"])
    lines = flagged.assign(
        expected_saving=flagged["value"].where(is_treated, 0.0).round(2),
        what_to_do=_texts(flagged),
        reason=flagged.get("reason_1"),
    ).sort_values(["order_id", "risk", "line_id"], ascending=[True, False, True])
    shared = {name: (name, "first") for name in ("ordered_on", "market", "warehouse") if name in lines}
    currency = {"currency": ("currency", "first")} if "currency" in lines else {}
    orders = lines.groupby("order_id", sort=False).agg(
        **shared,
        expected_saving=("expected_saving", "sum"),
        highest_risk=("risk", "max"),
        what_to_do=("what_to_do", say_for_order),
        reason=("reason", "first"),
        lines=("line_id", "size"),
        order_value=("line_value", "sum"),
        **currency,
    )
    return orders.reset_index().sort_values(
        ["expected_saving", "highest_risk", "order_id"], ascending=[False, False, True], ignore_index=True
    )


def _texts(flagged: pd.DataFrame) -> pd.Series:
    """Return decision and text of each line, with its id where it has an intervention."""
    columns = [
        flagged[name].astype("str").fillna("") for name in ("decision", "intervention", "no_action_reason", "line_id")
    ]
    texts = [
        (decision, say_decision(decision, intervention, reason) + (f" ({line})" if intervention else ""))
        for decision, intervention, reason, line in zip(*columns, strict=True)
    ]
    return pd.Series(texts, index=flagged.index, dtype=object)
