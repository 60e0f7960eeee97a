"""One small shop whose every number can be counted on the fingers."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from returns_risk.config.policy import Policy
from returns_risk.contract.days import day_number
from returns_risk.errors import ParamsError
from returns_risk.features import FeatureSet
from returns_risk.snapshot import Rows, Shop

POLICY = Policy.model_validate(
    {"default": {"return_window_days": 5, "delivery_days": 1, "grace_days": 0}, "markets": {}}
)
DEFINITIONS = FeatureSet.model_validate(
    {
        "definitions": [
            {"kind": "history", "entity": "shop", "meaning": "shop", "key": [], "rates": True, "prior_rate": 0.5,
             "strength": 2},
            {"kind": "history", "entity": "sku", "meaning": "item", "key": ["sku"], "windows": ["all", 3],
             "counts": ["ordered_units", "returned_lines", "returned_units", "kept_units", "kept_lines"],
             "rates": True, "parent": "shop", "strength": 4, "recency": ["ordered", "returned"], "pending": True,
             "usual": ["quantity", "unit_price"]},
            {"kind": "basket", "entity": "basket", "meaning": "basket", "columns": {
                "basket_lines": {"total": "line", "meaning": "lines"},
                "basket_price_rank": {"rank": "unit_price", "meaning": "rank of the price"}}},
        ]
    }
)  # fmt: skip
# Windows close 6 days after the order: on the 7th, the 8th, the 9th and the 16th.
LINES = [
    ("L1", "2026-01-01T10:00Z", "shirt", 2, 10.0, None),
    ("L2", "2026-01-02T10:00Z", "shirt", 4, 20.0, None),
    ("L3", "2026-01-03T10:00Z", "shoe", 1, 50.0, None),
    ("L4", "2026-01-10T10:00Z", "shirt", 6, 10.0, None),
]
RETURNS = [("L1", "2026-01-05T08:00Z", 1), ("L1", "2026-01-06T08:00Z", 1), ("L2", "2026-01-09T08:00Z", 1)]


def tables(lines=LINES, returns=RETURNS):
    order_lines = pd.DataFrame(
        lines, columns=["line_id", "ordered_at", "sku", "quantity", "unit_price", "cancelled_at"]
    ).assign(order_id="O", customer_id="C")
    sent = pd.DataFrame(returns, columns=["line_id", "returned_at", "quantity"])
    for frame, names in [(order_lines, ["ordered_at", "cancelled_at"]), (sent, ["returned_at"])]:
        for name in names:
            frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]")
    return {"order_lines": order_lines, "returns": sent.astype({"line_id": "str"})}


def features_of(line, as_of, known_at=None, **changes):
    snapshot = Shop(tables(**changes), POLICY, "UTC").snapshot(known_at or as_of)
    row = Rows(np.flatnonzero(snapshot.lines["line_id"] == line), np.array([day_number(as_of)], dtype=np.int32))
    return snapshot.features(row, DEFINITIONS).iloc[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sku_ordered_units_all", 12.0),  # 2 + 4 + 6, its own line too
        ("sku_ordered_units_3d", 6.0),
        ("sku_returned_lines_all", 2.0),  # L1 once although it came back twice
        ("sku_returned_units_all", 3.0),
        ("sku_returned_units_3d", 1.0),  # from the 8th on
        ("sku_kept_units_all", 4.0),  # the return on the 9th is after the window of L2
        ("sku_kept_lines_all", 1.0),
        ("sku_kept_lines_3d", 1.0),  # closed on the 8th
        ("sku_days_since_ordered", 8.0),
        ("sku_days_since_returned", 2.0),
        ("sku_pending_lines", 1.0),  # its own
        ("sku_usual_quantity_ratio", 2.0),  # 6 against a mean of 3
        ("sku_usual_unit_price_ratio", 0.6),  # 10 against 100 / 6
        ("shop_return_rate_all", 0.4),  # (1 of 3 closed lines + 2 x 0.5) / (3 + 2)
        ("sku_return_rate_all", 13 / 30),  # (1 of 2 closed lines + 4 x 0.4) / (2 + 4)
        ("sku_return_rate_3d", 0.32),  # (0 of 1 closed lines + 4 x 0.4) / (1 + 4)
    ],
)
def test_a_feature_counts_what_was_known(name, value):
    assert features_of("L4", date(2026, 1, 11))[name] == pytest.approx(value, rel=1e-6)


def test_an_event_counts_from_the_as_of_that_follows_its_day():
    assert features_of("L2", date(2026, 1, 5))["sku_returned_units_all"] == 0
    assert features_of("L2", date(2026, 1, 6))["sku_returned_units_all"] == 1
    assert features_of("L2", date(2026, 1, 7))["sku_return_rate_all"] == pytest.approx(0.5)
    assert features_of("L2", date(2026, 1, 8))["sku_return_rate_all"] == pytest.approx((1 + 4 * 2 / 3) / 5)


def test_a_window_of_three_days_holds_the_three_days_before_the_as_of():
    counts = [features_of("L1", date(2026, 1, day))["sku_ordered_units_3d"] for day in (2, 3, 4, 5, 6)]
    assert counts == [2, 6, 6, 4, 0]


@pytest.mark.parametrize("known_at", [None, date(2026, 2, 1)])
def test_a_basket_holds_the_lines_known_before_the_as_of_whatever_is_known_since(known_at):
    result = [features_of("L1", date(2026, 1, day), known_at) for day in (2, 3, 4)]
    assert [item["basket_lines"] for item in result] == [1, 2, 3]
    assert [item["basket_price_rank"] for item in result] == [1, 2, 3]


def test_lines_of_one_price_share_the_best_rank():
    lines = [(f"L{nth}", "2026-01-01T10:00Z", "shirt", 1, price, None) for nth, price in enumerate([5.0, 9.0, 5.0])]
    ranks = [features_of(f"L{nth}", date(2026, 1, 2), lines=lines, returns=[])["basket_price_rank"] for nth in range(3)]
    assert ranks == [2, 1, 2]


def test_a_first_line_has_no_usual_and_no_last_but_the_prior():
    first = features_of("L1", date(2026, 1, 2))
    assert np.isnan(first[["sku_usual_quantity_ratio", "sku_usual_unit_price_ratio", "sku_days_since_ordered"]]).all()
    assert first["sku_return_rate_all"] == 0.5


def test_a_line_is_pending_until_its_window_closes_or_it_is_cancelled():
    lines = [
        ("L1", "2026-01-01T10:00Z", "shirt", 1, 10.0, None),
        ("L2", "2026-01-02T10:00Z", "shirt", 1, 10.0, "2026-01-03T10:00Z"),
        ("L3", "2026-01-04T10:00Z", "shirt", 1, 10.0, None),
    ]
    pending = [
        features_of("L1", date(2026, 1, day), lines=lines, returns=[])["sku_pending_lines"]
        for day in (2, 3, 4, 5, 7, 8, 10, 11)
    ]
    assert pending == [1, 2, 1, 2, 2, 1, 1, 0]


def test_a_cancellation_after_the_window_closed_hides_no_other_pending_line():
    lines = [
        ("L1", "2026-01-01T10:00Z", "shirt", 1, 10.0, "2026-01-09T10:00Z"),  # its window closed on the 7th
        ("L2", "2026-01-08T10:00Z", "shirt", 1, 10.0, None),
    ]
    assert features_of("L2", date(2026, 1, 9), lines=lines, returns=[])["sku_pending_lines"] == 1
    assert features_of("L2", date(2026, 1, 10), lines=lines, returns=[])["sku_pending_lines"] == 1


def history(entity, key, **more):
    return {"kind": "history", "entity": entity, "meaning": entity, "key": key, "rates": True, "strength": 4} | more


def features_at_end(definitions, lines, returns, products=None):
    """Give the features of the last line on the day after it."""
    reasons = pd.Series([reason for *_, reason in returns], dtype="str")
    of_shop = tables(lines, [row[:3] for row in returns])
    of_shop["returns"] = of_shop["returns"].assign(reason=reasons)
    of_shop["order_lines"] = of_shop["order_lines"].assign(market="DE")
    if products is not None:
        of_shop["products"] = products
    snapshot = Shop(of_shop, POLICY, "UTC").snapshot(date(2026, 1, 11))
    row = Rows(np.array([len(lines) - 1]), np.array([day_number(date(2026, 1, 11))], dtype=np.int32))
    return snapshot.features(row, FeatureSet.model_validate({"definitions": definitions})).iloc[0]


def test_a_share_shrinks_towards_the_nearest_entity_above_that_counts_it():
    reasons = {"size": ["small"], "fault": ["torn"]}
    definitions = [
        history("shop", [], prior_rate=0.5, reasons={"size": ["small"]}, reason_windows=[]),
        history("market", ["market"], parent="shop"),
        history("sku", ["sku"], parent="market", reasons=reasons, prior_share=0.1),
    ]
    returns = [("L1", "2026-01-05T08:00Z", 1, "small"), ("L2", "2026-01-09T08:00Z", 1, "torn")]
    features = features_at_end(definitions, [*LINES[:3], ("L4", "2026-01-10T10:00Z", "boot", 1, 9.0, None)], returns)
    # No boot has come back. Of the shop's two returns one was for the size: (1 + 4 * 0.3) / (2 + 4).
    assert features["sku_size_share_all"] == pytest.approx((1 + 4 * 0.3) / 6)
    assert features["sku_fault_share_all"] == pytest.approx(0.1)


@pytest.mark.parametrize(("size", "difference"), [("L", 1.0), ("S", -1.0), ("42", 4.0), ("36", -2.0), ("x", np.nan)])
def test_kept_sizes_in_letters_and_in_numbers_are_never_compared(size, difference):
    lines = [
        ("L1", "2026-01-01T10:00Z", "a", 1, 10.0, None),
        ("L2", "2026-01-02T10:00Z", "b", 1, 20.0, None),
        ("L3", "2026-01-10T10:00Z", "c", 1, 50.0, None),
    ]
    products = pd.DataFrame({"sku": ["a", "b", "c"], "size": ["M", "38", size]}, dtype="str")
    definitions = [history("customer", ["customer_id"], prior_rate=0.5, kept_size=True)]
    features = features_at_end(definitions, lines, [], products)
    assert features["customer_kept_size_difference"] == pytest.approx(difference, nan_ok=True)


def test_a_column_that_the_source_lacks_is_named():
    definitions = [history("brand", ["brand"], prior_rate=0.5)]
    with pytest.raises(ParamsError, match=r"brand\.yaml is off: the source has no column brand.*drop_unavailable"):
        features_at_end(definitions, LINES, [])
