"""Findings of Pydantic in plain words."""

from collections.abc import Mapping
from typing import Any

__all__ = ["finding_of"]

_PLAIN = {
    "extra_forbidden": "there is no such key",
    "missing": "the key is missing",
    "model_type": "a block of keys is expected",
    "dict_type": "a block of keys is expected",
    "union_tag_not_found": "the key kind is missing",
}
"""By type of error, instead of Pydantic's words."""


def finding_of(details: Mapping[str, Any]) -> str:
    """Return the message of one of a ``ValidationError``'s errors, without the prefix of our own validators.

    >>> finding_of({"msg": "Value error, 'shop.example' must contain {order_id}"})
    "'shop.example' must contain {order_id}"

    >>> finding_of({"type": "extra_forbidden", "msg": "Extra inputs are not permitted"})
    'there is no such key'
    """
    if details.get("type") in _PLAIN:
        return _PLAIN[details["type"]]
    return str(details["msg"]).removeprefix("Value error, ")
