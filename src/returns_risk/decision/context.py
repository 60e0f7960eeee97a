"""What a plan depends on besides its lines and the policy."""

from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd

from returns_risk.config.params import Params
from returns_risk.contract.days import start_of_day

__all__ = ["DecisionContext"]


@dataclass(frozen=True)
class DecisionContext:
    """The moment of a plan, the key its random draws use, and what earlier runs decided."""

    as_of: datetime
    """UTC."""
    run: str
    """Name of the run for which treatment and control are drawn, e.g. source and as-of."""
    key: bytes = field(repr=False)
    """Secret of this installation."""
    previous_plan: pd.DataFrame | None = None
    """``line_id``, ``order_id``, ``intervention`` and ``arm`` of the lines planned on earlier nights."""
    locked_decisions: pd.DataFrame | None = None
    """Lines that an earlier run of the same night planned, as the ledger has them: they stay as they are, and their
    customers get no other intervention."""

    @classmethod
    def for_night(
        cls,
        params: Params,
        key: bytes,
        previous_plan: pd.DataFrame | None = None,
        locked_decisions: pd.DataFrame | None = None,
    ) -> "DecisionContext":
        """Return the context of the night that ``params`` name."""
        as_of = start_of_day(params.as_of, params.source.time_zone)
        return cls(as_of, f"{params.source.name} {params.as_of}", key, previous_plan, locked_decisions)
