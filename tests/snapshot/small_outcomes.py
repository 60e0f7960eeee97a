"""Outcomes of a few lines, written down by day."""

from datetime import date

import numpy as np
import pandas as pd

from returns_risk.contract.days import NEVER, day_number
from returns_risk.history import Outcomes
from returns_risk.snapshot.rows import choose_training, require_training

__all__ = ["described", "outcomes", "training_rows"]

_NEW_YEAR = day_number(date(2026, 1, 1))


def outcomes(*lines, returns=()):
    """Lines as (ordered, closes, shipped, cancelled), returns as (line, day, units), in days after New Year 2026."""
    table = np.array([[NEVER if day is None else _NEW_YEAR + day for day in line] for line in lines], dtype=np.int32)
    back = np.array([(line, _NEW_YEAR + day, units) for line, day, units in returns], dtype=np.int64).reshape(-1, 3)
    return Outcomes(
        ordered_on=table[:, 0],
        closes_on=table[:, 1],
        shipped_on=table[:, 2],
        cancelled_on=table[:, 3],
        return_line=back[:, 0],
        return_on=back[:, 1].astype(np.int32),
        return_units=back[:, 2],
    )


def training_rows(result, as_of, warm_up_days=0):
    rows, left_out = choose_training(result, as_of, int(result.ordered_on.min()) + warm_up_days)
    require_training(len(rows), left_out, len(result.ordered_on), warm_up_days)
    return rows


def described(count):
    names = pd.Series([f"L{row}" for row in range(count)], dtype="str")
    return pd.DataFrame({"line_id": names, "order_id": names, "customer_id": names, "sku": names})
