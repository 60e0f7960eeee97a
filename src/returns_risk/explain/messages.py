"""Messages about a line before it ships: to the customer or to the warehouse."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from returns_risk.config.policy import ANY
from returns_risk.explain.language import load_language

__all__ = ["Message", "write_message"]

_ITEM = ("brand", "category", "colour")


@dataclass(frozen=True)
class Message:
    """A message about a line before it ships."""

    to: Literal["customer", "warehouse"]
    subject: str
    body: str


def write_message(intervention: str, line: Mapping[str, Any], reason: str | None, language: str) -> Message:
    """Write the message of an intervention about a line, from the template of its name or else of ``any``.

    Parameters
    ----------
    intervention : as ``policy.yaml`` names it
    line : ``order_id`` and ``sku``, and as far as they are known ``brand``, ``category``, ``colour`` and ``size``
    reason : a sentence of ``explain_to_customer``, or for the warehouse of ``explain`` about ``ITEM``; None for none
    """
    texts = load_language(language)
    template = texts.messages.get(intervention, texts.messages[ANY])
    fields = {
        "order_id": _text(line, "order_id"),
        "sku": _text(line, "sku"),
        "item": " ".join(filter(None, (_text(line, name) for name in _ITEM))) or _text(line, "sku"),
        "size": texts.name_size(_text(line, "size")) or texts.no_size,
        "reason": reason or template.without_reason,
    }
    return Message(template.to, template.subject.format_map(fields), template.body.format_map(fields))


def _text(line: Mapping[str, Any], name: str) -> str:
    """Return a value as one line of text: a line break in a subject would begin another header of a mail."""
    value = line.get(name)
    return "" if value is None or pd.isna(value) else " ".join(str(value).split())
