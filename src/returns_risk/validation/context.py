"""What an extract is validated against."""

from dataclasses import dataclass
from typing import Self

import pandas as pd

from returns_risk.config.params import Params, ValidateParams
from returns_risk.config.policy import Policy
from returns_risk.contract.days import start_of_day
from returns_risk.validation.row_counts import Extract

__all__ = ["ValidationContext"]


@dataclass(frozen=True)
class ValidationContext:
    """Times, parameters and the previous extract; the same for all tables."""

    as_of: pd.Timestamp
    """UTC time."""
    read_at: pd.Timestamp
    """UTC time at which the extract was read: a row that is later than this and the as-of is an error."""
    params: ValidateParams
    previous: Extract | None = None
    """The extract of the previous run."""
    policy: Policy | None = None
    """Lines in a currency that it has no rate for are quarantined; None to accept all currencies, and to leave out the
    rules about return windows and markets."""
    time_zone: str = "UTC"
    """IANA name of the shop's."""
    open_days: int = 14
    """Days for which a line may wait to ship; rules about tonight look at them."""

    @classmethod
    def of_run(cls, params: Params, policy: Policy, read_at: pd.Timestamp, previous: Extract | None) -> Self:
        """Return the context of a stage or night."""
        as_of = start_of_day(params.as_of, params.source.time_zone)
        zone, open_days = params.source.time_zone, params.featurize.open_days
        return cls(as_of, read_at, params.validate_, previous, policy, zone, open_days)

    @property
    def latest(self) -> pd.Timestamp:
        """The time that no row can be later than."""
        return max(self.as_of, self.read_at)
