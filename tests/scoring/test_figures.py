"""The figures of a plan: the queue of an order, and sums that agree everywhere."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from returns_risk.scoring.columns import TREATED
from returns_risk.scoring.figures import QUEUES, count_orders, describe_figures, queue_orders, sum_savings

LINES = st.lists(
    st.tuples(st.sampled_from("ABCDE"), st.sampled_from(["act", "review", "holdout", "none"]), st.floats(0, 9)),
    max_size=30,
)


def frame(rows):
    lines = pd.DataFrame(rows, columns=["order_id", "decision", "value"])
    return lines.assign(value_low=lines["value"] / 2, value_high=lines["value"] * 2)


def test_an_order_waits_where_its_most_careful_line_waits():
    lines = frame(
        [("A", "act", 1.0), ("A", "review", 1.0), ("B", "act", 1.0), ("B", "holdout", 1.0), ("C", "none", 0.0)]
    )
    assert queue_orders(lines).to_dict() == {"A": "review", "B": "to_do", "C": "none"}
    assert count_orders(lines) == {"to_do": 1, "review": 1, "control": 0}


@given(LINES)
def test_every_order_is_in_one_queue_and_the_order_of_lines_is_irrelevant(rows):
    lines = frame(rows)
    queues = queue_orders(lines)
    assert set(queues.index) == set(lines["order_id"])
    assert set(queues) <= set(QUEUES)
    assert queues.equals(queue_orders(lines.iloc[::-1]))
    treated = lines.loc[lines["decision"].isin(TREATED), "order_id"].nunique()
    counts = count_orders(lines)
    assert counts["to_do"] + counts["review"] == treated


def test_savings_are_those_of_the_lines_to_treat_in_whole_cents():
    lines = frame([("A", "act", 1.006), ("B", "review", 1.006), ("C", "holdout", 100.0), ("D", "none", None)])
    assert sum_savings(lines) == {"value": 2.02, "value_low": 1.0, "value_high": 4.02}


def test_an_entry_of_an_older_version_counts_lines_only():
    plan = {"act": 4, "review": 1, "value": 12.5, "currency": "EUR"}
    assert describe_figures(plan) == "4 lines to do, 1 to review, expected saving 12.50 EUR"
    orders = {"orders": {"to_do": 1, "review": 0, "control": 2}, "value_low": 3.0, "value_high": 20.0}
    assert describe_figures(plan | orders | {"act": 1, "review": 0}) == (
        "1 order: 1 to do, 0 to review (1 line); expected saving 12.50 EUR (3.00 to 20.00)"
    )
