"""The parts ``languages`` and ``messages`` of ``policy.yaml``: who reads which language, and what messages say."""

import re
from collections.abc import Collection
from typing import Annotated

from pydantic import Field, NonNegativeFloat, field_validator

from returns_risk.config.yaml_files import Frozen

__all__ = ["LanguageName", "LanguagesPolicy", "MessagesPolicy", "is_language_name"]

_LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$"
LanguageName = Annotated[str, Field(pattern=_LANGUAGE)]


def is_language_name(name: str) -> bool:
    """Say whether a text names a language, such as ``de`` or ``de-AT``."""
    return re.match(_LANGUAGE, name) is not None


class LanguagesPolicy(Frozen):
    """Which language each reader gets."""

    team: LanguageName = "en"
    """Of reasons, for those who decide."""
    warehouse: dict[str, LanguageName] = Field(default_factory=dict)
    """Of notes to a warehouse; those not listed get the team's."""
    markets: dict[str, LanguageName] = Field(default_factory=dict)
    """Of messages to customers whose own language is not known; markets not listed get the team's."""
    files: dict[LanguageName, str] = Field(default_factory=dict)
    """By language: a file of the shop whose texts replace those of the library, relative to the working directory."""

    @property
    def names(self) -> list[str]:
        """All languages, the team's first."""
        return list(dict.fromkeys([self.team, *self.warehouse.values(), *self.markets.values(), *self.files]))

    def of_warehouse(self, warehouse: object) -> str:
        """Return the language of a warehouse."""
        return self.warehouse.get(warehouse, self.team) if isinstance(warehouse, str) else self.team

    def of_customer(self, language: object, market: object, known: Collection[str]) -> str:
        """Return the language of a customer where it is among the ``known``, else of the market.

        A language such as ``de-AT`` is ``de`` where only that is known.
        """
        if isinstance(language, str):
            named = language.strip().lower().replace("_", "-")
            for name in (named, named.split("-")[0]):
                if name in known:
                    return name
        return self.markets.get(market, self.team) if isinstance(market, str) else self.team


class MessagesPolicy(Frozen):
    """Who messages are from, until when an answer counts, and what the law wants in them."""

    shop: Annotated[str, Field(min_length=1)] = "Customer service"
    """Signature."""
    reply_at: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "12:00"
    """Local time until which an answer counts: on the day after the run where the line ships late enough, else on the
    day of the run."""
    reply_hours: NonNegativeFloat = 2.0
    """Hours before the line has to ship after which no answer counts."""
    footer: dict[LanguageName, str] = Field(default_factory=dict)
    """Legal notice by language."""
    opt_out: dict[LanguageName, str] = Field(default_factory=dict)
    """How to get no more such messages, by language, where the library's text does not fit."""
    transparency: dict[LanguageName, str] = Field(default_factory=dict)
    """That an estimate suggested the message, by language, where the library's text does not fit."""

    @field_validator("footer", "opt_out", "transparency")
    @classmethod
    def _without_placeholders(cls, texts: dict[str, str]) -> dict[str, str]:
        for language, text in texts.items():
            if "{" in text or "}" in text:
                raise ValueError(f"{language}: a text here has no placeholders, and no braces")
        return texts
