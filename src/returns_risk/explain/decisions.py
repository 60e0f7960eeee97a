"""Decisions in the words of the terminal."""

__all__ = ["say_decision"]

_WORDS = {"act": "act", "review": "needs review", "holdout": "control group", "none": "no action"}


def say_decision(decision: str, intervention: str, no_action_reason: str) -> str:
    """Return the action for a line in words.

    Parameters
    ----------
    decision : ``act``, ``review``, ``holdout`` or ``none``
    intervention : as ``policy.yaml`` names it; empty for none
    no_action_reason : why there is no intervention; empty where there is one

    >>> say_decision("act", "sizing_guidance", ""), say_decision("holdout", "sizing_guidance", "")
    ('sizing guidance', 'control group: sizing guidance')
    """
    detail = intervention.replace("_", " ") or no_action_reason
    if decision == "act":
        return detail
    return f"{_WORDS[decision]}: {detail}" if detail else _WORDS[decision]
