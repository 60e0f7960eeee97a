"""What a page shows of the nights before: counted once, and nothing is carried over that may be done."""

import numpy as np
import pandas as pd
import pytest

from returns_risk.ledger import Ledger
from returns_risk.nightly.recent import recent_nights

AT = "2026-03-02T04:00:00+00:00"


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Ledger("sqlite:///ledger.db", tmp_path / "state")


def score(ledger, as_of, *lines, exported=True, backfill=False, at=AT):
    """Append a run of lines, each ``order line decision value``."""
    rows = np.array([line.split() for line in lines], dtype=object).reshape(-1, 4)
    frame = pd.DataFrame(rows, columns=pd.Index(["order_id", "line_id", "decision", "value"]), dtype="str")
    planned = frame["decision"] != "none"
    frame = frame.assign(
        value=frame["value"].astype("float64").where(planned),
        value_low=0.1,
        value_high=9.0,
        intervention=pd.Series("quality_check", index=frame.index).where(planned),
        reasons=pd.Series([["Worn seams"]] * len(frame), dtype=object),
        message=pd.Series("Please check", index=frame.index).where(planned),
    )
    entry = ledger.append_run("demo", as_of, at, {"backfill": backfill, "summary": {"export": {"files": {}}}}, frame)
    if exported:
        ledger.append_export(entry, at)
    return entry


def report(ledger, *orders):
    for order in orders:
        ledger.append("feedback", "demo", AT, {"order_id": order, "disposition": "done"})


def test_the_first_night_has_none_before_it(ledger):
    score(ledger, "2026-03-01")
    recent = recent_nights(ledger, "demo", "2026-03-01")
    assert (len(recent.nights), len(recent.carried), len(recent.unreported)) == (0, 0, 0)


def test_nights_are_counted_in_orders_to_do_or_to_review_and_in_their_expected_saving(ledger):
    score(ledger, "2026-02-27", "O1 O1-1 act 1.5", "O1 O1-2 review 2.25", "O2 O2-1 holdout 7", "O3 O3-1 none 0")
    score(ledger, "2026-02-28", "O3 O3-1 none 0")
    score(ledger, "2026-03-01", "O4 O4-1 act 3", "O5 O5-1 act 4")
    score(ledger, "2026-02-26", "O6 O6-1 act 3", backfill=True)
    report(ledger, "O4")
    recent = recent_nights(ledger, "demo", "2026-03-02")
    assert recent.nights.to_dict("records") == [
        {"as_of": "2026-02-27", "orders": 1, "value": 3.75, "reported": 0},
        {"as_of": "2026-02-28", "orders": 0, "value": 0.0, "reported": 0},
        {"as_of": "2026-03-01", "orders": 2, "value": 7.0, "reported": 1},
    ]


def test_only_fourteen_nights_count(ledger):
    for day in pd.date_range("2026-02-01", periods=20).strftime("%Y-%m-%d"):
        score(ledger, day, f"O{day} L{day} act 1")
    nights = recent_nights(ledger, "demo", "2026-02-21").nights
    assert (len(nights), nights["as_of"].iloc[0], nights["as_of"].iloc[-1]) == (14, "2026-02-07", "2026-02-20")


def test_what_nobody_reported_on_is_carried_over_with_its_plan(ledger):
    score(ledger, "2026-03-01", "O1 O1-1 act 1", "O2 O2-1 review 2", "H1 H1-1 holdout 3", "N1 N1-1 none 0")
    report(ledger, "O1")
    (line,) = recent_nights(ledger, "demo", "2026-03-02").carried.to_dict("records")
    names = ("order_id", "line_id", "night", "decision", "value", "reasons")
    assert {name: line[name] for name in names} == {
        "order_id": "O2", "line_id": "O2-1", "night": "2026-03-01", "decision": "review", "value": 2.0,
        "reasons": ["Worn seams"],
    }  # fmt: skip


