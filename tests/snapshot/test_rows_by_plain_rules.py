"""Training rows, labels and candidates equal the rules read line by line."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from returns_risk.contract.days import NEVER, day_number
from returns_risk.errors import LabelError
from returns_risk.history import Outcomes
from returns_risk.snapshot.labels import id_columns, label_frame
from returns_risk.snapshot.opt_outs import opted_out_lines
from returns_risk.snapshot.rows import choose_candidates
from tests.snapshot.test_labels import training_rows

DAY = day_number(date(2026, 1, 1))
SOME = st.integers(0, 20)
LATER = st.none() | st.integers(0, 12)
# Ordered, then days until closing, shipment and cancellation; days until each return.
LINES = st.lists(
    st.tuples(SOME, st.integers(1, 9), LATER, LATER, st.lists(st.integers(0, 14), max_size=2)), min_size=1, max_size=8
)


def outcomes(lines):
    def day(ordered, gap):
        return NEVER if gap is None else DAY + ordered + gap

    returns = [(place, day(line[0], gap)) for place, line in enumerate(lines) for gap in line[4]]
    return Outcomes(
        ordered_on=np.array([DAY + line[0] for line in lines], dtype=np.int32),
        closes_on=np.array([day(line[0], line[1]) for line in lines], dtype=np.int32),
        shipped_on=np.array([day(line[0], line[2]) for line in lines], dtype=np.int32),
        cancelled_on=np.array([day(line[0], line[3]) for line in lines], dtype=np.int32),
        return_line=np.array([place for place, _ in returns], dtype=np.int64),
        return_on=np.array([when for _, when in returns], dtype=np.int32),
        return_units=np.ones(len(returns), dtype=np.int64),
    )


def described(count):
    names = pd.Series([f"L{i}" for i in range(count)], dtype="str")
    return pd.DataFrame({"line_id": names, "order_id": names, "customer_id": names, "sku": names})


@given(LINES, SOME, st.integers(0, 9))
@settings(deadline=None, max_examples=300)
def test_training_rows_and_labels_are_those_of_the_rules(lines, as_of, warm_up):
    first = min(line[0] for line in lines)
    expected = {
        f"L{place}": any(back <= closes for back in returns)
        for place, (ordered, closes, _, cancelled, returns) in enumerate(lines)
        if ordered + closes < as_of  # matured
        and all(back >= 1 for back in returns)  # had not come back at the first as-of
        and cancelled is None
        and ordered >= first + warm_up
    }
    found, today = outcomes(lines), date(2026, 1, 1) + timedelta(days=as_of)
    if not expected:
        with pytest.raises(LabelError, match=f"of {len(lines)} lines is matured .* warm-up of {warm_up} days"):
            training_rows(found, today, warm_up)
        return
    rows = training_rows(found, today, warm_up)
    labels = label_frame(described(len(lines)), found, rows)
    assert dict(zip(labels["line_id"], labels["returned"], strict=True)) == expected
    assert (labels["closes_on"] < pd.Timestamp(today)).all()
    assert (labels["as_of"] == labels["ordered_on"] + pd.Timedelta(days=1)).all()


@given(LINES, SOME, st.integers(1, 9), st.data())
@settings(deadline=None, max_examples=300)
def test_candidates_are_those_of_the_rules(lines, as_of, open_days, data):
    refused = data.draw(st.lists(st.booleans(), min_size=len(lines), max_size=len(lines)))
    expected = [
        f"L{place}"
        for place, (ordered, _, shipped, cancelled, returns) in enumerate(lines)
        if as_of - open_days <= ordered < as_of
        and all(gap is None or ordered + gap >= as_of for gap in (shipped, cancelled, *returns))
        and not refused[place]
    ]
    today = date(2026, 1, 1) + timedelta(days=as_of)
    found = outcomes(lines)
    rows, _ = choose_candidates(found, today, open_days, np.array(refused, dtype=bool))
    ids = id_columns(described(len(lines)), found, rows)
    assert ids["line_id"].tolist() == expected
    assert (ids["as_of"] == pd.Timestamp(today)).all()
    assert "returned" not in ids


def test_a_line_that_was_known_to_stay_at_its_own_as_of_does_not_train():
    """Recorded only when its window had closed, it is already among the kept lines that its features count."""
    late, usual = (0, 0, 1, None, [9]), (0, 5, 1, None, [9])
    assert training_rows(outcomes([late, usual]), date(2026, 2, 1), warm_up_days=0).position.tolist() == [1]


def test_a_return_on_the_closing_day_is_a_return_and_one_on_the_day_after_is_none():
    found = outcomes([(0, 5, 1, None, [5]), (0, 5, 1, None, [6]), (0, 5, 1, None, [6, 5])])
    labels = label_frame(described(3), found, training_rows(found, date(2026, 2, 1), warm_up_days=0))
    assert labels["returned"].tolist() == [True, False, True]


def test_a_line_on_the_edge_of_waiting_is_a_candidate_and_one_a_day_older_is_not():
    found = outcomes([(4, 9, None, None, []), (5, 9, None, None, [])])
    nobody = np.zeros(2, dtype=bool)
    assert choose_candidates(found, date(2026, 1, 11), 5, nobody)[0].position.tolist() == [1]
    assert choose_candidates(found, date(2026, 1, 11), 6, nobody)[0].position.tolist() == [0, 1]


def test_ids_and_days_are_those_of_the_rows_in_their_order():
    found = outcomes([(0, 9, None, None, []), (2, 9, None, None, [])])
    rows, _ = choose_candidates(found, date(2026, 1, 5), 9, np.zeros(2, dtype=bool))
    ids = id_columns(described(2), found, rows)
    assert ids["ordered_on"].dt.strftime("%d").tolist() == ["01", "03"]
    assert ids["as_of"].dt.strftime("%d").tolist() == ["05", "05"]


def test_customers_without_the_column_have_not_opted_out():
    assert not opted_out_lines(described(1), {"customers": pd.DataFrame({"customer_id": ["L0"]})}).any()


def test_no_matured_line_says_how_many_wait_and_what_to_check():
    expected = (
        r"order_lines: none of 2 lines is matured at the as-of after a warm-up of 7 days \(1 still have an open return "
        r"window\)\. Deliver a longer history, or check as_of and featurize\.warm_up_days in params\.yaml"
    )
    with pytest.raises(LabelError, match=expected):
        training_rows(outcomes([(0, 2, 1, None, []), (9, 9, 1, None, [])]), date(2026, 1, 11), warm_up_days=7)
