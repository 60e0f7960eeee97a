"""Columns that rest on a line alone."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from returns_risk.features import FeatureSet
from returns_risk.snapshot import Shop
from tests.random_shops import POLICY, columns_of, own_rows


def line_feature(column, zone="UTC", policy=POLICY, **values):
    """The feature that one column definition gives for one line."""
    lines = pd.DataFrame(
        [
            {"line_id": "L", "order_id": "O", "customer_id": "C", "sku": "s", "quantity": 2, "unit_price": 9.9}
            | {"ordered_at": "2026-03-29T12:00Z"}
            | values
        ]
    )
    for name in lines.columns[lines.columns.str.endswith("_at")]:
        lines[name] = pd.to_datetime(lines[name], utc=True).astype("datetime64[us, UTC]")
    no_returns = pd.DataFrame({"line_id": pd.Series([], dtype="str"), "quantity": pd.Series([], dtype="int64")})
    no_returns["returned_at"] = lines["ordered_at"].iloc[:0]
    definitions = FeatureSet.model_validate({"definitions": [columns_of("line", {"value": column})]})
    snapshot = Shop({"order_lines": lines, "returns": no_returns}, policy, zone).snapshot(date(2026, 4, 1))
    return snapshot.features(own_rows(snapshot), definitions)["value"][0]


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ({"number": "quantity"}, {}, 2),
        ({"product": ["quantity", "unit_price"]}, {}, 19.8),
        ({"discount": ["unit_price", "list_price"]}, {"list_price": 19.8}, 0.5),
        ({"ratio": ["unit_price", "list_price"]}, {"list_price": 19.8}, 0.5),
        ({"days": ["ordered_at", "promised_at"]}, {"promised_at": "2026-03-31T00:00Z"}, 1.5),
        ({"years": ["birth_year", "ordered_at"]}, {"birth_year": 1990}, 36),
        ({"part": ["ordered_at", "hour"]}, {}, 12),
        ({"part": ["ordered_at", "weekday"]}, {}, 6),
        ({"part": ["ordered_at", "day"]}, {}, 29),
        ({"part": ["ordered_at", "month"]}, {}, 3),
    ],
)
def test_a_column_says_what_the_line_says(column, values, expected):
    assert line_feature(column, **values) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ({"discount": ["unit_price", "list_price"]}, {"list_price": None}),
        ({"discount": ["unit_price", "list_price"]}, {"list_price": 0.0}),
        ({"days": ["ordered_at", "promised_at"]}, {"promised_at": None}),
        ({"years": ["birth_year", "ordered_at"]}, {"birth_year": None}),
    ],
)
def test_what_the_source_does_not_say_is_missing(column, values):
    assert np.isnan(line_feature(column, **values))


def test_a_category_stays_text():
    assert line_feature({"category": "channel"}, channel="app") == "app"
    assert line_feature({"identity": "sku"}) == "s"


@pytest.mark.parametrize(
    ("moment", "hour"), [("2026-03-29T00:30Z", 1), ("2026-03-29T01:30Z", 3), ("2026-03-29T22:30Z", 0)]
)
def test_the_hour_is_that_of_the_shops_clock(moment, hour):
    assert line_feature({"part": ["ordered_at", "hour"]}, zone="Europe/Berlin", ordered_at=moment) == hour


@pytest.mark.parametrize(
    ("market", "column", "value"),
    [
        ("US", {"part": ["ordered_at", "hour"]}, 20),
        ("US", {"part": ["ordered_at", "weekday"]}, 5),  # still Saturday
        ("US", {"until": ["ordered_at", "04-01"]}, 4),
        ("DE", {"part": ["ordered_at", "hour"]}, 1),
        (None, {"part": ["ordered_at", "weekday"]}, 6),
    ],
)
def test_hour_and_day_are_those_of_the_customers_market(market, column, value):
    policy = POLICY.model_copy(
        update={"markets": POLICY.markets | {"US": POLICY.default.model_copy(update={"time_zone": "America/New_York"})}}
    )
    at = "2026-03-29T00:30Z"
    assert line_feature(column, "Europe/Berlin", policy, ordered_at=at, market=market) == value
