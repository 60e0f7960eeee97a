"""A rule about the accepted tables taken together, and what it may look at."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from returns_risk.config.policy import Policy
from returns_risk.contract.customer_ids import CustomerIdFaults
from returns_risk.history import Outcomes, find_outcomes
from returns_risk.snapshot.late_returns import late_returns_of
from returns_risk.validation.coded_lines import CodedLines
from returns_risk.validation.figures import describe_figures
from returns_risk.validation.rule import Severity

__all__ = ["AcceptedTables", "Count", "ShopRule"]


@dataclass(frozen=True)
class AcceptedTables:
    """What a shop rule may look at."""

    tables: Mapping[str, pd.DataFrame]
    """Accepted rows known at the as-of (``as_of_view``)."""
    quarantine: Mapping[str, pd.DataFrame]
    """Rejected rows, as text."""
    as_of: pd.Timestamp
    line_customers: pd.Series = field(default_factory=lambda: pd.Series(dtype="str"))
    """``customer_id`` of all order lines that were read, also of those rejected or not known at the as-of."""
    id_faults: CustomerIdFaults = field(default_factory=CustomerIdFaults)
    """What the shop's customer ids looked like before they became pseudonyms."""

    @cached_property
    def coded_lines(self) -> CodedLines:
        """The order lines as numbers."""
        return CodedLines(self.tables["order_lines"])

    read: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """Order lines and returns with those rejected, as ``read_rows`` describes them."""
    open_days: int = 14
    """Days for which a line may wait to ship: what happened in them counts tonight."""
    previous: Mapping[str, float] = field(default_factory=dict)
    """Figures of the previous extract (``describe_figures``)."""
    policy: Policy | None = None
    time_zone: str = "UTC"
    """IANA name; days of the shop begin and end in it."""

    @cached_property
    def figures(self) -> dict[str, float]:
        """What the next extract is compared with (``describe_figures``)."""
        return describe_figures(self.tables)

    @cached_property
    def outcomes(self) -> Outcomes | None:
        """The outcome of each order line as known at the as-of; None without a policy."""
        if self.policy is None:
            return None
        return find_outcomes(self.tables["order_lines"], self.tables["returns"], self.policy, self.time_zone)

    @cached_property
    def late_returns(self) -> pd.DataFrame | None:
        """Returns after the window by market and month of order (``late_returns_of``); None without a policy."""
        if self.outcomes is None:
            return None
        return late_returns_of(self.tables["order_lines"], self.outcomes, self.time_zone)


@dataclass(frozen=True)
class Count:
    """What a shop rule counted."""

    rows: int
    """Rows, or other units, that could break the rule."""
    broken: int
    example: str | None = None
    """An order line, an item, a day or a number; never a customer's data."""


@dataclass(frozen=True)
class ShopRule:
    """One rule: it is broken where a larger share than tolerated is counted."""

    name: str
    """``<table>.<rule>``, as written in ``validate.rules`` of ``params.yaml``."""
    column: str | None
    """The contract column it is about; None where it is about the table."""
    severity: Severity
    """An error ends the run, a warning is shown by the log, the validation report and the night's digest."""
    tolerated_share: float
    reason: str
    """Finding where it is broken."""
    remedy: str
    count: Callable[[AcceptedTables], Count | None]
    """None where the rule does not apply, for example without the column."""
    unit: str = "rows"
    """What is counted."""
    needs_table: bool = True
    """False where it is also checked for a source that lacks the table."""

    @property
    def table(self) -> str:
        """The contract table."""
        return self.name.partition(".")[0]
