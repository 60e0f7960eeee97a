"""Rules about the accepted tables taken together: what each row alone cannot show."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from returns_risk.validation.rule import Severity

__all__ = ["SHOP_RULES", "AcceptedTables", "Count", "ShopRule"]


@dataclass(frozen=True)
class AcceptedTables:
    """What a shop rule may look at."""

    tables: Mapping[str, pd.DataFrame]
    """Accepted rows known at the as-of (``as_of_view``)."""
    quarantine: Mapping[str, pd.DataFrame]
    """Rejected rows, as text."""
    as_of: pd.Timestamp


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

    @property
    def table(self) -> str:
        """The contract table."""
        return self.name.partition(".")[0]


def _zero_prices(accepted: AcceptedTables) -> Count | None:
    lines = accepted.tables["order_lines"]
    free = lines["unit_price"].eq(0)
    example = f"line_id {lines.loc[free, 'line_id'].iloc[0]!r}" if free.any() else None
    return Count(len(lines), int(free.sum()), example)


SHOP_RULES: tuple[ShopRule, ...] = (
    ShopRule(
        "order_lines.unit_price_above_0",
        "unit_price",
        "warn",
        0.2,
        "unit_price is 0",
        "Where configurable items or bundles have a parent and a child line, select one of them; reject gifts and "
        "samples through reject_reason.",
        _zero_prices,
    ),
)
"""In the order in which they are checked."""
