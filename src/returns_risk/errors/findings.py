"""Findings of Pydantic in plain words."""

from collections.abc import Mapping
from typing import Any

__all__ = ["finding_of"]


def finding_of(details: Mapping[str, Any]) -> str:
    """Return the message of one of a ``ValidationError``'s errors, without the prefix of our own validators.

    >>> finding_of({"msg": "Value error, 'shop.example' must contain {order_id}"})
    "'shop.example' must contain {order_id}"
    """
    return str(details["msg"]).removeprefix("Value error, ")
