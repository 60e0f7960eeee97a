"""When the return window of a line closes, and from which day on what became of it is known."""

import pandas as pd
import pytest

from returns_risk.config.policy import Policy
from returns_risk.contract.days import NEVER, date_of
from returns_risk.errors import LabelError
from returns_risk.history import find_outcomes
from returns_risk.history.outcomes import require_few_reasons

POLICY = Policy.model_validate(
    {
        "default": {"return_window_days": 10, "delivery_days": 2, "grace_days": 1},
        "markets": {
            "FR": {"return_window_days": 4, "delivery_days": 3, "grace_days": 0},
            "PT": {
                "return_window_days": 14,
                "delivery_days": 0,
                "grace_days": 0,
                "windows": [
                    {"from": "11-01", "to": "12-31", "until": "01-31"},
                    {"from": "2024-01-01", "to": "2025-11-30", "return_window_days": 90},
                ],
            },
        },
    }
)
NO_RETURNS: tuple[tuple[str, str, int, str | None], ...] = ()


def outcomes(line, returns=NO_RETURNS, zone="UTC"):
    """Outcomes of one line, given by its columns, and returns as (line, returned, units, recorded)."""
    lines = pd.DataFrame([{"line_id": "L1", "ordered_at": "2026-01-01T12:00Z"} | line])
    sent = pd.DataFrame(returns, columns=["line_id", "returned_at", "quantity", "recorded_at"])
    for frame in (lines, sent):
        for name in frame.columns[frame.columns.str.endswith("_at")]:
            frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]")
    return find_outcomes(lines, sent.astype({"line_id": "str"}), POLICY, zone)


def day(days):
    return str(date_of(days)[0])[:10]


@pytest.mark.parametrize(
    ("line", "closes"),
    [
        ({}, "2026-01-13"),  # order + 2 + 10
        ({"market": "UK"}, "2026-01-13"),
        ({"market": None}, "2026-01-13"),
        ({"market": "FR"}, "2026-01-08"),  # order + 3 + 4
        ({"promised_at": "2026-01-05T12:00Z"}, "2026-01-16"),  # promise + 1 + 10
        ({"promised_at": "2026-01-05T12:00Z", "market": "FR"}, "2026-01-09"),
        ({"promised_at": "2026-01-05T12:00Z", "delivered_at": "2026-01-03T12:00Z"}, "2026-01-13"),
        # A parcel later than was assumed does not open the window again.
        ({"promised_at": "2026-01-05T12:00Z", "delivered_at": "2026-01-20T12:00Z"}, "2026-01-16"),
        ({"delivered_at": "2026-01-02T12:00Z"}, "2026-01-12"),
        ({"delivered_at": "2026-01-20T12:00Z"}, "2026-01-13"),
        ({"recorded_at": "2026-01-12T12:00Z"}, "2026-01-13"),
        # Nothing is known of a line before the line itself is.
        ({"recorded_at": "2026-01-15T12:00Z"}, "2026-01-15"),
    ],
)
def test_the_window_closes_after_the_earlier_of_scan_and_assumed_delivery(line, closes):
    assert day(outcomes(line).closes_on) == closes


@pytest.mark.parametrize(
    ("line", "closes"),
    [
        # Shipped on the 8th although it was promised for the 5th.
        ({"promised_at": "2026-01-05T12:00Z", "shipped_at": "2026-01-08T12:00Z"}, "2026-01-18"),
        ({"promised_at": "2026-01-05T12:00Z", "shipped_at": "2026-01-02T12:00Z"}, "2026-01-16"),
        ({"shipped_at": "2026-01-02T12:00Z", "delivered_at": "2026-01-20T12:00Z"}, "2026-01-13"),
        # Without a shipping scan the line had left when it arrived.
        ({"shipped_at": None, "delivered_at": "2026-01-20T12:00Z"}, "2026-01-30"),
        ({"shipped_at": None, "promised_at": "2026-01-05T12:00Z"}, None),
        ({"shipped_at": None, "ordered_at": "2025-11-01T12:00Z", "market": "PT"}, None),
    ],
)
def test_the_window_never_begins_before_shipment(line, closes):
    result = outcomes(line).closes_on
    assert result[0] == NEVER if closes is None else day(result) == closes


@pytest.mark.parametrize(
    ("ordered", "closes"),
    [
        ("2023-10-31", "2023-11-14"),
        ("2023-11-01", "2024-01-31"),
        ("2023-12-31", "2024-01-31"),
        ("2025-11-30", "2026-02-28"),  # 90 days are later than the end of January
        ("2025-12-01", "2026-01-31"),
        ("2026-01-01", "2026-01-15"),
    ],
)
def test_the_window_follows_the_day_of_the_order(ordered, closes):
    assert day(outcomes({"ordered_at": f"{ordered}T12:00Z", "market": "PT"}).closes_on) == closes


