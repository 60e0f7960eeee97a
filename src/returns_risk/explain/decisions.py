"""What is decided about a line and an order, in the words that the page, the workbook and the terminal share."""

from collections.abc import Iterable

__all__ = ["DECISION_WORDS", "say_decision", "say_for_order"]

DECISION_WORDS = {
    "act": "act",
    "review": "needs review",
    "holdout": "control group",
    "none": "no action",
}
"""Each decision in words, alone and before what it is about."""
_WHY_NOT = {"market": "not in this market", "category": "not for this category", "shadow": "in shadow only"}
"""Reasons of the plan that say too little by themselves."""


def say_decision(decision: str, intervention: str, no_action_reason: str) -> str:
    """Say what is to be done about a line, or that it is not to be touched.

    Parameters
    ----------
    decision : a key of ``DECISION_WORDS``
    intervention : as ``policy.yaml`` names it; empty where nothing is planned
    no_action_reason : why nothing is planned; empty where something is

    >>> say_decision("act", "sizing_guidance", ""), say_decision("holdout", "sizing_guidance", "")
    ('sizing guidance', 'control group: sizing guidance')
    >>> say_decision("none", "", "no capacity")
    'no action: no capacity'
    """
    told = intervention.replace("_", " ") or _WHY_NOT.get(no_action_reason, no_action_reason)
    if decision == "act":
        return told
    return f"{DECISION_WORDS[decision]}: {told}" if told else DECISION_WORDS[decision]


def say_for_order(lines: Iterable[tuple[str, str]]) -> str:
    """Join what is said of an order's lines, each text once; lines with nothing planned only where no other has.

    Parameters
    ----------
    lines : decision and text of each line

    >>> say_for_order([("none", "no action: too late"), ("act", "quality check"), ("act", "quality check")])
    'quality check'
    """
    told = list(lines)
    planned = [text for decision, text in told if decision != "none"]
    return "; ".join(dict.fromkeys(planned or [text for _, text in told]))
