"""The repository's own columns, explained for one simulated line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from returns_risk.explain import Attributions, explain, explain_to_customer, list_topics
from returns_risk.explain.topics import Topic
from returns_risk.features import FeatureSet

ROOT = Path(__file__).parents[2]
DEFINITIONS = FeatureSet.load(ROOT / "features/definitions")
WIDE = FeatureSet.load(ROOT / "features/wide")
BY_NAME = {topic.name: topic for each in (DEFINITIONS, WIDE) for topic in list_topics(each.features, each)}
TOPICS = list(BY_NAME.values())
"""Of the columns in both folders of definitions."""
TYPICAL = {
    "customer_return_rate_all": 0.314,
    "customer_ordered_money_30d": 218.56,
    "customer_kept_size_difference": 0.0,
    "sku_return_rate_90d": 0.21,
    "sku_returned_lines_all": 2.0,
    "sku_size_share_all": 0.35,
    "style_size_share_all": 0.35,
    "basket_sizes_of_style": 1.0,
    "line_value": 20.0,
    "discount": 0.0,
    "ordered_weekday": 3.0,
    "style_usual_unit_price_ratio": 1.03,
    "market_return_rate_all": 0.25,
    "payment_return_rate_all": 0.25,
    "category_return_rate_all": 0.25,
    "sku_return_rate_all": 0.25,
    "basket_colours_of_style": 1.0,
    "fit_misfit": 0.0,
    "fit_too_small": 0.04,
    "fit_too_large": 0.04,
    "belief_customer": 0.0,
    "belief_item": 0.3,
    "belief_order": -0.3,
}
Explain = Callable[..., list[str]]


def frame(lines: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows with a column for each topic, missing where it is not given, and what else is given."""
    names = list(dict.fromkeys([*(topic.name for topic in TOPICS), *(name for line in lines for name in line)]))
    return pd.DataFrame({name: pd.Series([line.get(name) for line in lines], dtype=object) for name in names})


def matrix(contributions: dict[str, float], lines: int = 1) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.tile([contributions.get(topic.name, 0.0) for topic in TOPICS], (lines, 1))


def attributions(contributions: dict[str, float], values: dict[str, Any], language: str) -> Attributions:
    """One line, its contributions by column."""
    return Attributions(matrix(contributions), frame([values]), TOPICS, TYPICAL, [language])


@pytest.fixture(scope="session")
def reasons() -> Explain:
    """Explain one line: its contributions by column, and its values."""

    def reasons(contributions: dict[str, float], count: int = 3, language: str = "en", **values: Any) -> list[str]:
        return explain(attributions(contributions, values, language), count)[0]

    return reasons


@pytest.fixture(scope="session")
def lowering() -> Explain:
    """Explain what makes one line less likely to come back."""

    def lowering(contributions: dict[str, float], language: str = "en", **values: Any) -> list[str]:
        return explain(attributions(contributions, values, language), 3, raising=False)[0]

    return lowering


@pytest.fixture(scope="session")
def customer_reasons() -> Explain:
    """Explain one line to its customer."""

    def customer_reasons(contributions: dict[str, float], language: str = "en", **values: Any) -> list[str]:
        return explain_to_customer(attributions(contributions, values, language), 3)[0]

    return customer_reasons


@pytest.fixture(scope="session")
def topics() -> list[Topic]:
    return TOPICS


@pytest.fixture(scope="session")
def definitions() -> FeatureSet:
    return DEFINITIONS
