"""The digest of a night is written from the summary that the ledger holds."""

from typing import Any

from returns_risk.ledger import Entry
from returns_risk.nightly.digest import digest_of_run

SUMMARY: dict[str, Any] = {
    "extract": {
        "rows": {"order_lines": 120, "returns": 30},
        "rejected": {"order_lines": 1, "returns": 0},
        "after_as_of": {"order_lines": 2, "returns": 0},
        "late_returns": [12, 30],
        "latest_order": "2026-03-01T22:10:00",
        "customers_left_out": {"opted_out": 3, "quarantined": 1},
        "warnings": [],
        "waiting": {"lines": 44, "rejected": 0},
    },
    "candidates": {"open": 40, "closed": 5},
    "plan": {
        "act": 4,
        "review": 1,
        "holdout": 2,
        "none": 33,
        "orders": {"to_do": 3, "review": 1, "control": 2},
        "value": 12.5,
        "value_low": 4.0,
        "value_high": 20.25,
        "holdout_value": 3.25,
        "currency": "EUR",
        "notices": [],
        "interventions": {"sizing_guidance": 4, "quality_check": 3},
        "control_interventions": {"sizing_guidance": 2, "quality_check": 0},
        "shadow": {"lines": 0, "value": 0.0},
    },
    "export": {"flagged": 9},
}


def digest_of(**extract):
    content = {
        "summary": SUMMARY | {"extract": SUMMARY["extract"] | extract},
        "model": {"version": "3", "bundle": "0123456789ab"},
        "policy_sha256": "f" * 64,
        "backfill": False,
    }
    entry = Entry(7, "run", "demo", "2026-03-02", "2026-03-02T02:30:00+00:00", content, "abc")
    return digest_of_run(entry, "done", "exports/as_of=2026-03-02", {"score": 1.0})


def test_the_digest_names_the_plan_and_its_control_group():
    digest = digest_of()
    assert digest.headline == (
        "done, 4 orders: 3 to do, 1 to review (5 lines); expected saving 12.50 EUR (4.00 to 20.25)"
    )
    assert "candidates: 40, flagged 9; control group 2, 3.25 EUR" in digest.lines
    assert "sizing guidance: 2 planned, 2 in the control group" in digest.lines
    assert "quality check: 3 planned" in digest.lines
    assert "returned after the window, counted as kept: 12 of 30 returned lines (40.0%)" in digest.lines


def test_an_entry_that_does_not_know_its_control_group_counts_all_planned_lines(monkeypatch):
    monkeypatch.delitem(SUMMARY["plan"], "control_interventions")
    assert "sizing guidance: 4 planned" in digest_of().lines


def test_warnings_are_counted_in_the_subject_and_stand_first_and_lines_in_quarantine_are_counted():
    digest = digest_of(warnings=["one thing", "another"], waiting={"lines": 43, "rejected": 3})
    assert digest.subject.endswith("12.50 EUR (4.00 to 20.25); 2 warnings")
    assert digest.lines[:2] == ("WARNING: one thing", "WARNING: another")
    assert "in quarantine: 3 of 43 lines that may be waiting to ship; they are not scored" in digest.lines
    assert digest_of(warnings=["one thing"]).headline.endswith("; 1 warning")
