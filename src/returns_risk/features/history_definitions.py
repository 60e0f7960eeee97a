"""``kind: history`` in ``features/definitions/*.yaml``: counts and rates of an entity, over which windows."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, PositiveFloat, field_validator, model_validator

from returns_risk.config.yaml_files import Frozen
from returns_risk.snapshot.columns import KNOWN_LATER, READABLE

__all__ = ["HistoryDefinition", "Name", "Window", "require_readable"]

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Days = Annotated[int, Field(ge=1, le=36_500)]
Window = Literal["all"] | Days
Event = Literal["ordered", "returned", "closed", "kept", "cancelled"]


class HistoryDefinition(Frozen):
    """Counts, rates and other columns of the events of an entity before the as-of."""

    kind: Literal["history"]
    entity: Name
    active: bool = True
    meaning: str
    """The entity, e.g. "customer" or "item": the start of a reason in languages without a text for the entity."""
    key: tuple[Name, ...]
    """Columns whose values together are the entity; empty for the whole shop."""
    windows: tuple[Window, ...] = ("all",)
    """Trailing days before the as-of, or "all" that is known."""
    counts: tuple[
        Annotated[str, Field(pattern=r"^(ordered|returned|closed|kept|cancelled)_(lines|units|money|days)$")], ...
    ] = ()
    """Sums of an event; ``days`` counts the different days with such an event."""
    rates: bool = False
    """Share sent back of the lines whose window has closed, shrunken towards the parent's (empirical Bayes)."""
    rate_windows: tuple[Window, ...] | None = None
    """Windows of the rates where they are not those of the counts: a few days hold too few lines for a rate."""
    money_rates: bool = False
    """Beside each rate that of money: the same share, each line weighing as much as it cost."""
    parent: Name | None = None
    """Entity towards whose return rate of all time the rates are shrunken."""
    prior_rate: Annotated[float, Field(ge=0, le=1)] | None = None
    """Instead of a parent: the rate assumed before anything is known."""
    strength: PositiveFloat = 20.0
    """Weight of the prior, in lines."""
    recency: tuple[Event, ...] = ()
    """Days since the last event before the day of the order (ordered) or before the as-of (others)."""
    pending: bool = False
    """Lines ordered whose return window has not closed yet."""
    usual: tuple[Literal["quantity", "unit_price"], ...] = ()
    """This line's value divided by the entity's mean before the day of the order."""
    kept_size: bool = False
    """This line's size less the mean size of the lines that the entity kept, as written: S to M is 1, 38 to 40 is 2.
    Letters and numbers are never compared."""
    tenure: bool = False
    """Days from the entity's first order to this one."""
    interpurchase: bool = False
    """Mean days between the days with orders before this one; missing before there are two."""
    trend: tuple[Days, Days] | None = None
    """A short and a long window: lines ordered a day in the one against the other, and the change of the rate."""
    reasons: dict[Name, tuple[str, ...]] = Field(default_factory=dict)
    """Names and members of groups of reasons: the share of each in the lines sent back, shrunken like the rates."""
    reason_windows: tuple[Window, ...] = ("all",)
    prior_share: Annotated[float, Field(ge=0, le=1)] = 0.3
    """Share of each group of reasons assumed where no entity above counts it."""

    @field_validator("key")
    @classmethod
    def _reads_known_columns(cls, key: tuple[str, ...]) -> tuple[str, ...]:
        return require_readable(key)

    @property
    def rated(self) -> tuple[Window, ...]:
        """Windows over which rates are given; none without rates."""
        if not self.rates:
            return ()
        return self.windows if self.rate_windows is None else self.rate_windows

    @model_validator(mode="after")
    def _has_single_prior(self) -> Self:
        if self.rates and (self.parent is None) == (self.prior_rate is None):
            raise ValueError("rates need either a parent or a prior_rate")
        if self.money_rates and not self.rates:
            raise ValueError("money_rates go beside rates")
        if self.trend is not None and self.trend[0] >= self.trend[1]:
            raise ValueError("a trend compares a short window with a longer one")
        given = [reason for group in self.reasons.values() for reason in group]
        if len(given) != len(set(given)):
            raise ValueError("a reason may be in one group only")
        return self


def require_readable(names: Sequence[str]) -> tuple[str, ...]:
    """Refuse columns that were not known when the line was ordered, and those that do not exist."""
    for name in names:
        if name in KNOWN_LATER:
            raise ValueError(f"{name} is known only after the order")
        if name not in READABLE:
            raise ValueError(f"{name} is no column of an order line; there are {list(READABLE)}")
    return tuple(names)
