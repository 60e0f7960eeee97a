"""``kind: fit`` in ``features/definitions/*.yaml``: what is learnt of sizes, and from which return reasons."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, NonNegativeFloat, PositiveFloat, field_validator, model_validator

from returns_risk.config.yaml_files import Frozen
from returns_risk.features.history_columns import Unit
from returns_risk.features.history_definitions import Name, require_readable

if TYPE_CHECKING:
    from returns_risk.snapshot import Snapshot

__all__ = [
    "FIT_COLUMNS", "FIT_NAMES", "FitColumn", "FitDefinition", "FitKey", "FitParameters", "FittedFit", "SizeSystem",
]  # fmt: skip

Share = Annotated[float, Field(ge=0, lt=1)]


class FitParameters(Frozen):
    """The ordered probit of kept, too small and too large; sizes are in steps of their system.

    The defaults hold until they are fitted.
    """

    low: PositiveFloat = 2.0
    """A line is sent back as too small where it is too small by more than this, and the noise."""
    high: PositiveFloat = 2.2
    noise: PositiveFloat = 0.9
    """Standard deviation of the misfit at which a customer sends a line back."""
    tight: PositiveFloat = 0.6
    """The same limit on the side where the order has another size of the style to compare with."""
    tight_noise: PositiveFloat = 0.6
    loose: PositiveFloat = 1.5
    """The limit of such a line on the other side."""
    unrelated: Share = 0.06
    """Share of the lines whose outcome has nothing to do with their size."""
    other_reason: Share = 0.05
    """Share of the lines that fit and come back, where returns give no reasons."""
    bias_variance: PositiveFloat = 0.09
    """Of how far customers misjudge their size."""
    order_noise: PositiveFloat = 0.15
    """Variance of an ordered size around the size that the customer believes in."""
    stranger: Share = 0.01
    """Share of lines ordered for somebody else."""
    stranger_variance: PositiveFloat = 1.0
    drift: NonNegativeFloat = 0.0
    """By how much the variance of a customer's size grows each day."""


class SizeSystem(Frozen):
    """Categories whose sizes mean the same, such as 34 to 46 of dresses and jeans."""

    categories: tuple[str, ...]
    """Empty text where the source has no categories."""
    letters: bool
    """S, M, L and not numbers."""
    step: PositiveFloat
    """Usual distance of neighbouring sizes of a style: 2 for 34, 36, 38."""
    centre: float
    """Mean of the customers' sizes, in steps."""
    variance: PositiveFloat


class FitKey(Frozen):
    """Columns whose values together have an offset or a tolerance, and the variance of its prior."""

    key: tuple[Name, ...] = Field(min_length=1)
    variance: PositiveFloat

    @field_validator("key")
    @classmethod
    def _reads_known_columns(cls, key: tuple[str, ...]) -> tuple[str, ...]:
        return require_readable(key)


class FittedFit(Frozen):
    """What is learnt from the outcomes that were known by a day."""

    parameters: FitParameters
    offsets: tuple[PositiveFloat, ...]
    """Variances, in the order of the definition."""
    tolerances: tuple[PositiveFloat, ...]
    systems: tuple[SizeSystem, ...]
    kept: tuple[float, float] = (0.0, 1.0)
    """Intercept and slope by which the log odds of being kept are calibrated."""


class FitDefinition(Frozen):
    """How well a size fits its customer, learnt line by line (``fit_kernel``)."""

    kind: Literal["fit"]
    entity: Name
    active: bool = True
    meaning: str
    offsets: tuple[FitKey, ...] = Field(min_length=1)
    """What may run small or large; the outcomes of the first are counted as evidence."""
    tolerances: tuple[FitKey, ...] = ()
    """What may be sent back at a smaller or only at a larger misfit than usual."""
    too_small: tuple[str, ...] = ("too_small",)
    """Reasons of returns."""
    too_large: tuple[str, ...] = ("too_large",)
    parameters: FitParameters = FitParameters()
    """Starting values."""
    fitted: FittedFit | None = None

    @model_validator(mode="after")
    def _has_each_reason_once(self) -> Self:
        if both := sorted(set(self.too_small) & set(self.too_large)):
            raise ValueError(f"the reason {both[0]} is in too_small and too_large; a reason may be in one of them only")
        return self

    @property
    def columns(self) -> list[str]:
        """Columns of a line that the definition reads."""
        keys = [name for item in (*self.offsets, *self.tolerances) for name in item.key]
        return sorted({"customer_id", "order_id", "style", "size", "size_rank", *keys})

    def fit(self, snapshot: "Snapshot", until: date) -> Self:
        """Return the definition with parameters fitted to the outcomes known before a day."""
        # Brings numba along, which need not be loaded where definitions are only read.
        from returns_risk.features.fit_learning import fit_parameters

        return self.model_copy(update={"fitted": fit_parameters(self, snapshot, until)})


@dataclass(frozen=True)
class FitColumn:
    """One column of the kind ``fit``."""

    name: str
    unit: Unit
    meaning: str


FIT_COLUMNS = (
    FitColumn("fit_misfit", "number", "steps by which the size is expected to be too large, or below 0 too small"),
    FitColumn("fit_misfit_sd", "number", "uncertainty of the expected misfit, in steps"),
    FitColumn("fit_too_small", "share", "probability that the size is too small"),
    FitColumn("fit_too_large", "share", "probability that the size is too large"),
    FitColumn("fit_style_runs", "number", "steps by which the style runs large, or below 0 small"),
    FitColumn("fit_outcomes_of_style", "count", "lines of the style that were kept, too small or too large"),
)
"""In catalogue order; missing where a line has no size."""
FIT_NAMES = [column.name for column in FIT_COLUMNS]
