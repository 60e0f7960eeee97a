"""Plain Python over the raw tables gives the same features, at any as-of, whatever the source lacks."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
from hypothesis import given, settings

from returns_risk.contract.days import day_number
from tests.features.nasty_shops import (
    AS_OFS,
    CUSTOMERS,
    DEFINITIONS,
    at_own_as_of,
    featurize,
    nasty_shops,
    recall,
)
from tests.features.plain import as_frame, expected_row, known_lines
from tests.random_shops import LAST, POLICY, PRODUCTS, ZONE, times

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


def test_the_oracle_is_asked_about_every_definition():
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
    lines, _, definitions = recall(tables, LAST)
    assert columns <= set(lines)
    assert definitions == DEFINITIONS


@given(nasty_shops(), AS_OFS)
@settings(deadline=None, max_examples=60)
def test_the_features_of_any_night_equal_plain_python(tables, as_of):
    lines = known_lines(tables, as_of, POLICY, ZONE)
    features = featurize(tables, as_of)
    assert sorted(features.index) == sorted(line.row["line_id"] for line in lines)
    if lines:
        definitions = recall(tables, as_of)[2]
        assert_same(
            features, as_frame({one.row["line_id"]: expected_row(lines, one, as_of, definitions) for one in lines})
        )


@given(nasty_shops())
@settings(deadline=None, max_examples=30)
def test_training_rows_equal_plain_python_as_of_their_own_night(tables):
    features, as_ofs = at_own_as_of(tables, LAST)
    definitions = recall(tables, LAST)[2]
    expected = {}
    for line_id, moment in zip(features.index, as_ofs, strict=True):
        as_of = moment.astype("datetime64[D]").astype(object)
        then = known_lines(tables, as_of, POLICY, ZONE)
        line = next(one for one in then if one.row["line_id"] == line_id)
        expected[line_id] = expected_row(then, line, as_of, definitions)
    if expected:
        assert_same(features, as_frame(expected))


@given(nasty_shops(), AS_OFS)
@settings(deadline=None, max_examples=40)
def test_the_days_of_outcomes_equal_plain_python(tables, as_of):
    lines, outcomes, _ = recall(tables, as_of)
    plain = {one.row["line_id"]: one for one in known_lines(tables, as_of, POLICY, ZONE)}
    assert list(lines["line_id"]) == list(plain)
    first = date(1970, 1, 1)
    for place, one in enumerate(plain.values()):
        assert first + timedelta(days=int(outcomes.ordered_on[place])) == one.known
        assert first + timedelta(days=int(outcomes.closes_on[place])) == one.closes
        assert (outcomes.cancelled_on[place] < day_number(as_of)) == (one.cancelled is not None)
        assert (outcomes.returned_on[place] < day_number(as_of)) == bool(one.returns)
