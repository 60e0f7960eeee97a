"""What one line says, with its product and its customer."""

import numpy as np
import pandas as pd
import pytest

from returns_risk.config.policy import Policy
from returns_risk.features import FeatureRequest, FeatureSet, build_features
from returns_risk.features.keys import key_codes
from returns_risk.history import find_outcomes
from returns_risk.snapshot.lines import join_attributes
from tests.random_shops import columns_of

POLICY = Policy.model_validate(
    {"default": {"return_window_days": 5, "delivery_days": 1, "grace_days": 0}, "markets": {}}
)


def line_feature(column, zone="UTC", **values):
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
    outcomes = find_outcomes(lines, no_returns, POLICY, zone)
    definitions = FeatureSet.model_validate({"definitions": [columns_of("line", {"value": column})]})
    own = outcomes.ordered_on + np.int32(1)
    return build_features(
        definitions, FeatureRequest(join_attributes({"order_lines": lines}), outcomes, np.array([0]), own, zone)
    )["value"][0]


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


def test_lines_keep_their_order_and_number_whatever_products_and_customers_say():
    tables = {
        "order_lines": pd.DataFrame(
            {
                "line_id": ["b", "a"],
                "sku": ["y", "x"],
                "customer_id": ["1", "2"],
                "quantity": [3, 1],
                "unit_price": [9.9, 1.0],
            },
            index=[7, 3],
        ),
        "products": pd.DataFrame({"sku": ["x", "z"], "style": ["plain", "none"], "photo_uri": ["u", "v"]}),
        "customers": pd.DataFrame({"customer_id": ["1"], "birth_year": [1990], "segment": ["new"]}),
    }
    found = join_attributes(tables)
    assert found.index.tolist() == [0, 1]
    assert found["line_id"].tolist() == ["b", "a"]
    assert found["style"].fillna("").tolist() == ["", "plain"]
    assert found["birth_year"].fillna(0).tolist() == [1990, 0]
    assert found["line_value"].tolist() == [29.7, 1.0]
    assert "photo_uri" not in found


def test_what_may_change_about_a_customer_describes_no_earlier_line():
    tables = {
        "order_lines": pd.DataFrame({"customer_id": ["1"], "sku": ["x"], "quantity": [1], "unit_price": [1.0]}),
        "customers": pd.DataFrame(
            {"customer_id": ["1"], "segment": ["lost"], "language": ["de"], "market": ["DE"], "opted_out": [True]}
        ),
    }
    assert list(join_attributes(tables)) == ["customer_id", "sku", "quantity", "unit_price", "line", "line_value"]


def test_a_product_that_stands_twice_is_refused_and_doubles_no_line():
    tables = {
        "order_lines": pd.DataFrame({"sku": ["x"], "quantity": [1], "unit_price": [1.0]}),
        "products": pd.DataFrame({"sku": ["x", "x"], "style": ["a", "b"]}),
    }
    with pytest.raises(pd.errors.MergeError, match="many-to-one"):
        join_attributes(tables)


def test_two_keys_that_read_alike_together_are_two_keys():
    frame = pd.DataFrame({"a": ["x", "xy", "x"], "b": ["yz", "z", "yz"]})
    assert key_codes(frame, ["a", "b"]).tolist() == [0, 1, 0]
    crossed = pd.DataFrame({"a": ["x", "x", "y"], "b": ["p", "q", "p"]})
    assert key_codes(crossed, ["a", "b"]).tolist() == [0, 1, 2]
    assert key_codes(frame, []).tolist() == [0, 0, 0]
    assert key_codes(frame.iloc[:0], ["a", "b"]).tolist() == []
