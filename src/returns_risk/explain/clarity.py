"""Whether a fact is clear enough to be a reason."""

from collections.abc import Mapping

import numpy as np

from returns_risk.explain.belief_facts import BeliefFact
from returns_risk.explain.evidence import lines_behind
from returns_risk.explain.statements import Row, counted_shares, number_of
from returns_risk.explain.topics import Topic

__all__ = ["contradicts", "is_clear", "is_reason_of_fit"]

_RATES = ("rate", "money_rate", "reason_share")
_SAME_SHARE = 0.005
"""Shares that differ by less read the same."""
_CLEARLY = 1.1
"""A clearly higher rate is at least so many times the typical one."""
_MISFIT = 0.5
"""Steps of sizes from which a size is said not to fit."""
_LIKELIER = 2.0
"""Being sent back for the size is clearly likelier at so many times the typical probability."""
_RUNS = 0.25
"""Steps from which a style is said to run small or large, by so many lines at least."""
_LINES = 10


def contradicts(topic: Topic, row: Row, reference: float | None, raising: bool) -> bool:
    """Return whether a rate, or the share counted beside it, is not clearly on its side of the typical value."""
    is_rate = topic.history is not None and topic.history.operation in _RATES
    value = number_of(row, topic.name) if is_rate else None
    if value is None or reference is None:
        return False
    shares = [value, *counted_shares(topic, row)]
    return any((share - reference if raising else reference - share) < _SAME_SHARE for share in shares)


def is_clear(
    fact: BeliefFact, topic: Topic, row: Row, reference: float | None, contribution: float, raising: bool
) -> bool:
    """Return whether a fact is clearly on the side of its typical value that the beliefs point to.

    A rate needs lines of its own; a number lies in another band, and its own contribution does not point the other way.

    Parameters
    ----------
    topic : of the fact's column
    reference : its typical value
    contribution : its SHAP value
    """
    value = number_of(row, topic.name)
    if value is None or reference is None:
        return False
    if fact.edges:
        band, typical = np.searchsorted(fact.edges, [value, reference], side="right")
        return bool(band > typical and contribution >= 0) if raising else bool(band < typical and contribution <= 0)
    shares = [value, *counted_shares(topic, row)]
    clear = all(share >= _CLEARLY * reference if raising else _CLEARLY * share <= reference for share in shares)
    return clear and lines_behind(topic, row) != 0


def is_reason_of_fit(name: str, row: Row, reference_values: Mapping[str, float], raising: bool) -> bool:
    """Return whether what a column of the kind ``fit`` says is clear enough to be a reason.

    A size does not fit where the expected misfit is half a step at least, and being sent back on that side clearly
    likelier than typical; it fits where neither is so.
    """
    misfit = number_of(row, "fit_misfit")
    if misfit is None:
        return False
    side = "fit_too_small" if misfit < 0 else "fit_too_large"
    probability, typical = number_of(row, side), reference_values.get(side)
    if probability is None or typical is None:
        return False
    if name == "fit_style_runs":
        runs, lines = number_of(row, name), number_of(row, "fit_outcomes_of_style")
        known = runs is not None and lines is not None and lines >= _LINES
        return raising and known and abs(runs or 0) >= _RUNS and (runs or 0) * misfit > 0 and probability > typical
    if not raising:
        return name == "fit_misfit" and abs(misfit) < _MISFIT and probability <= typical
    clear = abs(misfit) >= _MISFIT and probability >= _LIKELIER * typical
    return clear and name in ("fit_misfit", side)