def test_a_night_without_any_feedback_carries_nothing_over_since_all_may_be_done(ledger):
    score(ledger, "2026-02-28", "O1 O1-1 act 1", "O2 O2-1 act 2", "H1 H1-1 holdout 3")
    score(ledger, "2026-03-01", "O1 O1-2 act 1", "O3 O3-1 act 1", "O4 O4-1 act 2")
    recent = recent_nights(ledger, "demo", "2026-03-02")
    assert recent.carried.empty
    # O4 has shipped, and tonight something else is planned for O3.
    tonight = pd.DataFrame(
        [("O1", "O1-1", "none"), ("O1", "O1-2", "none"), ("O2", "O2-1", "none"), ("O3", "O3-1", "none"),
         ("O3", "O3-2", "act"), ("H1", "H1-1", "none")],
        columns=["order_id", "line_id", "decision"],
    )  # fmt: skip
    assert recent.count_unshown(tonight) == {"2026-02-28": 1, "2026-03-01": 1}
    report(ledger, "O4")
    recent = recent_nights(ledger, "demo", "2026-03-02")
    assert recent.count_unshown(tonight) == {"2026-02-28": 1}, "O1 is carried over from the night with feedback"


def test_a_page_that_is_made_again_knows_what_its_run_knew(ledger):
    score(ledger, "2026-03-01", "O1 O1-1 act 1", "O2 O2-1 act 2", "O3 O3-1 act 3")
    report(ledger, "O1")
    tonight = score(ledger, "2026-03-02", "O4 O4-1 act 1")
    before = recent_nights(ledger, "demo", "2026-03-02", before=tonight.number)
    report(ledger, "O2")
    score(ledger, "2026-03-03", "O5 O5-1 act 1")
    again = recent_nights(ledger, "demo", "2026-03-02", before=tonight.number)
    pd.testing.assert_frame_equal(again.nights, before.nights)
    pd.testing.assert_frame_equal(again.carried, before.carried)
    assert before.carried["order_id"].tolist() == ["O2", "O3"]
    assert recent_nights(ledger, "demo", "2026-03-02").carried["order_id"].tolist() == ["O3"]


def plan_again(ledger):
    """Two nights that each plan order A, with another line, beside orders of their own."""
    score(ledger, "2026-03-01", "A A-1 act 1", "B B-1 act 1", at="2026-03-01T04:00:00+00:00")
    score(ledger, "2026-03-02", "A A-2 act 1", "C C-1 act 1", at="2026-03-02T04:00:00+00:00")


def feed_back(ledger, at, **content):
    ledger.append("feedback", "demo", at, content | {"disposition": "done"})


def reported(ledger):
    """Return how many orders of each night have feedback, and the lines carried over and not reported."""
    recent = recent_nights(ledger, "demo", "2026-03-03")
    counts = recent.nights.set_index("as_of")["reported"].to_dict()
    return list(counts.values()), recent.carried["line_id"].tolist(), recent.unreported["line_id"].tolist()


EARLIER, LATER = "2026-03-01T09:00:00+00:00", "2026-03-02T09:00:00+00:00"


@pytest.mark.parametrize(
    ("at", "content"),
    [
        (EARLIER, {"order_id": "A"}),
        (EARLIER, {"order_id": "A", "line_id": "A-1"}),
        (LATER, {"order_id": "A", "line_id": "A-1"}),
        (LATER, {"order_id": "A", "as_of": "2026-03-01"}),
    ],
)
def test_feedback_of_the_earlier_night_says_nothing_of_the_later_one(ledger, at, content):
    plan_again(ledger)
    feed_back(ledger, at, **content)
    assert reported(ledger) == ([1, 0], ["B-1"], ["A-2", "C-1"])


@pytest.mark.parametrize(
    ("content", "unreported"),
    [
        ({"order_id": "A"}, ["B-1"]),
        ({"order_id": "A", "as_of": "2026-03-02"}, ["B-1"]),
        ({"order_id": "A", "line_id": "A-2"}, ["A-1", "B-1"]),
        ({"order_id": "A", "line_id": "A-2", "as_of": "2026-03-02"}, ["A-1", "B-1"]),
    ],
)
def test_feedback_of_the_later_night_carries_nothing_of_the_earlier_one_over(ledger, content, unreported):
    plan_again(ledger)
    feed_back(ledger, LATER, **content)
    assert reported(ledger) == ([0, 1], ["C-1"], unreported)


def test_an_order_that_the_later_page_carries_over_is_reported_on_there(ledger):
    plan_again(ledger)
    feed_back(ledger, EARLIER, order_id="A", as_of="2026-03-01")
    feed_back(ledger, LATER, order_id="B", as_of="2026-03-02")
    assert reported(ledger) == ([2, 0], [], ["A-2", "C-1"])
