"""Draw the control group: a random share of the planned lines gets no treatment, so that the effect can be measured."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.decision.context import DecisionContext
from returns_risk.decision.eligibility import uniform

__all__ = ["CONTROL", "TREATMENT", "assign_arms"]

TREATMENT, CONTROL = "treatment", "control"


def assign_arms(
    planned: pd.DataFrame, value: npt.NDArray[np.float64], share: float, context: DecisionContext
) -> pd.Series:
    """Assign each planned line to treatment or control.

    Whole customers are drawn, so that no customer is in both arms of a run: within each stratum of intervention and
    market (that of the customer's most valuable line) a share of the customers, by the keyed hash of run and customer.
    The share of a stratum is met but for rounding, which is random, so that small strata are right on average.

    Parameters
    ----------
    planned : ``line_id``, ``customer_id``, ``intervention`` and, where the source has it, ``market``
    value : of each line, shape (n_lines,)
    share : of the customers in the control group
    context : the run that arms are drawn for, and the key

    Returns
    -------
    ``treatment`` or ``control`` for each line; independent of the order of the lines.
    """
    market = planned["market"].astype("str").fillna("") if "market" in planned else pd.Series("", index=planned.index)
    lines = pd.DataFrame(
        {
            "customer": planned["customer_id"].astype("str"),
            "stratum": planned["intervention"].astype("str") + "\n" + market,
            "value": value,
            "line": planned["line_id"].astype("str"),
        }
    ).sort_values(["value", "line"], ascending=[False, True])
    customers = lines.drop_duplicates("customer").reset_index(drop=True)
    customers["drawn"] = uniform(customers["customer"], f"holdout {context.run}", context.key)
    customers = customers.sort_values(["stratum", "drawn", "customer"], ignore_index=True)
    rank = customers.groupby("stratum").cumcount()
    expected = customers.groupby("stratum")["customer"].transform("size") * share
    rounded = np.floor(expected + uniform(customers["stratum"], f"rounding {context.run}", context.key))
    controls = set(customers.loc[rank < rounded, "customer"])
    is_control = planned["customer_id"].astype("str").isin(controls)
    return pd.Series(np.where(is_control, CONTROL, TREATMENT), index=planned.index, dtype="str")
