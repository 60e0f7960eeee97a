"""``features/definitions/*.yaml``: what is counted, over which windows, and what it means."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, ValidationError, field_validator, model_validator

from returns_risk.config.yaml_files import Frozen, load_yaml
from returns_risk.errors import ParamsError
from returns_risk.snapshot.columns import KNOWN_LATER, READABLE

__all__ = [
    "BasketDefinition",
    "Column",
    "FeatureSet",
    "HistoryDefinition",
    "LineDefinition",
    "load_definitions",
]

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Window = Literal["all"] | PositiveInt
Feast = Annotated[str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$")]
"""A day of every year, MM-DD."""
Event = Literal["ordered", "returned", "closed", "kept", "cancelled"]


class HistoryDefinition(Frozen):
    """What had happened to one entity before the as-of."""

    kind: Literal["history"]
    entity: Name
    active: bool = True
    meaning: str
    """The entity in words: "customer", "item"; a reason begins so where no language has words for the entity."""
    key: tuple[Name, ...]
    """Columns whose values together are the entity; empty for the whole shop."""
    windows: tuple[Window, ...] = ("all",)
    """Trailing days before the as-of, or "all" that is known."""
    counts: tuple[
        Annotated[str, Field(pattern=r"^(ordered|returned|closed|kept|cancelled)_(lines|units|money|days)$")], ...
    ] = ()
    """Sums of an event; days are the different days on which there was one."""
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
    """This line's size less the mean size of what the entity has kept, in steps of the size system."""
    tenure: bool = False
    """Days from the entity's first order to this one."""
    interpurchase: bool = False
    """Mean days between the days with orders before this one; missing before there are two."""
    trend: tuple[PositiveInt, PositiveInt] | None = None
    """A short and a long window: lines ordered a day in the one against the other, and the change of the rate."""
    reasons: dict[Name, tuple[str, ...]] = Field(default_factory=dict)
    """Groups of reasons by name: each one's share of the lines sent back, shrunken like the rates."""
    reason_windows: tuple[Window, ...] = ("all",)
    prior_share: Annotated[float, Field(ge=0, le=1)] = 0.3
    """Share of each group of reasons assumed where no entity above counts it."""

    @field_validator("key")
    @classmethod
    def _reads_what_was_known(cls, key: tuple[str, ...]) -> tuple[str, ...]:
        return _require_readable(key)

    @property
    def rated(self) -> tuple[Window, ...]:
        """Windows over which rates are given; none without rates."""
        if not self.rates:
            return ()
        return self.windows if self.rate_windows is None else self.rate_windows

    @model_validator(mode="after")
    def _has_one_prior(self) -> Self:
        if self.rates and (self.parent is None) == (self.prior_rate is None):
            raise ValueError("rates need either a parent or a prior_rate")
        if self.money_rates and not self.rates:
            raise ValueError("money_rates go beside rates")
        if self.trend is not None and self.trend[0] >= self.trend[1]:
            raise ValueError("a trend holds a short window against a longer one")
        given = [reason for group in self.reasons.values() for reason in group]
        if len(given) != len(set(given)):
            raise ValueError("a reason stands in one group only")
        return self


class Column(Frozen):
    """One column of a line or basket definition: exactly one verb and what it takes."""

    meaning: str
    number: Name | None = None
    identity: Name | None = None
    """An identifier as a category: what is particular to one customer or one item."""
    category: Name | None = None
    product: tuple[Name, Name] | None = None
    ratio: tuple[Name, Name] | None = None
    discount: tuple[Name, Name] | None = None
    """Share by which the first price is below the second."""
    days: tuple[Name, Name] | None = None
    """Days from the first time to the second."""
    part: tuple[Name, Literal["hour", "weekday", "day", "month"]] | None = None
    """Part of a time in the shop's time zone; weekday 0 is Monday."""
    years: tuple[Name, Name] | None = None
    """Years from a year number to a time."""
    until: tuple[Name, Feast] | tuple[Name, Name, Literal["holiday"]] | None = None
    """Days until the next feast: a time and MM-DD, or a time, a market and ``holiday`` (its public holidays)."""
    since: tuple[Name, Feast] | tuple[Name, Name, Literal["holiday"]] | None = None
    """Days since the last feast, likewise."""
    total: Name | None = None
    """Basket: sum over the order's lines."""
    distinct: list[Name] | None = None
    """Basket: number of different values (combinations) in the order."""
    distinct_within: tuple[Name, Name] | None = None
    """Basket: different values of the second among the order's lines that share the first with this line."""
    share: Name | None = None
    """Basket: this line's part of the order's sum."""
    rank: Name | None = None
    """Basket: 1 for the highest value in the order."""

    @property
    def verb(self) -> str:
        """Name of the one verb that is set."""
        return self._verbs[0]

    @property
    def _verbs(self) -> list[str]:
        return [name for name in type(self).model_fields if name != "meaning" and getattr(self, name) is not None]

    @property
    def operands(self) -> list[str]:
        """Names of the columns the verb reads."""
        value = getattr(self, self.verb)
        names = [value] if isinstance(value, str) else list(value)
        return names[:-1] if self.verb in ("part", "until", "since") else names

    @model_validator(mode="after")
    def _has_one_verb(self) -> Self:
        if len(self._verbs) != 1:
            raise ValueError(f"needs exactly one verb beside its meaning, has {self._verbs}")
        _require_readable(self.operands)
        return self


