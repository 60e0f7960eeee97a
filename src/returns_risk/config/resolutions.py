"""Block ``resolutions`` of ``policy.yaml``: what is recommended for a line that comes back."""

from string import Formatter
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, NonNegativeFloat, PositiveFloat, model_validator

from returns_risk.config.yaml_files import Frozen

__all__ = ["ResolutionRule", "Snippet", "find_placeholders"]

_PLACEHOLDERS = ("order_id", "size", "suggested_size")


def find_placeholders(text: str) -> list[str]:
    """Return the placeholders of a text, in its order.

    >>> find_placeholders("Offer {suggested_size} instead of {size}.")
    ['suggested_size', 'size']
    """
    return [name for _, name, _, _ in Formatter().parse(text) if name is not None]


def _require_placeholders(text: str) -> str:
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        raise ValueError(f"the braces do not match ({error}); write {{{{ for a brace") from error
    for _, name, form, conversion in parts:
        if name is not None and (name not in _PLACEHOLDERS or form or conversion):
            known = ", ".join(f"{{{name}}}" for name in _PLACEHOLDERS)
            raise ValueError(f"there is no placeholder {{{name}}}; there are {known}")
    return text


Snippet = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_require_placeholders)]


class ResolutionRule(Frozen):
    """What to recommend for which lines; a condition that is not given holds for all lines."""

    resolution: Literal["exchange", "store_credit", "refund", "discount"]
    """Exchange, credit for the next order, money back, or a lower price for keeping the item."""
    reasons: tuple[str, ...] = ()
    """Likely return reasons of the line; a line without a likely reason only fits rules without reasons."""
    markets: tuple[str, ...] = ()
    """Markets of the line; empty for all."""
    value_from: NonNegativeFloat = 0.0
    """Smallest value of the line, in the policy's currency."""
    value_below: PositiveFloat | None = None
    """The value of the line is below this, in the policy's currency."""
    text: Snippet
    """What the agent reads or pastes, with ``{order_id}``, ``{size}`` and ``{suggested_size}``; a rule with a size in
    its text only fits lines that have that size."""

    @model_validator(mode="after")
    def _has_values(self) -> "ResolutionRule":
        if self.value_below is not None and self.value_below <= self.value_from:
            raise ValueError("value_below is not above value_from, so that no line fits")
        return self
