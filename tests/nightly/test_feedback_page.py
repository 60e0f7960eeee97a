"""Feedback in the file of the page: read as the page writes it, or refused in a sentence."""

import json

import pytest

from returns_risk.errors import SourceError
from tests.nightly.small_feedback import bring_back, stored

pytestmark = pytest.mark.usefixtures("feedback_shop")


def page_file(*rows, **changes):
    content = {"type": "returns-risk feedback", "version": 1, "as_of": "2026-03-01", "source": "demo", "rows": rows}
    return json.dumps(content | changes)


def page_row(order="O1", disposition="done", **changes):
    at = "2026-03-01T08:15:00Z"
    empty = {"line_id": None, "owner": "", "comment": "", "at": at}
    return {"order_id": order, "disposition": disposition, **empty, **changes}


def test_the_file_of_the_page_is_read_and_counts_once():
    rows = [
        page_row(line_id="O1-1", owner="Anna Meer", comment="Frau Muster agreed"),
        page_row("O2", "not possible"),
        page_row("O9"),
        page_row("H1", "wrong flag", at="yesterday"),
    ]
    code, printed, errors = bring_back("back.json", page_file(*rows))
    assert (code, printed) == (20, "back.json: 2 stored, 0 unchanged, 2 rejected")
    assert errors == [
        "row 4: order H1: at 'yesterday' is no time; write ISO 8601, in UTC",
        "row 3: order O9: no run scored it; correct the id",
    ]
    at = "2026-03-01T08:15:00Z"
    assert stored() == [
        {
            "order_id": "O1",
            "line_id": "O1-1",
            "disposition": "done",
            "owner": "AM",
            "comment": "[name] agreed",
            "at": at,
            "as_of": "2026-03-01",
        },
        {"order_id": "O2", "disposition": "not_possible", "at": at, "as_of": "2026-03-01"},
    ]
    assert bring_back("back.json", page_file(*rows[:2]))[:2] == (0, "back.json: 0 stored, 2 unchanged, 0 rejected")
    # Set back and done again later: a new report.
    later = page_row("O2", "not possible", at="2026-03-01T09:00:00Z")
    assert bring_back("back.json", page_file(*rows[:2], later))[1] == "back.json: 1 stored, 2 unchanged, 0 rejected"
    # An older file of the page says nothing new: its rows have their times.
    assert bring_back("back.json", page_file(*rows[:2]))[1] == "back.json: 0 stored, 2 unchanged, 0 rejected"


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        ("{", "the file: Invalid JSON"),
        ("[]", "the file: a block of keys is expected"),
        (page_file(version=2), "version: Input should be 1"),
        (page_file(type="digest"), "type: Input should be 'returns-risk feedback'"),
        (page_file({"order_id": 7, "disposition": "done"}), r"rows\.1\.order_id: Input should be a valid string"),
        (page_file(page_row("x" * 20_001)), r"rows\.1\.order_id: String should have at most 20000 characters"),
        (page_file(source="other"), "is about the source 'other', and this ledger is kept for 'demo'"),
        (page_file(as_of="2099-01-01"), "back.json: is about the night '2099-01-01', of which the ledger has no run"),
        (b"\xff\xfe", "the file: Invalid JSON"),
    ],
)
def test_a_file_that_is_no_feedback_of_the_page_is_refused(content, finding):
    with pytest.raises(SourceError, match=finding) as caught:
        bring_back("back.json", content)
    assert "\n" not in str(caught.value)
    assert stored() == []


def test_a_missing_file_of_the_page_is_refused():
    with pytest.raises(SourceError, match=r"nothing\.json: cannot be read"):
        bring_back("nothing.json")
