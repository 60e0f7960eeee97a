"""Beliefs: what is learnt of keys by hand, which priors are fitted, and what a source without columns leaves."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from returns_risk.config.policy import Policy
from returns_risk.features import FeatureSet, read_frozen, write_frozen
from returns_risk.history.updates import order_updates
from returns_risk.snapshot import Rows, Shop
from tests.random_shops import times

POLICY = Policy.model_validate(
    {"default": {"return_window_days": 10, "delivery_days": 1, "grace_days": 1}, "markets": {}}
)
AS_OF = date(2026, 3, 2)


def define(keys, **more):
    group = {"meaning": "customer", "keys": keys}
    beliefs = {"kind": "beliefs", "entity": "beliefs", "meaning": "belief", "groups": {"customer": group}}
    return FeatureSet.model_validate({"definitions": [beliefs | more]})


def simulate(lines=4000, seed=3):
    """A shop in which half of the customers return 60 % and the others 10 %, and colours mean nothing."""
    rng = np.random.default_rng(seed)
    customer = rng.integers(0, 200, lines)
    minutes = np.sort(rng.integers(0, 200 * 24 * 60, lines))
    ordered = pd.Series(pd.Timestamp("2025-06-01", tz="UTC") + pd.to_timedelta(minutes, unit="min"))
    orders = pd.DataFrame(
        {
            "order_id": [f"O{number}" for number in range(lines)],
            "line_id": [f"L{number}" for number in range(lines)],
            "ordered_at": ordered.astype("datetime64[us, UTC]"),
            "customer_id": [f"C{number}" for number in customer],
            "sku": [f"S{number}" for number in rng.integers(0, 40, lines)],
            "quantity": 1,
            "unit_price": 10.0,
        }
    )
    back = rng.random(lines) < np.where(customer % 2, 0.6, 0.1)
    returns = pd.DataFrame(
        {
            "line_id": orders["line_id"][back],
            "returned_at": (ordered + pd.Timedelta(days=3)).astype("datetime64[us, UTC]")[back],
            "quantity": 1,
        }
    ).reset_index(drop=True)
    return Shop({"order_lines": orders, "returns": returns}, POLICY, "Europe/Berlin")


def two_orders(first_returned):
    """One customer orders on 1 January and, after the window has closed, again."""
    orders = pd.DataFrame(
        {
            "order_id": ["O1", "O2"],
            "line_id": ["L1", "L2"],
            "ordered_at": times(["2026-01-01T12:00Z", "2026-02-01T12:00Z"]),
            "customer_id": ["A", "A"],
            "sku": ["S", "T"],
            "quantity": 1,
            "unit_price": 10.0,
        }
    )
    returns = pd.DataFrame({"line_id": ["L1"], "returned_at": times(["2026-01-05T12:00Z"]), "quantity": [1]})
    return Shop({"order_lines": orders, "returns": returns[: int(first_returned)]}, POLICY, "Europe/Berlin")


@pytest.mark.parametrize(("returned", "risk", "mean"), [(True, 0.60869, 0.325735), (False, 0.39131, -0.325735)])
def test_an_outcome_moves_the_belief_about_its_customer(returned, risk, mean):
    """The mean moves by 0.5 / sqrt(1.5) x sqrt(2 / pi), the variance shrinks by 0.5 x 0.5 / 1.5 x 2 / pi."""
    definitions, snapshot = define([["customer_id"]], variance=0.5), two_orders(returned).snapshot(AS_OF)
    row = definitions.compute(snapshot, Rows(np.array([1]), snapshot.outcomes.ordered_on[1:] + np.int32(1))).iloc[0]
    assert row["belief_customer"] == pytest.approx(mean, abs=1e-6)
    assert row["belief_customer_variance"] == pytest.approx(0.393897, abs=1e-6)
    assert row["belief_variance"] == row["belief_customer_variance"]
    assert row["belief_risk"] == pytest.approx(risk, abs=1e-5)


def test_nothing_is_learnt_of_a_return_before_the_window_has_closed():
    definitions, snapshot = define([["customer_id"]], variance=0.5), two_orders(True).snapshot(AS_OF)
    closes = snapshot.outcomes.closes_on[0]
    risks = [
        definitions.compute(snapshot, Rows(np.array([1]), np.array([day], dtype=np.int32)))["belief_risk"].iloc[0]
        for day in (closes, closes + 1)
    ]
    assert risks[0] == 0.5
    assert risks[1] > 0.5


def test_fitting_finds_which_keys_differ():
    fitted = define([["customer_id"], ["sku"]]).fit(simulate().snapshot(AS_OF), date(2025, 12, 1)).definitions[0].fitted
    assert fitted.variances["customer_id"] == pytest.approx(0.6, abs=0.25)
    assert fitted.variances["sku"] < 0.02
    assert fitted.bias == pytest.approx(-0.39, abs=0.05)
    # The last digits of sums differ between kinds of processors; what is stored must not.
    assert [float(f"{variance:.6g}") for variance in fitted.variances.values()] == [*fitted.variances.values()]


def test_fitting_looks_at_nothing_that_was_known_later():
    shop, until = simulate(), date(2025, 10, 1)
    definitions = define([["customer_id"], ["customer_id", "sku"]])
    fitted = definitions.fit(shop.snapshot(AS_OF), until)
    assert fitted != definitions
    # Later orders make a customer's item come again that had come once.
    assert definitions.fit(shop.snapshot(until), until) == fitted
    closes = shop.snapshot(AS_OF).outcomes.closes_on
    late = closes >= (until - date(1970, 1, 1)).days
    lines = set(shop.tables["order_lines"]["line_id"][late])
    returns = shop.tables["returns"]
    other = replace(shop, tables=shop.tables | {"returns": returns[~returns["line_id"].isin(lines)]})
    assert definitions.fit(other.snapshot(AS_OF), until) == fitted


def test_the_order_of_lines_changes_no_prior():
    shop, until = simulate(1500), date(2025, 11, 1)
    turned = {name: table.iloc[::-1].reset_index(drop=True) for name, table in shop.tables.items()}
    definitions = define([["customer_id"], ["sku"]])
    fitted, other = (
        definitions.fit(each.snapshot(AS_OF), until).definitions[0].fitted
        for each in (shop, replace(shop, tables=turned))
    )
    assert other.bias == fitted.bias
    assert other.variances == pytest.approx(fitted.variances, rel=1e-9)


def test_with_few_outcomes_the_starting_values_stay():
    definitions = define([["customer_id"]])
    assert definitions.fit(simulate(500).snapshot(AS_OF), AS_OF) == definitions


def test_frozen_definitions_compute_the_same_to_the_bit(tmp_path):
    snapshot = simulate().snapshot(AS_OF)
    definitions = define([["customer_id"], ["sku"]]).fit(snapshot, date(2025, 12, 1))
    write_frozen(tmp_path / "definitions.json", definitions)
    frozen, rows = read_frozen(tmp_path / "definitions.json"), snapshot.training_rows(0)
    assert frozen == definitions
    pd.testing.assert_frame_equal(frozen.compute(snapshot, rows), definitions.compute(snapshot, rows), check_exact=True)


def test_outcomes_of_a_day_come_in_the_order_of_their_ids_hash():
    snapshot = simulate(300).snapshot(AS_OF)
    backwards = snapshot.lines.iloc[::-1].reset_index(drop=True)
    outcomes = snapshot.outcomes
    there = order_updates(snapshot.lines, outcomes)
    turned = replace(
        outcomes,
        **{name: getattr(outcomes, name)[::-1] for name in ("ordered_on", "closes_on", "cancelled_on", "shipped_on")},
        return_line=len(backwards) - 1 - outcomes.return_line,
    )
    back = order_updates(backwards, turned)
    assert backwards["line_id"].iloc[back.line].tolist() == snapshot.lines["line_id"].iloc[there.line].tolist()
    assert (np.diff(there.day) >= 0).all()


@pytest.mark.parametrize(
    ("keys", "bands", "finding"),
    [
        ([["customer_id"], ["customer_id"]], {}, "a key is listed twice"),
        ([["customer_id", "sku"], ["sku", "customer_id"]], {}, "a key is listed twice"),
        ([["sku", "sku"], ["sku"]], {}, "a key is listed twice"),
        ([], {}, "at least 1 item"),
        ([["delivered_at"]], {}, "known only after the order"),
        ([["size_band"]], {"size_band": {"category": "size", "edges": [1]}}, "gives no number"),
        ([["price"]], {"price": {"number": "unit_price", "edges": [2, 1]}}, "edges go upwards"),
    ],
)
def test_keys_that_cannot_be_are_refused(keys, bands, finding):
    with pytest.raises(ValidationError, match=finding):
        define(keys, bands={name: band | {"meaning": name} for name, band in bands.items()})


def test_keys_that_the_source_lacks_columns_for_are_off(caplog):
    definitions = define([["customer_id"], ["style", "size"]]).drop_unavailable(["customer_id", "sku"])
    assert definitions.definitions[0].keys == [("customer_id",)]
    assert "beliefs of ['style x size'] are off" in caplog.text
    assert define([["style", "size"]]).drop_unavailable(["customer_id", "sku"]).definitions == ()
    assert "beliefs.yaml is off: the source has none of the columns of its keys" in caplog.text


def test_fitted_priors_are_of_all_keys():
    with pytest.raises(ValidationError, match="lacks the variance of a key"):
        define([["customer_id"]], fitted={"bias": 0.0, "variances": {}})


def test_beliefs_are_an_entity_of_their_own_in_the_catalogue():
    features = define([["customer_id"]]).features
    assert {feature.entity for feature in features} == {"beliefs"}
    assert {feature.group for feature in features} == {"beliefs", "customer"}
