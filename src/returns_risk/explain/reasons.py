"""Why a line stands out: SHAP values grouped into factors, and a sentence for the strongest fact of each."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.explain.language import Language, load_language
from returns_risk.explain.statements import Row, counted_shares, number_of
from returns_risk.explain.topics import Topic
from returns_risk.explain.wording import say_to_customer, say_to_staff
from returns_risk.features import Feature

__all__ = ["ITEM", "OTHER_FACTORS", "Attributions", "explain", "explain_to_customer", "sum_factors"]

ITEM = (
    "sku", "style", "style_size", "style_colour", "brand", "brand_category", "category", "size_category", "product",
    "lane",
)  # fmt: skip
"""Entities about the item and its shipment, not about the customer or the payment."""
_RATES = ("rate", "money_rate")
_SAME_SHARE = 0.005
"""Shares that differ by less read the same."""
Values = npt.NDArray[np.float64]
Say = Callable[[Topic, Row, Language], str]
OTHER_FACTORS = "all else"
"""Name of the sum of all weaker factors."""


@dataclass(frozen=True)
class Attributions:
    """SHAP values of lines, with the inputs to put them into sentences."""

    contributions: Values
    """SHAP values without the base, shape (n_lines, n_features)."""
    features: pd.DataFrame
    """Values of the same columns, and of any others: counts appear beside a rate, and ``sizes_of_style`` beside the
    number of sizes."""
    topics: list[Topic]
    """What each column of the contributions is about, in the same order (``list_topics``)."""
    reference_values: dict[str, float]
    """Median of numeric columns over the training rows."""
    languages: Sequence[str]
    """Of each line, shape (n_lines,)."""


def explain(
    attributions: Attributions, reasons: int, *, raising: bool = True, entities: Collection[str] | None = None
) -> list[list[str]]:
    """Return the strongest reasons for a higher risk, one sentence a factor.

    SHAP values add up, so those of one entity (the customer, the item, the basket ...) are summed into its factor.
    Only factors that raise the risk are given, strongest first, each by the fact that raises it most. A sentence
    states the fact, the typical value, the direction and how much evidence there is, never a share of the probability.

    Parameters
    ----------
    reasons : at most this many
    raising : False for the reasons for a lower risk instead
    entities : only factors of these, e.g. ``ITEM`` for packers; None for all

    Returns
    -------
    A list of sentences per line, perhaps shorter than ``reasons``.

    Raises
    ------
    ParamsError
        A language has no file.
    """

    def say(topic: Topic, row: Row, language: Language) -> str:
        reference = attributions.reference_values.get(topic.name)
        # A low rate that raises the risk together with others is true of the model and no reason for people.
        if _contradicts(topic, row, reference, raising):
            return ""
        return say_to_staff(topic, row, reference, raising, language)

    return _explain_lines(attributions, reasons, say, entities, sign=1 if raising else -1)


def explain_to_customer(attributions: Attributions, reasons: int) -> list[list[str]]:
    """Return the strongest reasons in words for the customer: about the order, its items and sizes, and their history.

    Facts without a text in the language file's part for customers are skipped, and figures about other customers are
    never given. Parameters and result are those of ``explain``.
    """

    def say(topic: Topic, row: Row, language: Language) -> str:
        return say_to_customer(topic, row, attributions.reference_values.get(topic.name), language)

    return _explain_lines(attributions, reasons, say)


def _explain_lines(
    attributions: Attributions, reasons: int, say: Say, entities: Collection[str] | None = None, sign: int = 1
) -> list[list[str]]:
    topics, features = attributions.topics, attributions.features
    factors = [
        np.flatnonzero([topic.entity == entity for topic in topics])
        for entity in dict.fromkeys(topic.entity for topic in topics)
        if entities is None or entity in entities
    ]
    columns = {str(name): features[name].to_numpy() for name in features}
    sentences = []
    for position, name in zip(range(len(features)), attributions.languages, strict=True):
        row, language = Row(columns, position), load_language(name)

        def sentence(column: int, row: Row = row, language: Language = language) -> str:
            return say(topics[column], row, language)

        sentences.append(_explain_line(sign * attributions.contributions[position], factors, sentence, reasons))
    return sentences


def _explain_line(
    values: Values, factors: list[npt.NDArray[np.intp]], sentence: Callable[[int], str], reasons: int
) -> list[str]:
    totals = np.array([values[columns].sum() for columns in factors])
    sentences: list[str] = []
    for factor in np.argsort(-totals, kind="stable"):
        if totals[factor] <= 0 or len(sentences) == reasons:
            break
        if text := _strongest_fact(values, factors[factor], sentence, sentences):
            sentences.append(text)
    return sentences


def _strongest_fact(
    values: Values, columns: npt.NDArray[np.intp], sentence: Callable[[int], str], given: list[str]
) -> str:
    """Return the sentence of a factor's strongest fact that has a text and is not among those given."""
    for column in columns[np.argsort(-values[columns], kind="stable")]:
        if values[column] <= 0:
            break
        text = sentence(column)
        if text and not any(_fact(text) in other.lower() for other in given):
            return text
    return ""


def _fact(sentence: str) -> str:
    """Return a sentence without the typical value, the direction and the evidence."""
    return sentence.split(" (")[0].split(";")[0].lower()


def _contradicts(topic: Topic, row: Row, reference: float | None, raising: bool) -> bool:
    """Return whether a rate, or the share counted beside it, is not clearly on its side of the typical value."""
    is_rate = topic.history is not None and topic.history.operation in _RATES
    value = number_of(row, topic.name) if is_rate else None
    if value is None or reference is None:
        return False
    shares = [value, *counted_shares(topic, row)]
    return any((share - reference if raising else reference - share) < _SAME_SHARE for share in shares)


def sum_factors(
    contributions: npt.NDArray[np.float64], catalogue: list[Feature], most: int
) -> list[list[tuple[str, float]]]:
    """Sum SHAP values by entity (the customer, the item, the basket ...); they add up to the score of the line.

    Parameters
    ----------
    contributions : SHAP values with the base in the last column, shape (n_lines, n_features + 1)
    catalogue : what each column means, in the same order
    most : the number of strongest factors of each line that are kept apart; the others are ``OTHER_FACTORS``

    Returns
    -------
    For each line its factors, named by entity, with their log-odds, the strongest first, ``OTHER_FACTORS`` last;
    without the base.
    """
    groups = [feature.group for feature in catalogue]
    summed = pd.DataFrame(contributions[:, :-1]).T.groupby(groups, sort=False).sum().T
    names, values = [str(name) for name in summed.columns], summed.to_numpy(dtype=np.float64)
    order = np.argsort(-np.abs(values), axis=1, kind="stable")
    factors = [
        [(names[position], float(values[line, position])) for position in ranked[:most]]
        for line, ranked in enumerate(order)
    ]
    if len(names) > most:
        for line, ranked in enumerate(order):
            factors[line].append((OTHER_FACTORS, float(values[line, ranked[most:]].sum())))
    return factors
