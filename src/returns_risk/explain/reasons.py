"""Why a line stands out: a sentence for the strongest fact of each factor."""

from collections.abc import Callable, Collection, Iterator

import numpy as np
import numpy.typing as npt

from returns_risk.explain.clarity import contradicts, is_clear, is_reason_of_fit
from returns_risk.explain.factors import Attributions, Values, sum_by_entity
from returns_risk.explain.language import Language, load_language
from returns_risk.explain.statements import Row
from returns_risk.explain.topics import Topic
from returns_risk.explain.wording import say_to_customer, say_to_staff
from returns_risk.features.fit_definitions import FIT_NAMES

__all__ = ["ITEM", "explain", "explain_to_customer"]

ITEM = (
    "sku", "style", "style_size", "style_colour", "brand", "brand_category", "category", "size_category", "product",
    "lane",
)  # fmt: skip
"""Entities about the item and its shipment, not about the customer or the payment."""
_COMPARABLE = 0.25
"""Part of a SHAP value without a sentence from which a weaker fact of the factor is given instead."""
Say = Callable[[Topic, Row, Language], str]


def explain(
    attributions: Attributions, reasons: int, *, raising: bool = True, entities: Collection[str] | None = None
) -> list[list[str]]:
    """Return the strongest reasons for a higher risk, one sentence a factor.

    SHAP values add up, so those of one entity (the customer, the item, the basket ...) are summed into its factor.
    Only factors that raise the risk are given, strongest first, each by the fact that raises it most. A sentence
    states the fact, the typical value, the direction and how much evidence there is, never a share of the probability.
    For beliefs, a clear fact behind them is stated: what came back, or what the order contains.

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
        if contradicts(topic, row, reference, raising):
            return ""
        return say_to_staff(topic, row, reference, raising, language)

    return _explain_lines(attributions, reasons, say, entities, raising)


def explain_to_customer(attributions: Attributions, reasons: int) -> list[list[str]]:
    """Return the strongest reasons in words for the customer: about the order, its items and sizes, and their history.

    Facts without a text in the language file's part for customers are skipped, and figures about other customers are
    never given. Parameters and result are those of ``explain``.
    """

    def say(topic: Topic, row: Row, language: Language) -> str:
        return say_to_customer(topic, row, attributions.reference_values.get(topic.name), language)

    return _explain_lines(attributions, reasons, say)


def _explain_lines(
    attributions: Attributions,
    reasons: int,
    say: Say,
    entities: Collection[str] | None = None,
    raising: bool = True,
) -> list[list[str]]:
    names, totals = sum_by_entity(attributions.contributions, attributions.topics)
    asked = [position for position, name in enumerate(names) if entities is None or name in entities]
    factors = [np.flatnonzero([topic.entity == names[position] for topic in attributions.topics]) for position in asked]
    sign, facts = 1 if raising else -1, _Facts(attributions, say, raising)
    learnt = np.array([not topic.has_meaning for topic in attributions.topics])
    return [
        _explain_line(
            sign * totals[line, asked],
            sign * attributions.contributions[line],
            factors,
            facts.of_line(line),
            learnt,
            reasons,
        )
        for line in range(len(attributions.features))
    ]


class _Facts:
    """The sentences of columns, line by line."""

    def __init__(self, attributions: Attributions, say: Say, raising: bool) -> None:
        self.attributions, self.say, self.raising = attributions, say, raising
        self.columns = {str(name): attributions.features[name].to_numpy() for name in attributions.features}
        self.positions = {topic.name: position for position, topic in enumerate(attributions.topics)}

    def of_line(self, line: int) -> Callable[[int], Iterator[str]]:
        """Return a function that gives the sentences for a column, the best first."""
        row, language = Row(self.columns, line), load_language(self.attributions.languages[line])

        def sentences(column: int) -> Iterator[str]:
            for topic in self._stated(column, row, self.attributions.contributions[line]):
                if text := self.say(topic, row, language):
                    yield text

        return sentences

    def _stated(self, column: int, row: Row, values: Values) -> Iterator[Topic]:
        """Give the topics that are stated for a column: itself, or the clear facts behind beliefs."""
        topic, references = self.attributions.topics[column], self.attributions.reference_values
        if topic.has_meaning or (
            topic.name in FIT_NAMES and is_reason_of_fit(topic.name, row, references, self.raising)
        ):
            yield topic
        for fact in topic.facts:
            position = self.positions[fact.column]
            behind = self.attributions.topics[position]
            reference = references.get(fact.column)
            if is_clear(fact, behind, row, reference, values[position], self.raising):
                yield behind


def _explain_line(
    totals: Values,
    values: Values,
    factors: list[npt.NDArray[np.intp]],
    sentences: Callable[[int], Iterator[str]],
    learnt: npt.NDArray[np.bool_],
    reasons: int,
) -> list[str]:
    given: list[str] = []
    for factor in np.argsort(-totals, kind="stable"):
        if totals[factor] <= 0 or len(given) == reasons:
            break
        if text := _strongest_fact(values, factors[factor], sentences, learnt, given):
            given.append(text)
    return given


def _strongest_fact(
    values: Values,
    columns: npt.NDArray[np.intp],
    sentences: Callable[[int], Iterator[str]],
    learnt: npt.NDArray[np.bool_],
    given: list[str],
) -> str:
    """Return the sentence of a factor's strongest fact that has a text and is not among those given."""
    least = 0.0
    for column in columns[np.argsort(-values[columns], kind="stable")]:
        if values[column] <= least:
            break
        for text in sentences(column):
            if not any(_fact(text) in other.lower() for other in given):
                return text
        if learnt[column]:
            # A far weaker fact would pass for what the beliefs or the fit say.
            least = max(least, _COMPARABLE * values[column])
    return ""


def _fact(sentence: str) -> str:
    """Return a sentence without the typical value, the direction and the evidence."""
    return sentence.split(" (")[0].split(";")[0].lower()
