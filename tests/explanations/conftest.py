"""A catalogue with one column of each unit."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from returns_risk.explanations import explain
from returns_risk.feature_groups import Feature

CATALOGUE = [
    Feature("customer_return_rate_all", "customer", "share", "customer: share sent back", "before"),
    Feature("customer_returned_lines_all", "customer", "count", "customer: lines sent back", "before"),
    Feature("customer_days_since_ordered", "customer", "days", "customer: days since the last line", "before"),
    Feature("brand", "product", "category", "item: brand", "ordered"),
    Feature("this_sku", "this_sku", "identity", "this item", "ordered"),
    Feature("usual_price_ratio", "sku", "ratio", "item: price relative to the usual one", "before"),
    Feature("line_value", "order", "number", "value of the line", "ordered"),
]
VALUES: dict[str, Any] = {
    "customer_return_rate_all": 0.62,
    "customer_returned_lines_all": 31.0,
    "customer_days_since_ordered": 4.0,
    "brand": "acme",
    "this_sku": "00012",
    "usual_price_ratio": 1.25,
    "line_value": 49.9,
}
TYPICAL = {"customer_return_rate_all": 0.314, "customer_returned_lines_all": 2.0, "line_value": 20.0}


@pytest.fixture(scope="session")
def reasons() -> Callable[..., list[str]]:
    """Explain one line: its contributions by column, and the values that differ from the usual ones."""

    def reasons(contributions: dict[str, float], count: int = 3, **values: Any) -> list[str]:
        matrix = np.array([[contributions.get(feature.name, 0.0) for feature in CATALOGUE]])
        features = pd.DataFrame([VALUES | values]).astype({"brand": "str", "this_sku": "str"})
        return explain(matrix, features, CATALOGUE, TYPICAL, count)[0]

    return reasons


@pytest.fixture(scope="session")
def catalogue() -> list[Feature]:
    return CATALOGUE


@pytest.fixture(scope="session")
def values() -> dict[str, Any]:
    return VALUES
