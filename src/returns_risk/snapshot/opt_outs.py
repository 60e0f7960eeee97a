"""Customers who are not scored."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.contract.keys import is_among

__all__ = ["count_opt_outs", "opted_out_lines"]


def opted_out_lines(lines: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> npt.NDArray[np.bool_]:
    """Mark the lines of customers who opted out of profiling, shape (n_lines,)."""
    customers = tables.get("customers")
    if customers is None or "opted_out" not in customers:
        return np.zeros(len(lines), dtype=bool)
    opted_out = customers.loc[customers["opted_out"].fillna(value=False), "customer_id"]
    return is_among(lines["customer_id"], opted_out).to_numpy()


def count_opt_outs(tables: dict[str, pd.DataFrame]) -> dict[str, int]:
    """Count the customers who are not scored: those who ``opted_out``, and those with a ``quarantined`` row.

    Parameters
    ----------
    tables : validated contract tables
    """
    customers = tables.get("customers", pd.DataFrame())
    if "quarantined" not in customers:
        return {"opted_out": 0, "quarantined": 0}
    quarantined = int(customers["quarantined"].sum())
    return {
        "opted_out": int(customers["opted_out"].fillna(value=False).sum()) - quarantined,
        "quarantined": quarantined,
    }
