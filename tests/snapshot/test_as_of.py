"""What had not happened, or was not recorded, at the as-of is not in the tables."""

import pandas as pd
import pytest

from returns_risk.snapshot.as_of import as_of_view

AS_OF = pd.Timestamp("2026-01-10T00:00Z")
BEFORE, AT = "2026-01-09T23:59:59.999999Z", "2026-01-10T00:00Z"


def times(*values):
    return pd.to_datetime(pd.Series(values), utc=True, format="ISO8601").astype("datetime64[us, UTC]")


def tables(orders, returns=(), **more):
    lines = pd.DataFrame({"line_id": [f"L{i}" for i in range(len(orders))], "ordered_at": times(*orders)})
    sent = pd.DataFrame({"line_id": [line for line, _ in returns], "returned_at": times(*(at for _, at in returns))})
    return {"order_lines": lines.assign(**{name: times(*values) for name, values in more.items()}), "returns": sent}


def test_an_order_is_known_if_it_came_before_the_as_of():
    assert as_of_view(tables([BEFORE, AT]), AS_OF)["order_lines"]["line_id"].tolist() == ["L0"]


def test_an_order_is_known_if_it_was_recorded_before_the_as_of_or_at_once():
    known = as_of_view(tables([BEFORE] * 3, recorded_at=[AT, BEFORE, None]), AS_OF)
    assert known["order_lines"]["line_id"].tolist() == ["L1", "L2"]


def test_a_return_is_known_if_it_was_received_and_recorded_before_the_as_of():
    given = tables([BEFORE] * 4, [("L0", BEFORE), ("L1", AT), ("L2", BEFORE), ("L3", BEFORE)])
    given["returns"]["recorded_at"] = times(BEFORE, AT, AT, None)
    assert as_of_view(given, AS_OF)["returns"]["line_id"].tolist() == ["L0", "L3"]


def test_a_return_of_an_order_that_is_not_known_is_not_known():
    given = tables([BEFORE, BEFORE], [("L0", BEFORE), ("L1", BEFORE)], recorded_at=[AT, None])
    assert as_of_view(given, AS_OF)["returns"]["line_id"].tolist() == ["L1"]


@pytest.mark.parametrize("name", ["shipped_at", "delivered_at", "cancelled_at"])
def test_what_happens_to_a_line_at_the_as_of_has_not_happened_yet(name):
    known = as_of_view(tables([BEFORE] * 3, **{name: [BEFORE, AT, None]}), AS_OF)["order_lines"][name]
    assert known.isna().tolist() == [False, True, True]


def test_a_promise_is_known_however_far_it_reaches():
    known = as_of_view(tables([BEFORE], promised_at=["2026-03-01T00:00Z"]), AS_OF)["order_lines"]
    assert known["promised_at"].notna().all()


def test_the_given_tables_stay_as_they_are_and_others_pass_through():
    given = tables([BEFORE, AT], [("L1", AT)], shipped_at=[AT, AT]) | {"products": pd.DataFrame({"sku": ["s"]})}
    copies = {name: frame.copy(deep=True) for name, frame in given.items()}
    assert as_of_view(given, AS_OF)["products"] is given["products"]
    for name, frame in given.items():
        pd.testing.assert_frame_equal(frame, copies[name])
