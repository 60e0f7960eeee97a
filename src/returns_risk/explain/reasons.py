"""Why a line stands out: SHAP values grouped into factors, each told by its strongest fact."""

from collections.abc import Callable, Collection, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.explain.language import Language, load_language
from returns_risk.explain.statements import Row, counted_shares, number_of
from returns_risk.explain.topics import Topic
from returns_risk.explain.wording import say_to_customer, say_to_staff

__all__ = ["ITEM", "explain", "explain_to_customer"]

ITEM = (
    "sku",
    "style",
    "style_size",
    "style_colour",
    "brand",
    "brand_category",
    "category",
    "size_category",
    "product",
    "lane",
)
"""Entities that are about the item and its way, not about who ordered it or how it is paid."""
_RATES = ("rate", "money_rate")
_ALIKE = 0.005  # shares that read the same
Values = npt.NDArray[np.float64]
Say = Callable[[Topic, Row, Language], str]


def explain(
    contributions: Values,
    features: pd.DataFrame,
    topics: list[Topic],
    typical: dict[str, float],
    reasons: int,
    languages: Sequence[str],
    *,
    raising: bool = True,
    entities: Collection[str] | None = None,
) -> list[list[str]]:
    """Give the strongest reasons for a higher risk, one sentence a factor.

    SHAP values add up, so those of one entity (the customer, the item, the basket ...) are summed into its
    factor. Only factors that raise the risk are told, strongest first; the fact told is the one that raises
    it most. A sentence states what is known, what is typical, which way it moves the risk and how much evidence there
    is, never a share of the probability.

    Parameters
    ----------
    contributions : SHAP values without the base, shape (n_lines, n_features)
    features : values of the same columns, and of any others; counts among them are told beside a rate, and
        ``sizes_of_style`` beside the number of sizes
    topics : what each column of the contributions is about, in the same order (``list_topics``)
    typical : median of numeric columns over the training rows
    reasons : how many at most
    languages : of each line, shape (n_lines,)
    raising : False for the reasons for a lower risk instead
    entities : only these are told of, e.g. ``ITEM`` to those who pack; None for all

    Returns
    -------
    A list of sentences per line, perhaps shorter than ``reasons``.

    Raises
    ------
    ParamsError
        A language has no file.
    """

    def say(topic: Topic, row: Row, language: Language) -> str:
        usual = typical.get(topic.name)
        # A low rate that raises the risk together with others is true of the model and no reason for people.
        return "" if _contradicts(topic, row, usual, raising) else say_to_staff(topic, row, usual, raising, language)

    signed = contributions if raising else -contributions
    return _tell(signed, features, topics, reasons, languages, say, entities)


def explain_to_customer(
    contributions: Values,
    features: pd.DataFrame,
    topics: list[Topic],
    typical: dict[str, float],
    reasons: int,
    languages: Sequence[str],
) -> list[list[str]]:
    """Give the strongest reasons in words for the customer: of the order, its items and sizes, and their own history.

    What a language file has no text for is not told; the next fact of the factor, or the next factor, is. Neither is
    any figure of other customers. Parameters and result are those of ``explain``.
    """

    def say(topic: Topic, row: Row, language: Language) -> str:
        return say_to_customer(topic, row, typical.get(topic.name), language)

    return _tell(contributions, features, topics, reasons, languages, say)


def _tell(
    contributions: Values,
    features: pd.DataFrame,
    topics: list[Topic],
    reasons: int,
    languages: Sequence[str],
    say: Say,
    entities: Collection[str] | None = None,
) -> list[list[str]]:
    members = [
        np.flatnonzero([topic.entity == entity for topic in topics])
        for entity in dict.fromkeys(topic.entity for topic in topics)
        if entities is None or entity in entities
    ]
    columns = {str(name): features[name].to_numpy() for name in features}
    return [
        _of_line(contributions[place], members, topics, Row(columns, place), reasons, load_language(language), say)
        for place, language in zip(range(len(features)), languages, strict=True)
    ]


def _of_line(
    values: Values,
    members: list[npt.NDArray[np.intp]],
    topics: list[Topic],
    row: Row,
    reasons: int,
    language: Language,
    say: Say,
) -> list[str]:
    factors = np.array([values[places].sum() for places in members])
    told: list[str] = []
    for factor in np.argsort(-factors, kind="stable"):
        if factors[factor] <= 0 or len(told) == reasons:
            break
        if sentence := _of_factor(values, members[factor], topics, row, language, say, told):
            told.append(sentence)
    return told


def _of_factor(
    values: Values,
    places: npt.NDArray[np.intp],
    topics: list[Topic],
    row: Row,
    language: Language,
    say: Say,
    told: list[str],
) -> str:
    """Say the strongest fact of a factor that there are words for and that was not told yet."""
    for place in places[np.argsort(-values[places], kind="stable")]:
        if values[place] <= 0:
            break
        sentence = say(topics[place], row, language)
        if sentence and not any(_fact(sentence) in one.lower() for one in told):
            return sentence
    return ""


def _fact(sentence: str) -> str:
    """Return a sentence without what is typical, its direction and its evidence."""
    return sentence.split(" (")[0].split(";")[0].lower()


def _contradicts(topic: Topic, row: Row, usual: float | None, raising: bool) -> bool:
    """Say whether a rate, or what is counted beside it, is not clearly on the side of what is typical it stands for."""
    value = number_of(row, topic.name) if topic.history is not None and topic.history.operation in _RATES else None
    if value is None or usual is None:
        return False
    told = [value, *counted_shares(topic, row)]
    return any(one - usual < _ALIKE if raising else usual - one < _ALIKE for one in told)
