"""Plain Python over the raw tables gives the same features, at any as-of, also where the source lacks columns."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
from hypothesis import given, settings

from returns_risk.contract.days import date_of, day_number
from returns_risk.snapshot import Shop
from tests.features.plain_features import as_frame, expected_row, known_lines
from tests.random_shops import (
    AS_OFS,
    CUSTOMERS,
    DEFINITIONS,
    LAST,
    POLICY,
    PRODUCTS,
    ZONE,
    available,
    features_at,
    features_at_own_as_of,
    own_rows,
    random_shops,
    times,
)

LINES = pd.DataFrame(
    {
        "order_id": ["O"],
        "line_id": ["L"],
        "ordered_at": times(["2026-03-21T12:00Z"]),
        "customer_id": ["A"],
        "sku": ["s1"],
        "quantity": [1],
        "unit_price": [1.0],
        "market": ["DE"],
    }
)
RETURNS = pd.DataFrame(
    {"line_id": ["L"], "returned_at": times(["2026-03-23T12:00Z"]), "quantity": [1], "reason": ["small"]}
)


def assert_same(features, expected):
    assert sorted(features.index) == sorted(expected.index)
    for name in expected:
        np.testing.assert_allclose(
            features.loc[expected.index, name].to_numpy(dtype=np.float64),
            expected[name].to_numpy(),
            rtol=2e-6,
            atol=1e-6,
            err_msg=name,
        )


def test_the_oracle_computes_every_definition():
    """A column that src no longer gives would switch a definition off here without a sound."""
    columns = {
        "market",
        "customer_id",
        "birth_year",
        "style",
        "order_id",
        "sku",
        "quantity",
        "unit_price",
        "line_value",
    }
    tables = {"order_lines": LINES, "returns": RETURNS, "products": PRODUCTS, "customers": CUSTOMERS}
    snapshot = Shop(tables, POLICY, ZONE).snapshot(LAST)
    assert columns <= set(snapshot.lines)
    assert available(snapshot) == DEFINITIONS


@given(random_shops(), AS_OFS)
@settings(deadline=None, max_examples=60)
def test_the_features_of_any_night_equal_plain_python(shop, as_of):
    lines = known_lines(shop.tables, as_of, POLICY, ZONE)
    features = features_at(shop, as_of)
    assert sorted(features.index) == sorted(line.row["line_id"] for line in lines)
    if lines:
        definitions = available(shop.snapshot(as_of))
        expected = {line.row["line_id"]: expected_row(lines, line, as_of, definitions) for line in lines}
        assert_same(features, as_frame(expected))


@given(random_shops())
@settings(deadline=None, max_examples=30)
def test_training_rows_equal_plain_python_as_of_their_night(shop):
    features, snapshot = features_at_own_as_of(shop), shop.snapshot(LAST)
    expected = {}
    for line_id, moment in zip(features.index, date_of(own_rows(snapshot).as_of), strict=True):
        as_of = moment.astype("datetime64[D]").astype(object)
        night = known_lines(shop.tables, as_of, POLICY, ZONE)
        line = next(line for line in night if line.row["line_id"] == line_id)
        expected[line_id] = expected_row(night, line, as_of, available(snapshot))
    if expected:
        assert_same(features, as_frame(expected))


@given(random_shops(), AS_OFS)
@settings(deadline=None, max_examples=40)
def test_the_days_of_outcomes_equal_plain_python(shop, as_of):
    snapshot = shop.snapshot(as_of)
    outcomes = snapshot.outcomes
    plain = {line.row["line_id"]: line for line in known_lines(shop.tables, as_of, POLICY, ZONE)}
    assert list(snapshot.lines["line_id"]) == list(plain)
    first = date(1970, 1, 1)
    for row, line in enumerate(plain.values()):
        assert first + timedelta(days=int(outcomes.ordered_on[row])) == line.known
        assert first + timedelta(days=int(outcomes.closes_on[row])) == line.closes
        assert (outcomes.cancelled_on[row] < day_number(as_of)) == (line.cancelled is not None)
        assert (outcomes.returned_on[row] < day_number(as_of)) == bool(line.returns)
