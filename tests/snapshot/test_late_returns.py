"""Returns after the window are counted by market and month of order."""

from datetime import date

import pandas as pd
import pytest

from returns_risk.config.policy import Policy
from returns_risk.snapshot import Shop
from returns_risk.snapshot.late_returns import LATE_RETURNS, count_late_returns

TERMS = {"return_window_days": 10, "delivery_days": 0, "grace_days": 0}
HOLIDAYS = {"windows": [{"from": "11-01", "to": "12-31", "until": "01-31"}]}
LINES = [
    ("L1", "2025-11-30T23:30Z", "PT", ["2025-12-05T12:00Z"]),  # in time, of December in the shop
    ("L2", "2025-12-10T12:00Z", "PT", ["2026-01-20T12:00Z"]),
    ("L3", "2025-12-10T12:00Z", "PT", ["2025-12-12T12:00Z", "2026-01-20T12:00Z"]),  # its first return counts
    ("L4", "2025-12-10T12:00Z", None, ["2025-12-21T12:00Z"]),
    ("L5", "2025-12-10T12:00Z", "PT", []),
]
"""Id, time of order, market and times of return of each line."""


def count(terms=TERMS, drop=(), returned=True):
    lines = pd.DataFrame([row[:3] for row in LINES], columns=["line_id", "ordered_at", "market"]).drop(columns=[*drop])
    returns = pd.DataFrame(
        [(row[0], when, 1) for row in LINES for when in row[3] if returned],
        columns=["line_id", "returned_at", "quantity"],
    )
    for frame, name in ((lines, "ordered_at"), (returns, "returned_at")):
        frame[name] = pd.to_datetime(frame[name], utc=True)
    lines = lines.assign(order_id="O", customer_id="C", sku="s", quantity=1, unit_price=1.0)
    policy = Policy.model_validate({"default": TERMS, "markets": {"PT": terms}})
    tables = {"order_lines": lines, "returns": returns.astype({"line_id": "str"})}
    return count_late_returns(Shop(tables, policy, "Europe/Berlin").snapshot(date(2026, 3, 2)))


def test_late_returns_are_counted_by_market_and_month():
    assert count().to_dict("records") == [
        {"market": "", "month": "2025-12", "returns": 1, "late": 1, "share": 1.0},
        {"market": "PT", "month": "2025-12", "returns": 3, "late": 1, "share": pytest.approx(1 / 3)},
    ]


def test_a_holiday_window_makes_them_returns_in_time():
    assert count(TERMS | HOLIDAYS)["late"].tolist() == [1, 0]


def test_a_source_without_markets_or_returns_is_counted_too():
    assert count(drop=["market"])[["market", "returns", "late"]].to_numpy().tolist() == [["", 4, 2]]
    assert list(count(returned=False)) == LATE_RETURNS
    assert count(returned=False).empty
