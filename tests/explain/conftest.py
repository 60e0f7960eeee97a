"""The repository's own columns, explained for one simulated line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from returns_risk.config.policy import load_policy
from returns_risk.explain import Attributions, explain, list_topics, load_language
from returns_risk.features import FeatureSet

ROOT = Path(__file__).parents[2]
POLICY = load_policy(ROOT / "policy.yaml")
DEFINITIONS = FeatureSet.load(ROOT / "features/definitions")
WIDE = FeatureSet.load(ROOT / "features/wide")
BY_NAME = {topic.name: topic for each in (DEFINITIONS, WIDE) for topic in list_topics(each.features, each)}
TOPICS = list(BY_NAME.values())
"""Of the columns in both folders of definitions."""
TYPICAL = {
    "shop_return_rate_all": 0.23,
    "style_size_share_all": 0.35,
    "style_quality_share_all": 0.16,
    "brand_category_quality_share_all": 0.16,
    "lane_damage_share_90d": 0.06,
    "customer_quality_share_all": 0.2,
    "basket_sizes_of_style": 1.0,
    "basket_colours_of_style": 1.0,
    "basket_skus_of_style": 1.0,
    "basket_items_of_category": 1.0,
    "basket_lines": 2.0,
    "line_value": 20.0,
    "unit_price": 20.0,
    "discount": 0.0,
    "promised_days": 4.0,
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


def explain_frame(contributions: Any, features: pd.DataFrame, count: int, language: str) -> list[list[str]]:
    """Explain lines that have all of their context among their features."""
    facts = Attributions(contributions, features, TOPICS, TYPICAL)
    reasons = explain(facts, features, load_language(language), count, POLICY.interventions)
    return [[reason.sentence for reason in of_line] for of_line in reasons]


@pytest.fixture(scope="session")
def reasons() -> Explain:
    """Explain one line: its contributions by column, its values, and perhaps its planned intervention."""

    def reasons(contributions: dict[str, float], count: int = 3, language: str = "en", **values: Any) -> list[str]:
        return explain_frame(matrix(contributions), frame([values]), count, language)[0]

    return reasons


@pytest.fixture(scope="session")
def definitions() -> FeatureSet:
    return DEFINITIONS
