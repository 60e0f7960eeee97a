"""Guests: each order under a declared id is a customer of its own, in history, holdout and opt-outs."""

import json
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from returns_risk.config.policy import load_policy
from returns_risk.contract.pseudonyms import pseudonymise
from returns_risk.decision.context import DecisionContext
from returns_risk.decision.holdout import assign_arms
from returns_risk.features import FeatureSet
from returns_risk.snapshot import Shop
from returns_risk.snapshot.opt_outs import opted_out_lines
from returns_risk.sources import read_order_customers, read_source
from tests.sources.conftest import KEY, LINES_SELECT

LINES = "order_no,position,ordered,customer,article,qty,price\n" + "".join(
    f"{order:03d},{position},2026-03-0{1 + order % 3} 10:00,{'ben' if order == 5 else 'Guest'},0001{order},1,9.90\n"
    for order in range(6)
    for position in (1, 2)
)
CUSTOMERS_SELECT = "SELECT * FROM read_csv('customers.csv', all_varchar = true)"


@pytest.fixture
def read_guests(write, params, tmp_path):
    """Read six orders of two lines, five of guests."""

    def read_guests(customers=None, guest_ids=("Guest",), **files):
        write(lines_csv=LINES, customers_csv=customers, customers_sql=customers and CUSTOMERS_SELECT, **files)
        return read_source(params.model_copy(update={"guest_ids": guest_ids}), KEY, tmp_path / "sources")

    return read_guests


def pseudonyms(*names):
    return pseudonymise(pd.Series(names), KEY).tolist()


def test_each_order_of_a_guest_is_one_customer_with_a_history_and_a_coin_of_its_own(read_guests):
    source = read_guests()
    lines = source.tables["order_lines"]
    own = pseudonyms(*(f"guest-{order:03d}" for order in range(5) for _ in (1, 2)), "ben", "ben")
    assert lines["customer_id"].tolist() == own
    shop = Shop(source.tables, load_policy(), "Europe/Berlin")
    snapshot = shop.snapshot(date(2026, 3, 5))
    rows = snapshot.candidates(open_days=14)
    history = {"kind": "history", "entity": "customer", "meaning": "customer", "key": ["customer_id"],
               "windows": ["all"], "counts": ["ordered_lines"]}  # fmt: skip
    features = snapshot.features(rows, FeatureSet.model_validate({"definitions": [history]}))
    counts = features[[name for name in features.columns.astype(str) if "ordered_lines" in name]]
    assert counts.to_numpy().max() == 2
    planned = snapshot.ids(rows)[["line_id", "customer_id"]].assign(intervention="call")
    arms = assign_arms(
        planned, np.ones(len(planned)), 0.5, DecisionContext(datetime(2026, 3, 5, tzinfo=UTC), "night", KEY)
    )
    assert arms.value_counts().to_dict() == {"treatment": 6, "control": 6}


def test_undeclared_guests_are_one_customer_and_found_as_a_placeholder(read_guests):
    faults = read_guests(guest_ids=()).id_faults
    assert dict(faults.placeholders) == {pseudonyms("Guest")[0]: "Guest"}
    assert not read_guests().id_faults.placeholders


@pytest.mark.parametrize(("said", "opted_out"), [("true", 10), ("false", 0), ("", 0)])
def test_the_row_of_a_guest_id_is_no_customer_but_its_opt_out_holds_for_all_guests(read_guests, said, opted_out):
    rows = f"customer_id,birth_year,opted_out\nGuest,1990,{said}\nGuest,,\nben,1980,false\n"
    tables = read_guests(rows).tables
    customers = tables["customers"]
    expected = pseudonyms("ben", *(f"guest-{order:03d}" for order in range(5)))
    assert customers["customer_id"].tolist() == expected
    assert customers["birth_year"].fillna(0).tolist() == [1980, 0, 0, 0, 0, 0]
    assert opted_out_lines(tables["order_lines"], tables).sum() == opted_out


@pytest.mark.parametrize("select", ["customer_or_guest(customer, order_no)", "customer"])
def test_the_opt_out_of_a_placeholder_holds_for_all_guests(read_guests, select):
    rows = "customer_id,opted_out\nGuest,true\nben,false\n"
    statement = LINES_SELECT.replace("customer AS", f"{select} AS")
    tables = read_guests(rows, guest_ids=(), order_lines_sql=statement).tables
    assert opted_out_lines(tables["order_lines"], tables).sum() == 10


def test_an_opt_out_of_a_guest_id_that_cannot_be_read_is_rejected_as_such(read_guests):
    source = read_guests("customer_id,birth_year,opted_out\nGuest,soon,J\nben,1980,false\n")
    assert source.rejected["customers"]["rule"].tolist() == ["customers.opted_out_type"]


def test_exports_name_no_guest(read_guests, params, tmp_path):
    read_guests()
    source = params.model_copy(update={"guest_ids": ("Guest",)})
    named = read_order_customers(source, pd.Series(["000", "005"]), tmp_path / "sources")
    assert json.loads(named.to_json(orient="records")) == [{"order_id": "005", "customer_id": "ben"}]