def test_a_holiday_window_never_closes_earlier_than_the_usual_one():
    line = {"ordered_at": "2025-12-31T12:00Z", "delivered_at": "2026-01-25T12:00Z", "shipped_at": "2026-01-24T12:00Z"}
    assert day(outcomes(line | {"market": "PT"}).closes_on) == "2026-02-07"


@pytest.mark.parametrize(
    ("ordered", "closes"), [("2026-03-24T22:30Z", "2026-04-07"), ("2026-10-20T22:30Z", "2026-11-04")]
)
def test_a_window_has_as_many_days_when_the_clocks_change(ordered, closes):
    # On the shop's clock the one order is placed at 23:30, the other at half past midnight of the next day.
    assert day(outcomes({"ordered_at": ordered, "market": "PT"}, zone="Europe/Berlin").closes_on) == closes


@pytest.mark.parametrize(
    ("shipped", "returned", "cancels"),
    [
        (None, "2026-01-03T00:00Z", True),
        ("2026-01-05T00:00Z", "2026-01-03T00:00Z", True),
        ("2026-01-03T18:00Z", "2026-01-03T00:00Z", False),  # days are compared: many sources give no time of return
        ("2026-01-02T00:00Z", "2026-01-03T00:00Z", False),
    ],
)
def test_a_return_before_or_without_shipment_cancels_its_line(shipped, returned, cancels):
    result = outcomes({"shipped_at": shipped}, [("L1", returned, 1, None)])
    assert [result.returned_on[0] == NEVER, result.cancelled_on[0] == NEVER] == [cancels, not cancels]
    assert day(result.cancelled_on if cancels else result.returned_on) == "2026-01-03"
    assert len(result.return_line) == len(result.return_on) == len(result.return_units) == (0 if cancels else 1)


def test_a_cancellation_is_known_when_it_was_recorded_and_the_earliest_counts():
    returns = [("L1", "2026-01-03T00:00Z", 1, "2026-01-06T00:00Z")]
    assert day(outcomes({"shipped_at": None}, returns).cancelled_on) == "2026-01-06"
    earlier = {"shipped_at": None, "cancelled_at": "2026-01-04T00:00Z"}
    assert day(outcomes(earlier, returns).cancelled_on) == "2026-01-04"


def test_without_shipping_times_a_return_is_a_return():
    assert day(outcomes({}, [("L1", "2026-01-01T12:00Z", 1, None)]).returned_on) == "2026-01-01"


def test_a_late_record_delays_all_that_is_known_of_the_line():
    result = outcomes(
        {
            "recorded_at": "2026-01-04T00:00Z",
            "shipped_at": "2026-01-02T00:00Z",
            "cancelled_at": "2026-01-03T00:00Z",
        },
        [("L1", "2026-01-02T12:00Z", 1, None)],
    )
    days = [result.ordered_on, result.shipped_on, result.cancelled_on, result.returned_on]
    assert [day(item) for item in days] == ["2026-01-04"] * 4


def test_what_has_not_happened_or_is_no_column_is_never():
    assert outcomes({"shipped_at": None}).shipped_on.tolist() == [NEVER]
    result = outcomes({})
    assert [result.shipped_on[0], result.cancelled_on[0], result.returned_on[0]] == [NEVER] * 3


def test_a_return_is_known_on_the_day_it_was_received_and_recorded():
    returns = [("L1", "2026-01-08T00:00Z", 1, None), ("L1", "2026-01-05T00:00Z", 2, "2026-01-07T00:00Z")]
    result = outcomes({}, returns)
    assert date_of(result.return_on).astype("datetime64[D]").astype(str).tolist() == ["2026-01-08", "2026-01-07"]
    assert day(result.returned_on) == "2026-01-07"
    assert result.return_units.tolist() == [1, 2]


def test_days_are_those_of_the_shop():
    assert day(outcomes({"ordered_at": "2026-01-01T23:30Z"}, zone="Europe/Berlin").ordered_on) == "2026-01-02"
    assert day(outcomes({"ordered_at": "2026-01-01T04:30Z"}, zone="America/New_York").ordered_on) == "2025-12-31"


def test_returns_are_joined_by_the_id_of_their_line():
    lines = pd.DataFrame({"line_id": ["b", "a"], "ordered_at": pd.to_datetime(["2026-01-01T12:00Z"] * 2)})
    returns = pd.DataFrame(
        {"line_id": ["a", "b", "a"], "returned_at": pd.to_datetime(["2026-01-02T12:00Z"] * 3), "quantity": [1, 1, 1]}
    )
    assert find_outcomes(lines, returns, POLICY, "UTC").return_line.tolist() == [1, 0, 1]


def test_more_reasons_than_can_be_told_apart_end_the_run():
    require_few_reasons(1022)
    with pytest.raises(LabelError, match=r"reason has 1,023 different values.* reasons\.yaml"):
        require_few_reasons(1023)
