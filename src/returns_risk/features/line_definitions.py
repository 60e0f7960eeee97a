"""``kind: line`` and ``kind: basket`` in ``features/definitions/*.yaml``: columns of a line, alone or in its order."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from returns_risk.config.yaml_files import Frozen
from returns_risk.features.history_definitions import Name, require_readable
from returns_risk.snapshot.columns import kind_of

__all__ = ["BasketDefinition", "Column", "LineDefinition"]

Feast = Annotated[
    str, Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])$|^(0[13-9]|1[0-2])-(29|30)$|^(0[13578]|1[02])-31$")
]
"""A day of every year, MM-DD."""
_OPERANDS: dict[str, tuple[str, ...]] = {
    "number": ("number",), "identity": ("text",), "category": ("text",), "product": ("number", "number"),
    "ratio": ("number", "number"), "discount": ("number", "number"), "days": ("time", "time"), "part": ("time",),
    "years": ("number", "time"), "until": ("time", "text"), "since": ("time", "text"), "total": ("number",),
    "share": ("number",), "rank": ("number",),
}  # fmt: skip
"""Kinds of the columns that a verb reads, one after the other; the other verbs count values of any kind."""


class Column(Frozen):
    """One column of a line or basket definition: exactly one verb and its operands."""

    not_verbs: ClassVar[tuple[str, ...]] = ("meaning",)
    meaning: str
    number: Name | None = None
    identity: Name | None = None
    """An identifier as a category, so that a model can learn of single customers or items."""
    category: Name | None = None
    product: tuple[Name, Name] | None = None
    ratio: tuple[Name, Name] | None = None
    discount: tuple[Name, Name] | None = None
    """Share by which the first price is below the second."""
    days: tuple[Name, Name] | None = None
    """Days from the first time to the second."""
    part: tuple[Name, Literal["hour", "weekday", "day", "month"]] | None = None
    """Part of a time by the clock of the line's market, or of the shop; weekday 0 is Monday."""
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
        names = [name for name in type(self).model_fields if name not in self.not_verbs]
        return [name for name in names if getattr(self, name) is not None]

    @property
    def operands(self) -> list[str]:
        """Names of the columns the verb reads."""
        value = getattr(self, self.verb)
        names = [value] if isinstance(value, str) else list(value)
        return names[:-1] if self.verb in ("part", "until", "since") else names

    @model_validator(mode="after")
    def _has_single_verb(self) -> Self:
        if len(self._verbs) != 1:
            raise ValueError(f"needs exactly one verb beside its meaning, has {self._verbs}")
        require_readable(self.operands)
        for name, kind in zip(self.operands, _OPERANDS.get(self.verb, ()), strict=False):
            if kind_of(name) != kind:
                raise ValueError(f"the verb {self.verb} needs a {kind} there, and {name} is a {kind_of(name)}")
        return self


class _Definition(Frozen):
    """Columns of an entity, each by one of the verbs of the kind of definition."""

    verbs: ClassVar[tuple[str, ...]]
    kind: str
    entity: Name
    active: bool = True
    meaning: str
    columns: dict[Name, Column]

    @field_validator("columns")
    @classmethod
    def _has_verbs_of_kind(cls, columns: dict[str, Column]) -> dict[str, Column]:
        for name, column in columns.items():
            if column.verb not in cls.verbs:
                raise ValueError(f"{name}: the verb {column.verb} does not go here; there are {list(cls.verbs)}")
        return columns


class LineDefinition(_Definition):
    """Columns that rest on the order line alone."""

    verbs = (
        "number", "identity", "category", "product", "ratio", "discount", "days", "part", "years", "until", "since",
    )  # fmt: skip
    kind: Literal["line"]


class BasketDefinition(_Definition):
    """Columns that compare the line with the lines of its order that are known at the as-of."""

    verbs = ("total", "distinct", "distinct_within", "share", "rank")
    kind: Literal["basket"]
