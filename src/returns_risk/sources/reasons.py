"""The shop's codes and words for return reasons, translated into the reasons that the policy names."""

from pathlib import Path

import pandas as pd

from returns_risk.config.policy import load_policy
from returns_risk.config.yaml_files import read_yaml
from returns_risk.errors import SourceError

__all__ = ["OTHER", "map_reasons", "read_reason_map", "unknown_reasons"]

OTHER = "other"
"""Reason of each return whose code or word the map does not have."""
_LONGEST, _FEW = 30, 3
"""Letters of a code or word, and returns that have it at least; any other text may be the customer's own."""


def read_reason_map(file: Path) -> dict[str, str]:
    """Return the reason of each code and word in ``reasons.yaml``, e.g. ``too_small: [Z01, zu klein]``.

    Returns
    -------
    reason by code or word without outer blanks and in lower case; a reason is a word for itself

    Raises
    ------
    SourceError
        A reason has no list of texts, or a word has two reasons.
    """
    content = read_yaml(file)
    if not isinstance(content, dict) or not all(isinstance(words, list) for words in content.values()):
        raise SourceError(
            f"{file}: is not a list of codes and words for each reason. Write it like too_small: ['Z01']."
        )
    reasons = {OTHER: OTHER}
    for reason, words in content.items():
        for word in [reason, *words]:
            if not isinstance(word, str):
                raise SourceError(f"{file}: {reason}: YAML reads {word!r} as no text. Put it in quotes: '{word}'.")
            key = word.strip().casefold()
            if reasons.setdefault(key, reason) != reason:
                raise SourceError(f"{file}: {word!r} stands for {reasons[key]} and {reason}. Take it from one of them.")
    return reasons


def map_reasons(texts: pd.Series, reasons: dict[str, str]) -> tuple[pd.Series, dict[str, int]]:
    """Translate the codes and words of returns.

    Returns
    -------
    reasons, ``OTHER`` for a text that the map does not have, missing where there is none; and the number of returns
    with each of these texts, the most frequent first. Long texts and those of few returns, which may be what a customer
    wrote, are not quoted
    """
    mapped = texts.str.strip().str.casefold().map(reasons)
    unmapped = texts.notna() & mapped.isna()
    unknown = texts[unmapped].str.strip()
    may_be_personal = (unknown.str.len() > _LONGEST) | (unknown.groupby(unknown).transform("size") < _FEW)
    unknown = unknown.mask(may_be_personal, "long or rare texts")
    counts = unknown.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return mapped.mask(unmapped, OTHER).astype("str"), {str(text): int(count) for text, count in counts.items()}


def unknown_reasons(reasons: dict[str, str], policy: Path = Path("policy.yaml")) -> list[str]:
    """Return the reasons of a map that no effect in the policy names, sorted; none where there is no policy yet."""
    if not policy.exists():
        return []
    rules = load_policy(policy)
    named = {reason for intervention in rules.interventions.values() for reason in intervention.effect}
    named |= {reason for action in rules.sku_actions.values() for reason in action.reasons}
    return sorted(set(reasons.values()) - named - {OTHER})
