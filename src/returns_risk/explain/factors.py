"""SHAP values of lines, added up by what they are about."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from returns_risk.explain.topics import Topic, list_topics
from returns_risk.model import Classifier

__all__ = ["OTHER_FACTORS", "Attributions", "Values", "attribute", "divide_beliefs", "sum_by_entity", "sum_factors"]

Values = npt.NDArray[np.float64]
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
    reference_values: Mapping[str, float]
    """Median of numeric columns over the training rows."""


def attribute(classifier: Classifier, features: pd.DataFrame) -> Attributions:
    """Attribute the risk of lines to the columns of the definitions; beliefs are divided among their groups.

    Parameters
    ----------
    features : of each line, all columns of the definitions and, perhaps, ``sizes_of_style``
    """
    topics = list_topics(classifier.definitions.features, classifier.definitions)
    position = {topic.name: number for number, topic in enumerate(topics)}
    learnt = [position[feature.name] for feature in classifier.features_]
    contributions = np.zeros((len(features), len(topics)))
    contributions[:, learnt] = classifier.contributions(features)[:, :-1]
    references = classifier.reference_values_
    return Attributions(divide_beliefs(contributions, features, topics, references), features, topics, references)


def divide_beliefs(
    contributions: Values, features: pd.DataFrame, topics: list[Topic], reference_values: Mapping[str, float]
) -> Values:
    """Divide the SHAP values of ``belief_risk`` and ``belief_variance`` among the means of the groups of beliefs.

    The risk is divided among the groups whose mean lies on the side of its typical value to which the SHAP value
    points, in proportion to how far; without such a group among all, in proportion to the distance; and evenly where
    none has any. The variance is divided by the distances of the groups' variances. A group's variance is added to its
    mean, too, so that all other columns of beliefs are 0 and the sum of each line stays.

    Returns
    -------
    SHAP values, shape (n_lines, n_features).
    """
    position = {topic.name: number for number, topic in enumerate(topics)}
    means = [topic.name for topic in topics if topic.group and topic.name == f"belief_{topic.group}"]
    divided = contributions.copy()
    if not means:
        return divided
    risk = contributions[:, position["belief_risk"]]
    distances = [_distance(features, name, reference_values) for name in means]
    towards = [np.maximum(np.sign(risk) * distance, 0) for distance in distances]
    away = [np.abs(distance) for distance in distances]
    some = sum(towards) > 0
    parts = _divide(risk, [np.where(some, near, far) for near, far in zip(towards, away, strict=True)])
    spread = [np.abs(_distance(features, f"{name}_variance", reference_values)) for name in means]
    uncertain = _divide(contributions[:, position["belief_variance"]], spread)
    for name, part, other in zip(means, parts, uncertain, strict=True):
        divided[:, position[name]] += part + other + contributions[:, position[f"{name}_variance"]]
        divided[:, position[f"{name}_variance"]] = 0.0
    divided[:, [position["belief_risk"], position["belief_variance"]]] = 0.0
    return divided


def _distance(features: pd.DataFrame, name: str, reference_values: Mapping[str, float]) -> Values:
    """Return by how much a column lies above its typical value; 0 where one of them is not known."""
    reference = reference_values.get(name)
    if reference is None or name not in features:
        return np.zeros(len(features))
    return np.nan_to_num(features[name].to_numpy(dtype=np.float64, na_value=np.nan) - reference)


def _divide(total: Values, weights: list[Values]) -> list[Values]:
    """Divide totals in proportion to weights, evenly where all are 0; the last part is what the others leave."""
    # Column by column, as sums over an axis depend on the shape in the last bit.
    whole = sum(weights, np.zeros(len(total)))
    none = whole == 0
    shares = [np.where(none, 1 / len(weights), weight / np.where(none, 1.0, whole)) for weight in weights]
    parts = [total * share for share in shares[:-1]]
    return [*parts, total - sum(parts, np.zeros(len(total)))]


def sum_by_entity(contributions: Values, topics: list[Topic]) -> tuple[list[str], Values]:
    """Sum SHAP values by entity (the customer, the item, the basket ...).

    Returns
    -------
    the entities in the order of the topics, and the sums, shape (n_lines, n_entities)
    """
    entities = list(dict.fromkeys(topic.entity for topic in topics))
    totals = np.zeros((len(contributions), len(entities)))
    for column, topic in enumerate(topics):
        totals[:, entities.index(topic.entity)] += contributions[:, column]
    return entities, totals


def sum_factors(attributions: Attributions, most: int) -> list[list[tuple[str, float]]]:
    """Sum SHAP values by entity; they add up to the score of the line, less the base.

    Parameters
    ----------
    most : the number of strongest factors of each line that are kept apart; the others are ``OTHER_FACTORS``

    Returns
    -------
    For each line its factors, named by entity, with their log-odds, the strongest first, ``OTHER_FACTORS`` last.
    """
    names, values = sum_by_entity(attributions.contributions, attributions.topics)
    order = np.argsort(-np.abs(values), axis=1, kind="stable")
    factors = [
        [(names[position], float(values[line, position])) for position in ranked[:most] if values[line, position]]
        for line, ranked in enumerate(order)
    ]
    if len(names) > most:
        for line, ranked in enumerate(order):
            factors[line].append((OTHER_FACTORS, float(sum(values[line, ranked[most:]]))))
    return factors
