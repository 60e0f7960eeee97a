"""Which lines train, and which are candidates."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.config.policy import Policy
from returns_risk.errors import LabelError
from returns_risk.snapshot import Shop
from returns_risk.snapshot.labels import id_columns, label_frame
from returns_risk.snapshot.rows import choose_candidates
from tests.snapshot.small_outcomes import described, outcomes, training_rows

DAYS = st.integers(0, 20)
LATER = st.none() | st.integers(0, 12)
# Ordered, then days until closing, shipment and cancellation; days until each return.
LINES = st.lists(
    st.tuples(DAYS, st.integers(1, 9), LATER, LATER, st.lists(st.integers(0, 14), max_size=2)), min_size=1, max_size=8
)


def outcomes_of_gaps(lines):
    days = [
        (ordered, *(None if gap is None else ordered + gap for gap in (closes, shipped, cancelled)))
        for ordered, closes, shipped, cancelled, _ in lines
    ]
    return outcomes(*days, returns=[(row, line[0] + gap, 1) for row, line in enumerate(lines) for gap in line[4]])


@given(LINES, DAYS, st.integers(0, 9))
@settings(deadline=None, max_examples=300)
def test_training_rows_and_labels_are_those_of_the_rules(lines, as_of, warm_up):
    first = min(line[0] for line in lines)
    expected = {
        f"L{row}": any(back <= closes for back in returns)
        for row, (ordered, closes, _, cancelled, returns) in enumerate(lines)
        if ordered + closes < as_of  # matured
        and all(back >= 1 for back in returns)  # had not come back at the first as-of
        and cancelled is None
        and ordered >= first + warm_up
    }
    result, today = outcomes_of_gaps(lines), date(2026, 1, 1) + timedelta(days=as_of)
    if not expected:
        with pytest.raises(LabelError, match=f"of {len(lines)} lines is matured .* warm-up of {warm_up} days"):
            training_rows(result, today, warm_up)
        return
    labels = label_frame(described(len(lines)), result, training_rows(result, today, warm_up))
    assert dict(zip(labels["line_id"], labels["returned"], strict=True)) == expected
    assert (labels["closes_on"] < np.datetime64(today)).all()
    assert (labels["as_of"] - labels["ordered_on"] == np.timedelta64(1, "D")).all()


@given(LINES, DAYS, st.integers(1, 9), st.data())
@settings(deadline=None, max_examples=300)
def test_candidates_are_those_of_the_rules(lines, as_of, open_days, data):
    opted_out = data.draw(st.lists(st.booleans(), min_size=len(lines), max_size=len(lines)))
    expected = [
        f"L{row}"
        for row, (ordered, _, shipped, cancelled, returns) in enumerate(lines)
        if as_of - open_days <= ordered < as_of
        and all(gap is None or ordered + gap >= as_of for gap in (shipped, cancelled, *returns))
        and not opted_out[row]
    ]
    today, result = date(2026, 1, 1) + timedelta(days=as_of), outcomes_of_gaps(lines)
    rows, _ = choose_candidates(result, today, open_days, np.array(opted_out, dtype=bool))
    ids = id_columns(described(len(lines)), result, rows)
    assert ids["line_id"].tolist() == expected
    assert (ids["as_of"] == np.datetime64(today)).all()
    assert "returned" not in ids


def test_only_lines_whose_window_closed_before_the_as_of_train():
    result = outcomes((0, 9, 1, None), (0, 10, 1, None), (0, 11, 1, None))
    assert training_rows(result, date(2026, 1, 11)).position.tolist() == [0]


def test_lines_that_had_come_back_or_were_cancelled_are_no_training_rows():
    result = outcomes(
        (0, 5, 1, None), (0, 5, 1, None), (0, 5, None, 0), (0, 5, None, 3), returns=[(0, 0, 1), (1, 1, 1)]
    )
    assert training_rows(result, date(2026, 2, 1)).position.tolist() == [1]


def test_a_line_that_was_known_to_stay_at_its_own_as_of_does_not_train():
    """Recorded only when its window had closed, it is already among the kept lines that its features count."""
    result = outcomes((0, 0, 1, None), (0, 5, 1, None), returns=[(0, 9, 1), (1, 9, 1)])
    assert training_rows(result, date(2026, 2, 1)).position.tolist() == [1]


def test_the_first_days_only_warm_up():
    result = outcomes((0, 5, 1, None), (9, 15, 10, None), (10, 15, 11, None))
    assert training_rows(result, date(2026, 2, 1), warm_up_days=10).position.tolist() == [2]


def test_no_matured_line_says_how_many_wait_and_what_to_check():
    expected = (
        r"order_lines: none of 2 lines is matured at the as-of after a warm-up of 7 days \(1 still have an open return "
        r"window\)\. Deliver a longer history, or check as_of and featurize\.warm_up_days in params\.yaml"
    )
    with pytest.raises(LabelError, match=expected):
        training_rows(outcomes((0, 2, 1, None), (9, 18, 10, None)), date(2026, 1, 11), warm_up_days=7)


def test_candidates_wait_are_recent_and_have_not_opted_out():
    result = outcomes(
        (8, 40, None, None),
        (8, 40, 9, None),  # shipped
        (8, 40, None, 9),  # cancelled
        (8, 40, 10, None),  # shipped on the day that begins at the as-of
        (5, 40, None, None),  # just recent enough
        (4, 40, None, None),  # waiting for too long
        (8, 40, None, None),  # opted out
        (10, 40, None, None),  # ordered after the as-of
        (8, 40, None, None),  # came back
        returns=[(8, 9, 1)],
    )
    rows, left_out = choose_candidates(result, date(2026, 1, 11), 5, np.arange(9) == 6)
    assert rows.position.tolist() == [0, 3, 4]
    ids = id_columns(described(9), result, rows)
    assert ids["ordered_on"].dt.strftime("%d").tolist() == ["09", "09", "06"]
    assert ids["as_of"].dt.strftime("%d").tolist() == ["11", "11", "11"]
    assert left_out == {"waiting for more than 5 days": 2, "of customers who opted out": 1}


def test_the_odd_line_of_long_before_does_not_end_the_warm_up():
    """The history begins with the lines that make up nearly all of it."""
    lines = pd.DataFrame({"line_id": [f"L{number}" for number in range(2001)]}, dtype="str").assign(
        order_id="O", customer_id="C", sku="s", quantity=1, unit_price=9.0,
    )  # fmt: skip
    days = pd.Timestamp("2025-01-01", tz="UTC") + pd.to_timedelta(np.arange(2001) // 10, unit="D")
    lines["ordered_at"] = (
        pd.Series(days).where(lines.index > 0, pd.Timestamp("2005-01-01", tz="UTC")).astype("datetime64[us, UTC]")
    )
    returns = pd.DataFrame({"line_id": ["L7"], "quantity": [1]}).assign(returned_at=lines["ordered_at"].iloc[[9]].array)
    policy = Policy.model_validate(
        {"default": {"return_window_days": 5, "delivery_days": 1, "grace_days": 0}, "markets": {}}
    )
    snapshot = Shop({"order_lines": lines, "returns": returns}, policy, "UTC").snapshot(pd.Timestamp("2026-01-01"))
    ordered = snapshot.lines["ordered_at"].iloc[snapshot.training_rows(warm_up_days=60).position]
    assert ordered.min() == pd.Timestamp("2025-03-02", tz="UTC")
