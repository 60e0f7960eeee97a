"""Why a line stands out: the facts that explain its planned action first, then those that raise its risk most."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from returns_risk.config.policy import ANY, Intervention
from returns_risk.explain.factors import Attributions
from returns_risk.explain.facts import Fact, Kind, fact_of
from returns_risk.explain.language import Language
from returns_risk.explain.rows import Row, columns_of
from returns_risk.explain.size_facts import SEVERAL_SIZES, list_size_facts
from returns_risk.explain.topics import Topic
from returns_risk.explain.wording import say
from returns_risk.features.fit_definitions import FIT_NAMES

__all__ = ["Reason", "answered_kinds", "explain", "state_facts"]

_SIZE, _QUALITY, _CHOICE = (
    ("too_small", "too_large"),
    ("quality", "damaged", "not_as_pictured"),
    ("changed_mind", "gift"),
)
_ANSWERED: dict[str, Kind] = {
    **dict.fromkeys(_SIZE, "size"), **dict.fromkeys(_QUALITY, "quality"), **dict.fromkeys(_CHOICE, "choice"),
    "late": "delivery",
}  # fmt: skip
"""Kind of the facts that explain each return reason."""
_SIZES_COLUMN = "basket_sizes_of_style"
_MUCH = 0.2
"""Part of the weight of a brand, a category or a market from which on another fact comes before it."""


@dataclass(frozen=True)
class Reason:
    """A reason of a line."""

    sentence: str
    numbers: Mapping[str, float]
    """What it rests on: values by column; empty where no single reason stands out."""


def explain(
    attributions: Attributions,
    lines: pd.DataFrame,
    language: Language,
    reasons: int,
    interventions: Mapping[str, Intervention] | None = None,
) -> list[list[Reason]]:
    """Return the reasons of each line: first what its planned intervention answers, then what raises its risk most.

    Facts that are not clear, contradict each other or say the same are left out. A brand, a category, a market or a
    payment method comes first only where nothing else explains a fifth as much.

    Parameters
    ----------
    attributions : SHAP values and features of the lines
    lines : of the same lines: ``brand``, ``category``, ``size``, ``market``, ``warehouse``, ``currency``,
        ``intervention``, ``suggested_size`` and ``size_evidence``, as far as they are known
    reasons : at most this many
    interventions : of the policy; without them, no fact answers an action

    Returns
    -------
    At least one reason per line: where there is none, the sentence that says so.
    """
    explained = []
    for row, facts in zip(_rows(attributions, lines), state_facts(attributions, lines), strict=True):
        intervention = (interventions or {}).get(row.text("intervention") or "")
        kinds = frozenset[Kind]() if intervention is None else answered_kinds(intervention)
        explained.append(_choose(_rank(facts, kinds), row, language, reasons))
    return explained


def answered_kinds(intervention: Intervention) -> frozenset[Kind]:
    """Return the kinds of facts that explain an intervention: those of the return reasons that it lowers."""
    if ANY in intervention.effect:
        return frozenset(_ANSWERED.values())
    return frozenset(_ANSWERED[reason] for reason in intervention.effect if reason in _ANSWERED)


def state_facts(attributions: Attributions, lines: pd.DataFrame) -> Iterator[list[Fact]]:
    """Yield the clear facts of each line, each with its weight; parameters as of ``explain``."""
    topics = {topic.name: (position, topic) for position, topic in enumerate(attributions.topics)}
    for row, values in zip(_rows(attributions, lines), attributions.contributions, strict=True):
        weights = {name: float(values[position]) for name, (position, _) in topics.items()}
        fit = max(sum(weights.get(name, 0.0) for name in FIT_NAMES), 0.0)
        size_facts = [replace(fact, weight=fit) for fact in list_size_facts(row, attributions.reference_values)]
        facts = _by_column(topics.values(), row, attributions.reference_values, weights)
        for fact in size_facts:
            if fact.key == SEVERAL_SIZES:
                facts[_SIZES_COLUMN] = replace(fact, weight=weights.get(_SIZES_COLUMN, 0.0))
        for name, (_, topic) in topics.items():
            # The weight of a belief goes to the first fact behind it.
            if (behind := next((column for column in topic.facts if column in facts), None)) is not None:
                facts[behind] = replace(facts[behind], weight=facts[behind].weight + weights[name])
        several = [facts.pop(_SIZES_COLUMN)] if _SIZES_COLUMN in facts else []
        yield [*several, *(fact for fact in size_facts if fact.key != SEVERAL_SIZES), *facts.values()]


def _by_column(
    topics: Iterable[tuple[int, Topic]],
    row: Row,
    reference_values: Mapping[str, float],
    weights: Mapping[str, float],
) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    for _, topic in topics:
        fact = None if topic.name == _SIZES_COLUMN else fact_of(topic, row, reference_values)
        if fact is not None:
            facts[topic.name] = replace(fact, weight=weights[topic.name])
    return facts


def _rows(attributions: Attributions, lines: pd.DataFrame) -> Iterator[Row]:
    columns = columns_of(attributions.features) | columns_of(lines)
    return (Row(columns, position) for position in range(len(lines)))


def _rank(facts: Sequence[Fact], kinds: frozenset[Kind]) -> list[Fact]:
    """Sort facts: those of the kinds, then the others that raise the risk, the strongest first."""
    answers = [fact for fact in facts if fact.kind and fact.kind in kinds and not fact.is_context]
    # Facts about the size come in their own order, the most telling first.
    answers.sort(key=lambda fact: 0.0 if fact.kind == "size" else -fact.weight)
    others = sorted((fact for fact in facts if fact not in answers and fact.weight > 0), key=lambda fact: -fact.weight)
    ranked = [*answers, *others]
    if ranked and ranked[0].is_context:
        stronger = (fact for fact in ranked if not fact.is_context and fact.weight >= _MUCH * ranked[0].weight)
        if (first := next(stronger, None)) is not None:
            ranked = [first, *(fact for fact in ranked if fact is not first)]
    return ranked


def _choose(ranked: list[Fact], row: Row, language: Language, reasons: int) -> list[Reason]:
    chosen: list[Reason] = []
    groups: set[str] = set()
    for fact in ranked:
        if len(chosen) == reasons:
            break
        sentence = "" if fact.group in groups else say(fact, row, language)
        if sentence and all(sentence != reason.sentence for reason in chosen):
            groups.add(fact.group)
            chosen.append(Reason(sentence, fact.numbers))
    return chosen or [Reason(language.none, {})]