_OF_LINES = (
    "number", "identity", "category", "product", "ratio", "discount", "days", "part", "years", "until", "since",
)  # fmt: skip
_OF_BASKETS = ("total", "distinct", "distinct_within", "share", "rank")


class LineDefinition(Frozen):
    """What the order line itself says."""

    kind: Literal["line"]
    entity: Name
    active: bool = True
    meaning: str
    columns: dict[Name, Column]

    @field_validator("columns")
    @classmethod
    def _has_verbs_of_lines(cls, columns: dict[str, Column]) -> dict[str, Column]:
        return _require_verbs(columns, _OF_LINES)


class BasketDefinition(Frozen):
    """How the line stands among the lines of its order that are known at the as-of."""

    kind: Literal["basket"]
    entity: Name
    active: bool = True
    meaning: str
    columns: dict[Name, Column]

    @field_validator("columns")
    @classmethod
    def _has_verbs_of_baskets(cls, columns: dict[str, Column]) -> dict[str, Column]:
        return _require_verbs(columns, _OF_BASKETS)


def _require_verbs(columns: dict[str, Column], verbs: tuple[str, ...]) -> dict[str, Column]:
    for name, column in columns.items():
        if column.verb not in verbs:
            raise ValueError(f"{name}: the verb {column.verb} does not go here; there are {list(verbs)}")
    return columns


def _require_readable(names: Sequence[str]) -> tuple[str, ...]:
    """Refuse columns that nobody knew when the line was ordered, and those that do not exist."""
    for name in names:
        if name in KNOWN_LATER:
            raise ValueError(f"{name} is known only after the order")
        if name not in READABLE:
            raise ValueError(f"{name} is no column of an order line; there are {list(READABLE)}")
    return tuple(names)


Definition = Annotated[HistoryDefinition | LineDefinition | BasketDefinition, Field(discriminator="kind")]


class _File(Frozen):
    definition: Definition


class FeatureSet(Frozen):
    """All active definitions, parents before those that shrink towards them."""

    definitions: tuple[Definition, ...]

    @property
    def history(self) -> list[HistoryDefinition]:
        """The history definitions, parents first."""
        return [one for one in self.definitions if isinstance(one, HistoryDefinition)]

    @model_validator(mode="after")
    def _is_coherent(self) -> Self:
        columns = [name for one in self.definitions if one.kind != "history" for name in one.columns]
        for what, names in (("entities", [one.entity for one in self.definitions]), ("columns", columns)):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"{what} {twice} are defined twice")
        seen: list[str] = []
        for one in self.history:
            if one.parent is not None and one.parent not in seen:
                raise ValueError(f"parent {one.parent} of {one.entity} is missing, inactive or without rates")
            seen += [one.entity] if one.rates else []
        return self


def load_definitions(folder: Path = Path("features/definitions")) -> FeatureSet:
    """Read and check all ``*.yaml`` of a folder, one entity a file.

    Raises
    ------
    ParamsError
        There is none, a key is unknown or out of range, an entity stands twice or lacks its parent.
    """
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise ParamsError(f"{folder}: holds no *.yaml. Restore the feature definitions from git.")
    read = [_load(file) for file in files]
    active = [one for one in read if one.active]
    try:
        return FeatureSet(definitions=tuple(_parents_first(active)))
    except ValidationError as error:
        finding = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise ParamsError(f"{folder}: {finding}. Correct the definitions.") from error


def _load(file: Path) -> HistoryDefinition | LineDefinition | BasketDefinition:
    definition = load_yaml(file, _File, wrap="definition").definition
    if definition.entity != file.stem:
        raise ParamsError(f"{file}: entity: is {definition.entity}, the file's name says {file.stem}. Make them equal.")
    return definition


def _parents_first(
    definitions: list[HistoryDefinition | LineDefinition | BasketDefinition],
) -> list[HistoryDefinition | LineDefinition | BasketDefinition]:
    """Order by depth below the root, then by name; a cycle stays unordered and is refused later."""
    parents = {one.entity: one.parent for one in definitions if isinstance(one, HistoryDefinition)}

    def depth(entity: str) -> int:
        steps, parent = 0, parents.get(entity)
        while parent is not None and steps <= len(parents):
            steps, parent = steps + 1, parents.get(parent)
        return steps

    return sorted(definitions, key=lambda one: (depth(one.entity), one.entity))
