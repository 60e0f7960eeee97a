"""The audit finds nothing in the shipped engine, and every leak is reported."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from returns_risk.errors import LeakageError
from returns_risk.features import audit_features, require_no_leakage
from returns_risk.history.sweep import sweep
from returns_risk.snapshot import Shop
from tests.random_shops import FIRST, LAST, POLICY, PRODUCTS, ZONE, available, random_shops, times


def audited(shop, nights=30, lines=50):
    return audit_features(available(shop.snapshot(LAST)), shop.snapshot(LAST), nights, lines, seed=1)


def a_shop():
    """Ten lines of one customer, every second of which comes back five days later."""
    ordered = times([pd.Timestamp(FIRST, tz="UTC") + timedelta(days=day, hours=9) for day in range(10)])
    lines = pd.DataFrame(
        {
            "order_id": [f"O{n}" for n in range(10)],
            "line_id": [f"L{n}" for n in range(10)],
            "ordered_at": ordered,
            "customer_id": ["A"] * 10,
            "sku": ["s1"] * 10,
            "quantity": pd.array([1] * 10, dtype="Int64"),
            "unit_price": [10.0] * 10,
            "market": ["DE"] * 10,
        }
    )
    back = lines.iloc[::2]
    returns = pd.DataFrame(
        {
            "line_id": back["line_id"].to_numpy(),
            "returned_at": times(list(back["ordered_at"] + timedelta(days=2))),
            "quantity": pd.array([1] * 5, dtype="Int64"),
            "reason": ["small"] * 5,
        }
    )
    return Shop({"order_lines": lines, "returns": returns, "products": PRODUCTS}, POLICY, ZONE)


@given(random_shops())
@settings(deadline=None, max_examples=15)
def test_nothing_moves_whatever_the_shop(shop):
    audit = audited(shop)
    assert audit.leaks == []
    require_no_leakage(audit)


def test_the_sample_has_the_requested_size_and_is_the_same_for_a_seed():
    first, second = (audited(a_shop(), nights=4, lines=1) for _ in range(2))
    assert (len(first.nights), first.rows) == (4, 4)
    assert first == second
    assert audited(a_shop(), nights=0).rows == 0


def test_a_return_that_is_known_too_early_is_detected(monkeypatch):
    honest = sweep

    def leaking(events, rows, *rest):
        as_of, *others = rows
        honest(events, (as_of + np.int32(3), *others), *rest)

    monkeypatch.setattr("returns_risk.features.entities.sweep", leaking)
    audit = audited(a_shop())
    names = [leak.column for leak in audit.leaks]
    assert "customer_returned_lines_all" in names
    assert "basket_units" not in names
    first = next(leak for leak in audit.leaks if leak.column == "customer_returned_lines_all")
    assert (first.then, first.now, first.rows) == ("0.0", "1.0", 10)
    finding = r"differs from what its night knew: \d+ of 10 rows changed, e\.g\. line L\d of 2026-03-2\d"
    with pytest.raises(LeakageError, match=finding):
        require_no_leakage(audit)
