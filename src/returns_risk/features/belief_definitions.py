"""``kind: beliefs`` in ``features/definitions/*.yaml``: which keys of a line have a belief, and in which groups."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, PositiveFloat, model_validator

from returns_risk.config.yaml_files import Frozen
from returns_risk.features.history_columns import Unit
from returns_risk.features.history_definitions import Name, require_readable
from returns_risk.features.line_definitions import BasketDefinition, Column, LineDefinition

if TYPE_CHECKING:
    from returns_risk.snapshot import Snapshot

__all__ = ["Band", "BeliefGroup", "BeliefsDefinition", "FittedBeliefs", "belief_columns", "belief_names"]


class Band(Column):
    """A number of the line as part of a key: between which edges it lies."""

    not_verbs: ClassVar[tuple[str, ...]] = ("meaning", "edges")
    edges: tuple[float, ...] = Field(min_length=1)
    """A value belongs to the band above the last edge that it reaches."""

    @model_validator(mode="after")
    def _is_number(self) -> Self:
        verbs = tuple(verb for verb in LineDefinition.verbs if verb not in ("category", "identity"))
        if self.verb not in verbs + BasketDefinition.verbs:
            raise ValueError(f"the verb {self.verb} gives no number")
        if list(self.edges) != sorted(set(self.edges)):
            raise ValueError("edges go upwards")
        return self


class BeliefGroup(Frozen):
    """Kinds of keys whose beliefs are summed into a column."""

    meaning: str
    keys: tuple[tuple[Name, ...], ...] = Field(min_length=1)
    """Each a combination of columns of the line and bands; without any, one belief that all lines share."""


class FittedBeliefs(Frozen):
    """What is learnt of the priors from the outcomes that were known by a day."""

    bias: float
    variances: dict[str, Annotated[float, Field(ge=0)]]
    """Of the prior of each kind of key, by its columns joined by spaces."""


class BeliefsDefinition(Frozen):
    """Beliefs about the risk of a line's keys, learnt outcome by outcome (``history.beliefs``)."""

    kind: Literal["beliefs"]
    entity: Name
    active: bool = True
    meaning: str
    bands: dict[Name, Band] = Field(default_factory=dict)
    groups: dict[Name, BeliefGroup] = Field(min_length=1)
    variance: PositiveFloat = 0.05
    """Of the prior of each key until it is fitted."""
    fitted: FittedBeliefs | None = None

    @property
    def keys(self) -> list[tuple[str, ...]]:
        """The kinds of keys, group by group."""
        return [key for group in self.groups.values() for key in group.keys]

    @property
    def columns(self) -> list[str]:
        """Columns of a line that keys, or bands that compare the lines of an order, are made of."""
        compared = [band for band in self.bands.values() if band.verb in BasketDefinition.verbs]
        operands = [name for band in compared for name in band.operands]
        names = [name for key in self.keys for name in key if name not in self.bands]
        # Lines of an order are found by its id.
        return sorted({*names, *operands, *(["order_id"] if compared else [])})

    def fit(self, snapshot: "Snapshot", until: date) -> Self:
        """Return the definition with priors fitted to the outcomes known before a day."""
        # Brings numba along, which need not be loaded where definitions are only read.
        from returns_risk.features.belief_fit import fit_beliefs

        return self.model_copy(update={"fitted": fit_beliefs(self, snapshot, until)})

    @model_validator(mode="after")
    def _reads_known_columns(self) -> Self:
        for key in self.keys:
            require_readable([name for name in key if name not in self.bands])
        if len(self.keys) != len({frozenset(key) for key in self.keys}):
            raise ValueError("a key is listed twice")
        if self.fitted is not None and not {" ".join(key) for key in self.keys} <= set(self.fitted.variances):
            raise ValueError("fitted lacks the variance of a key: featurize writes it, not people")
        return self


@dataclass(frozen=True)
class BeliefColumn:
    """One column of the beliefs."""

    name: str
    group: str
    unit: Unit
    meaning: str


def belief_columns(definition: BeliefsDefinition) -> list[BeliefColumn]:
    """List the columns of a definition in catalogue order: risk, variance, then mean and variance of each group."""
    entity, meaning = definition.entity, definition.meaning
    columns = [
        BeliefColumn("belief_risk", entity, "share", f"{meaning}: risk"),
        BeliefColumn("belief_variance", entity, "number", f"{meaning}: uncertainty of the risk"),
    ]
    for name, group in definition.groups.items():
        columns += [
            BeliefColumn(f"belief_{name}", name, "number", f"{meaning}: {group.meaning}"),
            BeliefColumn(f"belief_{name}_variance", name, "number", f"{meaning}: {group.meaning}, uncertainty"),
        ]
    return columns


def belief_names(definition: BeliefsDefinition) -> list[str]:
    """Name the columns of a definition."""
    return [column.name for column in belief_columns(definition)]
