"""The sheet All lines: headers and the meaning of each column, as the files name them."""

import re

__all__ = ["COLUMNS", "head_column", "meaning_of"]

COLUMNS = {
    "order_id": "the order, as the shop names it",
    "line_id": "the line of the order, as the shop names it",
    "sku": "the item, as the shop names it",
    "ordered_on": "day of the order in the shop's time zone",
    "market": "where the order goes",
    "warehouse": "where the order ships from",
    "brand": "of the item",
    "category": "of the item",
    "size": "of the item",
    "colour": "of the item",
    "currency": "currency of the prices",
    "quantity": "units ordered",
    "unit_price": "price of one unit",
    "line_value": "quantity times price",
    "decision": (
        "act: do it; review: decide first; holdout: control group, leave it alone so that the effect can be measured; "
        "none: no action"
    ),
    "intervention": "the planned intervention; not carried out where the decision is holdout",
    "value": "expected saving of the intervention, its cost deducted",
    "value_low": "lower bound of the value",
    "value_high": "upper bound of the value",
    "arm": "treatment or control, where something is planned",
    "no_action_reason": "why there is no intervention",
    "risk": "probability that any unit of the line is returned within its return window",
    "risk_low": "lower bound of the risk",
    "risk_high": "upper bound of the risk",
    "evidence": (
        "known outcomes: strong (five of the customer and twenty of the item), some (one of the two), thin or none"
    ),
    "return_reason": "the likeliest reason if the line is returned; empty where the model is not sure enough",
    "return_reason_share": "share of such returns that have this reason",
    "reason_1": "a fact that raises the risk; the first is the strongest",
    "message": "message to the customer or the warehouse: subject, an empty line, body",
    "message_to": "who reads the message: customer or warehouse",
    "message_language": "language of the message",
    "message_subject": "subject of the message",
    "message_body": "the message without its subject",
    "message_size": "size that the message offers, empty where it asks which",
    "reply_by": "by when the customer has to answer, in the shop's time zone",
    "ship_by": "by when the line has to leave the warehouse, in the shop's time zone",
    "suggested_size": "another size than ordered, or the one to keep of several sizes in the order",
    "suggested_size_kept": "probability that the suggested size is not sent back as too small or too large, if it were "
    "the only size of its style in the order",
    "ordered_size_kept": "the same for the ordered size",
    "size_evidence": "known outcomes of each size of the style, and the sizes that the customer kept, as JSON",
    "resolution": "what to offer should the line come back",
    "resolution_text": "text for whoever answers the customer then",
}
"""Meaning of the columns of the sheet All lines; ``reason_1`` is the key of all numbered reasons."""
_IN_POLICY_CURRENCY = ("value", "value_low", "value_high")


def head_column(name: str, currency: str) -> str:
    """Return the header of a column, with the policy's currency where amounts are in it.

    >>> head_column("value_low", "EUR"), head_column("line_value", "EUR")
    ('value low (EUR)', 'line value')
    """
    unit = f" ({currency})" if name in _IN_POLICY_CURRENCY else ""
    return name.replace("_", " ") + unit


def meaning_of(name: str) -> str:
    """Return the meaning of a column of the sheet All lines, an empty text where it has none."""
    return COLUMNS.get(re.sub(r"^reason_\d+$", "reason_1", name), "")
