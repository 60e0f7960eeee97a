"""Decisions in the words that the page, the workbook and the terminal share."""

from collections.abc import Iterable

from returns_risk.explain.language import Language

__all__ = ["DECISION_WORDS", "say_decision", "say_for_order"]

DECISION_WORDS = {"act": "act", "review": "needs review", "holdout": "control group", "none": "no action"}


def say_decision(decision: str, intervention: str, no_action_reason: str, language: Language | None = None) -> str:
    """Return the action for a line in words.

    Parameters
    ----------
    decision : a key of ``DECISION_WORDS``
    intervention : as ``policy.yaml`` names it; empty for none
    no_action_reason : why there is no intervention; empty where there is one
    language : without one, the names of the policy and the plan are used

    >>> say_decision("act", "sizing_guidance", ""), say_decision("holdout", "sizing_guidance", "")
    ('sizing guidance', 'control group: sizing guidance')
    >>> from returns_risk.explain import load_language
    >>> say_decision("none", "", "no capacity"), say_decision("none", "", "no capacity", load_language("de"))
    ('no action: no capacity', 'keine Maßnahme: keine Kapazität mehr')
    """
    if language is None:
        word, detail = DECISION_WORDS[decision], intervention.replace("_", " ") or no_action_reason
    else:
        word = language.word("decisions", decision)
        detail = (
            language.word("interventions", intervention)
            if intervention
            else language.word("no_action", no_action_reason)
        )
    if decision == "act":
        return detail
    return f"{word}: {detail}" if detail else word


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
