"""Messages about a line before it ships: an offer to the customer, or a note to the warehouse."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import pandas as pd

from returns_risk.config.policy import Policy
from returns_risk.explain.fields import Field, find_fields
from returns_risk.explain.language import Language, MessageTemplate, list_languages, load_language
from returns_risk.explain.rows import Row
from returns_risk.explain.texts import placeholders_of, render
from returns_risk.explain.topics import Topic
from returns_risk.explain.wording import say_amount

__all__ = ["Message", "MessageWriter"]

_OFFERED = ("kept", "smaller", "larger")
"""Placeholders for the suggested size."""


@dataclass(frozen=True)
class Message:
    """A message about a line before it ships."""

    to: Literal["customer", "warehouse"]
    language: str
    subject: str
    body: str
    reply_by: pd.Timestamp | None
    """UTC; None where no answer is asked for."""
    size: str | None = None
    """The size that it offers; None for an open question, and for messages about something else."""


@dataclass(frozen=True)
class MessageWriter:
    """Writes messages by a policy, in the night of an as-of."""

    policy: Policy
    topics: list[Topic]
    """Of the columns of the features, for what the warehouse should know of an item."""
    reference_values: Mapping[str, float]
    """Median of the training rows, by column."""
    moment: pd.Timestamp
    """The as-of, UTC."""
    time_zone: str
    """IANA name, for markets without one in the policy."""

    def list_sayable(self, interventions: Sequence[str], row: Row) -> list[str]:
        """Return the interventions that have something to say about a line: no text, no message, and no contact."""
        fields = self._fields(row)
        known = {name for name, (_, value) in fields.items() if value is not None}
        templates = ((name, self._template(name, row)[0]) for name in interventions)
        return [name for name, template in templates if template is not None and _choose(template, known) is not None]

    def write(self, intervention: str, row: Row) -> Message | None:
        """Write the message of an intervention about a line; None where there is nothing to say.

        Parameters
        ----------
        row : the features of the line with ``sizes_of_style``, and of its candidate ``order_id``, ``sku``,
            ``return_reason``, and, as far as they are known, ``brand``, ``category``, ``size``, ``market``,
            ``warehouse``, ``customer_language``, ``promised_at``, ``ship_by``, ``suggested_size``, ``size_evidence``
        """
        template, name, language = self._template(intervention, row)
        fields = self._fields(row)
        known = {name for name, (_, value) in fields.items() if value is not None}
        text = None if template is None else _choose(template, known)
        if template is None or text is None:
            return None
        words = {key: say_amount(field, row, language) for key, field in fields.items()}
        subject, body = (render(({"other": part},), words, language.locale) for part in (template.subject, text))
        if not subject or not body:
            return None
        answered = "reply_time" in _needs(text)
        reply_by = fields["reply_time"][1].tz_convert("UTC") if answered else None
        letter = self._letter(body, template.to, name, language)
        return Message(template.to, name, subject, letter, reply_by, _offered_size(text, fields))

    def _template(self, intervention: str, row: Row) -> tuple[MessageTemplate | None, str, Language]:
        languages = self.policy.languages
        team = load_language(languages.team, languages)
        template = team.messages.interventions.get(intervention)
        name = languages.team
        if template is not None and template.to == "warehouse":
            name = languages.of_warehouse(row.value("warehouse"))
        elif template is not None:
            known = {*list_languages(), *languages.files}
            name = languages.of_customer(row.value("customer_language"), row.value("market"), known)
        language = load_language(name, languages)
        return language.messages.interventions.get(intervention), name, language

    def _fields(self, row: Row) -> dict[str, Field]:
        market = row.text("market")
        zone = self.policy.time_zones.get(market or "", self.time_zone)
        return find_fields(row, self.topics, self.reference_values, self.policy.messages, self.moment.tz_convert(zone))

    def _letter(self, text: str, to: str, name: str, language: Language) -> str:
        if to == "warehouse":
            return text
        texts, messages = language.messages, self.policy.messages
        parts = {
            "text": text,
            "shop": messages.shop,
            "transparency": messages.transparency.get(name, texts.transparency),
            "opt_out": messages.opt_out.get(name, texts.opt_out),
            "footer": messages.footer.get(name, ""),
        }
        return texts.letter.format_map(parts).rstrip()


def _choose(template: MessageTemplate, known: set[str]) -> str | None:
    """Return the first text whose placeholders are all known."""
    return next((text for text in template.texts if known >= _needs(text)), None)


def _offered_size(text: str, fields: Mapping[str, Field]) -> str | None:
    return next((str(fields[name][1]) for name in _OFFERED if name in _needs(text)), None)


@cache
def _needs(text: str) -> frozenset[str]:
    return frozenset(placeholders_of([text]))
