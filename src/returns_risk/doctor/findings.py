"""What the doctor finds about a source: counts, shares and places, never a customer's data."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from returns_risk.errors import ReturnsRiskError
from returns_risk.validation import Check

__all__ = ["Delays", "Findings", "MissingColumn", "TableCounts"]


@dataclass(frozen=True)
class TableCounts:
    """The rows of a contract table."""

    name: str
    read: int
    accepted: int
    rejected: int
    later: int
    """Accepted rows that were not known at the as-of."""
    first: date | None
    """Day of the first accepted row, for order lines and returns."""
    last: date | None


@dataclass(frozen=True)
class MissingColumn:
    """A contract column, or a whole table, that the source does not select."""

    name: str
    """``order_lines.market``, or ``products`` for the table."""
    features: int
    """Features that it would add alone."""
    examples: tuple[str, ...]
    use: str
    """What else reads it, empty for nothing."""


@dataclass(frozen=True)
class Delays:
    """Days until returned lines came back."""

    since: str
    """``delivery`` or ``order``: from when the days count."""
    days: pd.DataFrame
    """By ``market`` and ``day``: ``in_time`` and ``late``, numbers of returned lines."""
    windows: pd.Series
    """By market: the commonest number of days after which the window closes."""


@dataclass(frozen=True)
class Findings:
    """The state of a source at an as-of."""

    source: str
    as_of: date
    as_of_origin: str
    time_zone: str
    error: ReturnsRiskError | None
    """What ends the chain, or None."""
    verdict: str
    """One line."""
    tables: tuple[TableCounts, ...]
    rejected_on_purpose: dict[str, dict[str, int]]
    """Rows by table and by the SELECT's own ``reject_reason``, the most frequent first."""
    broken: tuple[Check, ...]
    """Rules that rows or tables break, those that end the run first."""
    warnings: tuple[str, ...]
    months: pd.DataFrame
    """By ``month`` (text): ``orders``, ``lines``, ``matured``, ``returned``."""
    market_months: pd.DataFrame
    """By ``market`` and ``month``: ``lines``, ``matured``, ``returned``."""
    markets: pd.DataFrame
    """By ``market``, the largest first: ``lines``, ``matured``, ``returned``, ``back``, ``late``, ``open``."""
    delays: Delays
    open_lines: pd.DataFrame
    """By ``warehouse`` and ``market``: ``lines`` that are open at the as-of."""
    left_out: dict[str, int]
    """Open lines that are no candidates, by reason."""
    top_customer_share: float
    """Share of the orders that the customer with the most orders has; NaN without orders."""
    free_share: float
    """Share of the order lines with price 0; NaN without lines."""
    features: int
    """Those that the source has the columns for."""
    all_features: int
    missing: tuple[MissingColumn, ...]
    """Columns that would add something, the most features first."""
    useless: tuple[str, ...]
    """Missing columns that nothing reads."""
    unmapped_reasons: dict[str, int]
    """Returns by code or word of the shop that ``reasons.yaml`` does not have, the most frequent first."""
