"""A rule about the accepted tables taken together, and what it may look at."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

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
    read: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    """Order lines and returns with those rejected, as ``read_rows`` describes them."""
    open_days: int = 14
    """Days for which a line may wait to ship: what happened in them counts tonight."""
    figures: Mapping[str, float] = field(default_factory=dict)
    """Figures of this extract (``describe_figures``)."""
    previous: Mapping[str, float] = field(default_factory=dict)
    """Figures of the previous one."""


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
