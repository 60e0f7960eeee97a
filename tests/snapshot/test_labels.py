"""Labels of training rows, opt-outs, and labels that are refused."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from returns_risk.errors import LabelError, NoCandidatesError
from returns_risk.snapshot.labels import label_frame, require_candidates, require_matured, require_two_classes
from returns_risk.snapshot.opt_outs import opted_out_lines
from tests.snapshot.small_outcomes import described, outcomes, training_rows


def test_a_return_counts_up_to_the_day_the_window_closes():
    result = outcomes((0, 5, 1, None), (0, 5, 1, None), (0, 5, 1, None), returns=[(0, 5, 1), (1, 6, 1)])
    labels = label_frame(described(3), result, training_rows(result, date(2026, 2, 1), 0))
    assert labels["returned"].tolist() == [True, False, False]
    assert labels["closes_on"].dt.strftime("%Y-%m-%d").unique().tolist() == ["2026-01-06"]


def test_the_reason_is_the_first_that_was_stated_within_the_window():
    returns = [(0, 4, 1), (0, 2, 1), (0, 1, 1), (1, 3, 1), (2, 6, 1), (3, 3, 1), (3, 3, 1)]
    result = replace(
        outcomes(*[(0, 5, 1, None)] * 5, returns=returns),
        return_reason=np.array([0, 1, -1, -1, 0, 1, 0], dtype=np.int16),
        reasons=("late", "small"),
    )
    labels = label_frame(described(5), result, training_rows(result, date(2026, 2, 1), 0))
    assert labels["returned"].tolist() == [True, True, False, True, False]
    assert labels["reason"].fillna("none").tolist() == ["small", "none", "none", "small", "none"]


def test_a_source_without_reasons_has_none():
    result = outcomes((0, 5, 1, None), (0, 5, 1, None), returns=[(0, 3, 1)])
    labels = label_frame(described(2), result, training_rows(result, date(2026, 2, 1), 0))
    assert labels["reason"].isna().all()
    assert labels["reason"].dtype == "str"


def test_opted_out_is_a_matter_of_the_customer_and_unknown_means_no():
    lines = described(4)
    customers = pd.DataFrame(
        {"customer_id": ["L0", "L1", "L2"], "opted_out": pd.array([True, False, None], dtype="boolean")}
    )
    assert opted_out_lines(lines, {"customers": customers}).tolist() == [True, False, False, False]
    for tables in ({}, {"customers": customers[["customer_id"]]}):
        assert opted_out_lines(lines, tables).tolist() == [False] * 4


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
