"""The events of a night are the lines of its hand-off and its digest, unchanged."""

import json

import pytest
from jsonschema import Draft202012Validator

from returns_risk.delivery import failure_event, read_events
from returns_risk.errors import DeliveryError
from tests.export.test_contracts import current, released, undocumented
from tests.small_exports import make_night, write_night


def test_an_export_is_one_event_an_order_and_a_digest_last(tmp_path):
    folder = write_night(tmp_path / "export")
    events = read_events(folder)
    assert [event.kind for event in events] == ["flagged_order", "flagged_order", "run_digest"]
    assert [event.position for event in events] == [0, 1, 2]
    assert {(event.source, event.as_of) for event in events} == {("tests", "2026-03-02")}
    lines = (folder / "handoff.jsonl").read_text().splitlines()
    assert [event.body for event in events[:2]] == lines
    assert [event.event_id for event in events] == [json.loads(event.body)["event_id"] for event in events]


def test_a_night_without_flagged_orders_is_one_digest(tmp_path):
    folder = write_night(tmp_path / "export", make_night(flagged=[False] * 6, decision=["none"] * 6), [])
    assert [event.kind for event in read_events(folder)] == ["run_digest"]


def test_an_unfinished_export_is_refused(tmp_path):
    with pytest.raises(DeliveryError, match="there is no finished export"):
        read_events(tmp_path)


def test_a_changed_hand_off_is_refused(tmp_path):
    folder = write_night(tmp_path / "export")
    with (folder / "handoff.jsonl").open("a") as file:
        file.write("{}\n")
    with pytest.raises(DeliveryError, match=r"handoff\.jsonl: does not match its hash in manifest\.json"):
        read_events(folder)


def test_an_export_of_an_older_version_is_refused(tmp_path):
    folder = write_night(tmp_path / "export")
    (folder / "handoff.jsonl").unlink()
    with pytest.raises(DeliveryError, match=r"handoff\.jsonl: is missing; an older version"):
        read_events(folder)


def test_each_failure_of_a_night_has_one_event_id():
    late = failure_event("demo", "2026-03-02", 5, "order_lines: late")
    assert failure_event("demo", "2026-03-02", 5, "order_lines: late") == late
    others = [("demo", "2026-03-03", 5, "order_lines: late"), ("demo", "2026-03-02", 4, "order_lines: late")]
    assert late.event_id not in {failure_event(*other).event_id for other in others}
    content = json.loads(late.body)
    for schema in (current("failure"), released("failure.v1.json")):
        Draft202012Validator(schema).validate(content)
    assert undocumented(content, current("failure")) == []
