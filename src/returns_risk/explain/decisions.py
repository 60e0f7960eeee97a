"""Decisions in the words that the page, the workbook and the terminal share."""

from collections.abc import Iterable

__all__ = ["DECISION_WORDS", "say_decision", "say_for_order"]

DECISION_WORDS = {"act": "act", "review": "needs review", "holdout": "control group", "none": "no action"}


def say_decision(decision: str, intervention: str, no_action_reason: str) -> str:
    """Return the action for a line in words.

    Parameters
    ----------
    decision : a key of ``DECISION_WORDS``
    intervention : as ``policy.yaml`` names it; empty for none
    no_action_reason : why there is no intervention; empty where there is one

    >>> say_decision("act", "sizing_guidance", ""), say_decision("holdout", "sizing_guidance", "")
    ('sizing guidance', 'control group: sizing guidance')
    >>> say_decision("none", "", "no capacity")
    'no action: no capacity'
    """
    detail = intervention.replace("_", " ") or no_action_reason
    if decision == "act":
        return detail
    return f"{DECISION_WORDS[decision]}: {detail}" if detail else DECISION_WORDS[decision]


def say_for_order(lines: Iterable[tuple[str, str]]) -> str:
    """Join the texts of an order's lines, each text once; lines without an intervention only where no line has one.

    Parameters
    ----------
    lines : decision and text of each line

    >>> say_for_order([("none", "no action: too late"), ("act", "quality check"), ("act", "quality check")])
    'quality check'
    """
    texts = list(lines)
    planned = [text for decision, text in texts if decision != "none"]
    return "; ".join(dict.fromkeys(planned or [text for _, text in texts]))
