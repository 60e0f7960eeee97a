"""Which lines train, which are candidates, and what their label is."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from returns_risk.contract.days import NEVER, day_number
from returns_risk.errors import LabelError, NoCandidatesError
from returns_risk.history import Outcomes
from returns_risk.snapshot.labels import label_frame, require_candidates, require_matured, require_two_classes
from returns_risk.snapshot.opt_outs import opted_out_lines
from returns_risk.snapshot.rows import choose_candidates, choose_training, require_training

DAY = day_number(date(2026, 1, 1))


def outcomes(*lines, returns=()):
    """Lines as (ordered, closes, shipped, cancelled), returns as (line, day, units), in days after New Year."""
    table = np.array([[NEVER if day is None else DAY + day for day in line] for line in lines], dtype=np.int32)
    back = np.array([(line, DAY + day, units) for line, day, units in returns], dtype=np.int64).reshape(-1, 3)
    return Outcomes(
        ordered_on=table[:, 0],
        closes_on=table[:, 1],
        shipped_on=table[:, 2],
        cancelled_on=table[:, 3],
        return_line=back[:, 0],
        return_on=back[:, 1].astype(np.int32),
        return_units=back[:, 2],
    )


def training_rows(found, as_of, warm_up_days=0):
    rows, left_out = choose_training(found, as_of, int(found.ordered_on.min()) + warm_up_days)
    require_training(len(rows), left_out, len(found.ordered_on), warm_up_days)
    return rows


def described(count):
    names = pd.Series([f"L{i}" for i in range(count)], dtype="str")
    return pd.DataFrame({"line_id": names, "order_id": names, "customer_id": names, "sku": names})


def test_only_lines_whose_window_closed_before_the_as_of_train():
    found = outcomes((0, 9, 1, None), (0, 10, 1, None), (0, 11, 1, None))
    rows = training_rows(found, date(2026, 1, 11), warm_up_days=0)
    assert rows.position.tolist() == [0]


def test_a_training_row_is_seen_at_the_first_as_of_after_its_order():
    rows = training_rows(outcomes((3, 9, 4, None)), date(2026, 2, 1), warm_up_days=0)
    assert rows.as_of.tolist() == [DAY + 4]


def test_lines_that_had_come_back_or_were_cancelled_are_no_training_rows():
    found = outcomes((0, 5, 1, None), (0, 5, 1, None), (0, 5, None, 0), (0, 5, None, 3), returns=[(0, 0, 1), (1, 1, 1)])
    assert training_rows(found, date(2026, 2, 1), warm_up_days=0).position.tolist() == [1]


def test_the_first_days_only_warm_up():
    found = outcomes((0, 5, 1, None), (9, 15, 10, None), (10, 15, 11, None))
    assert training_rows(found, date(2026, 2, 1), warm_up_days=10).position.tolist() == [2]


def test_no_matured_line_is_refused_with_counts_and_remedy():
    with pytest.raises(LabelError, match=r"none of 1 lines is matured .*\(1 still have an open return window\)"):
        training_rows(outcomes((0, 50, 1, None)), date(2026, 1, 11), warm_up_days=0)


def test_a_return_counts_up_to_the_day_the_window_closes():
    found = outcomes((0, 5, 1, None), (0, 5, 1, None), (0, 5, 1, None), returns=[(0, 5, 1), (1, 6, 1)])
    labels = label_frame(described(3), found, training_rows(found, date(2026, 2, 1), 0))
    assert labels["returned"].tolist() == [True, False, False]
    assert labels["closes_on"].dt.strftime("%Y-%m-%d").unique().tolist() == ["2026-01-06"]


def test_the_reason_is_the_first_that_was_stated_within_the_window():
    returns = [(0, 4, 1), (0, 2, 1), (0, 1, 1), (1, 3, 1), (2, 6, 1), (3, 3, 1), (3, 3, 1)]
    found = replace(
        outcomes(*[(0, 5, 1, None)] * 5, returns=returns),
        return_reason=np.array([0, 1, -1, -1, 0, 1, 0], dtype=np.int16),
        reasons=("late", "small"),
    )
    labels = label_frame(described(5), found, training_rows(found, date(2026, 2, 1), 0))
    assert labels["returned"].tolist() == [True, True, False, True, False]
    assert labels["reason"].fillna("none").tolist() == ["small", "none", "none", "small", "none"]


def test_a_source_without_reasons_has_none():
    found = outcomes((0, 5, 1, None), (0, 5, 1, None), returns=[(0, 3, 1)])
    labels = label_frame(described(2), found, training_rows(found, date(2026, 2, 1), 0))
    assert labels["reason"].isna().all()
    assert labels["reason"].dtype == "str"


def test_candidates_wait_are_recent_and_have_not_opted_out():
    found = outcomes(
        (8, 40, None, None),
        (8, 40, 9, None),  # shipped
        (8, 40, None, 9),  # cancelled
        (8, 40, 10, None),  # shipped on the day that begins at the as-of
        (2, 40, None, None),  # waiting for too long
        (8, 40, None, None),  # opted out
        (10, 40, None, None),  # ordered after the as-of
        (8, 40, None, None),  # came back
        returns=[(7, 9, 1)],
    )
    refused = np.array([False] * 5 + [True] + [False] * 2)
    rows, _ = choose_candidates(found, date(2026, 1, 11), open_days=5, opted_out=refused)
    assert rows.position.tolist() == [0, 3]
    assert rows.as_of.tolist() == [DAY + 10, DAY + 10]


def test_opted_out_is_a_matter_of_the_customer_and_unknown_means_no():
    lines = described(4)
    customers = pd.DataFrame(
        {"customer_id": ["L0", "L1", "L2"], "opted_out": pd.array([True, False, None], dtype="boolean")}
    )
    assert opted_out_lines(lines, {"customers": customers}).tolist() == [True, False, False, False]
    assert opted_out_lines(lines, {}).tolist() == [False] * 4


def test_a_label_that_is_not_final_at_the_as_of_is_refused():
    labels = pd.DataFrame({"line_id": ["L1", "L2"], "closes_on": pd.to_datetime(["2026-01-10", "2026-01-11"])})
    require_matured(labels.head(1), date(2026, 1, 11))
    with pytest.raises(LabelError, match=r"1 of 2 rows .* at or after 2026-01-11, e\.g\. line L2"):
        require_matured(labels, date(2026, 1, 11))


@pytest.mark.parametrize("returned", [[], [True, True], [False]])
def test_one_class_is_refused(returned):
    with pytest.raises(LabelError, match=f"{sum(returned)} of {len(returned)} lines of the train period"):
        require_two_classes(pd.Series(returned, dtype=bool), "train")


def test_no_candidate_is_refused():
    with pytest.raises(NoCandidatesError, match="no order line is open at the as-of 2026-01-11"):
        require_candidates(described(0), date(2026, 1, 11))
