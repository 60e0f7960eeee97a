"""Evaluating the rules with pandas alone gives what Great Expectations gives."""

import json
from collections.abc import Callable

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from returns_risk.contract.schema import CONTRACT
from returns_risk.validation import Validation
from tests.validation.conftest import FAULTS

VALUES = {
    "order_lines": ["order_id", "line_id", "ordered_at", "customer_id", "sku", "quantity", "unit_price", "list_price",
                    "currency", "promised_at", "shipped_at", "delivered_at", "cancelled_at", "recorded_at"],
    "returns": ["line_id", "returned_at", "quantity"],
    "products": ["sku", "list_price"],
    "customers": ["customer_id", "birth_year"],
}  # fmt: skip
TIMES = ["2026-02-28", "2026-03-01 10:00", "2026-03-01 23:59:59.999999", "2026-03-02", "2026-03-02 08:00", "2027-01-01"]
POOLS: dict[str, list[object]] = {
    "time": [None, "1999-12-31 23:59:59", "2000-01-01", "2026-02-26 23:59:59", "2026-02-27", *TIMES],
    "integer": [None, -1, 0, 1, 2, 1900, 2100, 2101, 1_000_000, 1_000_001],
    "number": [None, -0.01, 0.0, 20.0, 1e10, 1.1e10],
    "category": [None, "eur", "EUR", "EUR\n", "CHF"],
    "text": [None, "C1", "L1", "L2", "S1", ""],
}


def fields(table: str) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries(
        {}, optional={name: st.sampled_from(POOLS[CONTRACT[table].column(name).type]) for name in VALUES[table]}
    )


def outcome(validation: Validation) -> tuple[object, ...]:
    frames = [*validation.tables.values(), *validation.quarantine.values(), *validation.known.values()]
    return validation.checks, [frame.to_dict("list") for frame in map(_comparable, frames)]


def _comparable(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype("str").fillna("missing")


@pytest.fixture(scope="session")
def same(run: Callable[..., Validation], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., None]:
    folder = tmp_path_factory.mktemp("gx")

    def same(**options: object) -> None:
        assert outcome(run(**options)) == outcome(run(**options, gx_results=folder))

    return same


def test_every_fault_at_once_gives_the_same_checks_and_rows(same, dirty):
    same(tolerated_share=0.03, previous={"order_lines": 1000, "returns": 2, "products": 3}, **dirty)
    same(tolerated_share=1.0, **dirty)
    assert len(FAULTS) > 40


def test_the_results_of_great_expectations_count_the_broken_rows_and_hold_no_values(run, dirty, tmp_path):
    run(tolerated_share=1.0, gx_results=tmp_path, **dirty)
    result = json.loads((tmp_path / "order_lines.json").read_text())
    rules = {finding["expectation_config"]["meta"]["rule"]: finding["result"] for finding in result["results"]}
    assert rules["order_lines.quantity_at_least_1"]["unexpected_count"] == 2
    assert rules["order_lines.sku_known"]["unexpected_count"] == 1
    assert "S404" not in (tmp_path / "order_lines.json").read_text()


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables=st.fixed_dictionaries({name: st.lists(fields(name), max_size=4) for name in VALUES}), data=st.data())
def test_random_dirty_shops_give_the_same_checks_and_rows(same, make, tables, data):
    left_out = data.draw(st.lists(st.sampled_from(["products", "customers"]), unique=True))
    frames = {name: make(name, *rows) for name, rows in tables.items()}
    share = data.draw(st.sampled_from([0.0, 0.3]))
    same(tolerated_share=share, previous={"order_lines": 2}, **(frames | dict.fromkeys(left_out)))
