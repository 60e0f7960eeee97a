"""Block ``resolutions`` of ``policy.yaml``: what is recommended for a line that comes back."""

from string import Formatter
from typing import Literal

from pydantic import NonNegativeFloat, PositiveFloat, field_validator, model_validator

from returns_risk.config.messages import is_language_name
from returns_risk.config.yaml_files import Frozen

__all__ = ["ResolutionRule", "find_placeholders"]

_PLACEHOLDERS = ("order_id", "size", "suggested_size")
_LENGTH = 500


def find_placeholders(text: str) -> list[str]:
    """Return the placeholders of a text, in its order.

    >>> find_placeholders("Offer {suggested_size} instead of {size}.")
    ['suggested_size', 'size']
    """
    return [name for _, name, _, _ in Formatter().parse(text) if name is not None]


def _require_snippet(text: str) -> None:
    """Require a text of 1 to 500 characters with no other placeholders than those of a line."""
    if not 1 <= len(text) <= _LENGTH:
        raise ValueError(f"a text has 1 to {_LENGTH} characters, this one {len(text)}")
    try:
        parts = list(Formatter().parse(text))
    except ValueError as error:
        raise ValueError(f"the braces do not match ({error}); write {{{{ for a brace") from error
    for _, name, form, conversion in parts:
        if name is not None and (name not in _PLACEHOLDERS or form or conversion):
            known = ", ".join(f"{{{name}}}" for name in _PLACEHOLDERS)
            raise ValueError(f"there is no placeholder {{{name}}}; there are {known}")


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
    text: str | dict[str, str]
    """What the agent reads or pastes, or such a text by language, with ``{order_id}``, ``{size}`` and
    ``{suggested_size}``; a rule with a size in its text only fits lines that have that size."""

    @model_validator(mode="after")
    def _has_values(self) -> "ResolutionRule":
        if self.value_below is not None and self.value_below <= self.value_from:
            raise ValueError("value_below is not above value_from, so that no line fits")
        return self

    @field_validator("text")
    @classmethod
    def _is_one_text_in_all_languages(cls, text: str | dict[str, str]) -> str | dict[str, str]:
        if isinstance(text, str):
            _require_snippet(text)
            return text
        if not text:
            raise ValueError("has no language")
        first = next(iter(text))
        for language, snippet in text.items():
            if not is_language_name(language):
                raise ValueError(f"{language!r} is no language such as de or de-AT")
            try:
                _require_snippet(snippet)
            except ValueError as error:
                raise ValueError(f"{language}: {error}") from error
            found, expected = (sorted(set(find_placeholders(each))) for each in (snippet, text[first]))
            if found != expected:
                raise ValueError(
                    f"{language} has the placeholders {found}, but {first} has {expected}: the rule would fit other "
                    "lines in another language"
                )
        return text

    def text_in(self, language: str) -> str:
        """Return the text in a language, else in the language without its region, in English, or in the first one."""
        if isinstance(self.text, str):
            return self.text
        known = (name for name in (language, language.split("-")[0], "en") if name in self.text)
        return self.text[next(known, next(iter(self.text)))]
