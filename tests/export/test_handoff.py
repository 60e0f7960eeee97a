"""Only what is to be treated is handed off, with the same ids and bytes on every run, and never with a customer."""

import json
from uuid import UUID

import pytest

from returns_risk.errors import ExportError
from returns_risk.export.columns import to_export
from returns_risk.export.handoff import describe_orders
from returns_risk.io.files import hash_file
from tests.small_exports import EVIDENCE, MANIFEST, REASONS, make_night, make_run, write_night


def read(folder):
    return [json.loads(line) for line in (folder / "handoff.jsonl").read_text().splitlines()]


def test_orders_to_treat_come_with_the_highest_saving_first(tmp_path):
    orders = read(write_night(tmp_path / "export"))
    assert [(order["order_id"], order["value"], order["currency"]) for order in orders] == [
        ("O2", 4.75, "EUR"),
        ("O1", 2.5, "EUR"),
    ]
    assert [[line["line_id"] for line in order["lines"]] for order in orders] == [["O2-2", "O2-1"], ["O1-1"]]


def test_lines_of_the_control_arm_are_in_no_hand_off(tmp_path):
    folder = write_night(tmp_path / "export")
    text = (folder / "handoff.jsonl").read_text()
    for line in ("O1-2", "O3-1", "O3", "O4-1"):
        assert f'"{line}"' not in text
    arms = {line["arm"] for order in read(folder) for line in order["lines"]}
    assert arms == {"treatment"}


def test_an_order_says_all_that_a_system_needs(tmp_path):
    assert read(write_night(tmp_path / "export"))[1] == {
        "type": "flagged_order",
        "schema_version": 1,
        "event_id": "208bf064-3e9a-5f74-bc73-4d66052e02cb",
        "source": "tests",
        "as_of": "2026-03-02",
        "policy_version": "f" * 64,
        "model_version": "0123456789ab",
        "reason_model_version": None,
        "order_id": "O1",
        "market": "DE",
        "warehouse": "LEJ1",
        "customer": "c0ffee0000c0ffee0000",
        "value": 2.5,
        "currency": "EUR",
        "lines": [
            {
                "line_id": "O1-1",
                "sku": "00012",
                "return_reason": "too_small",
                "return_reason_share": 0.6124,
                "risk": 0.7124,
                "risk_low": 0.6,
                "risk_high": 0.8124,
                "evidence": "some",
                "intervention": "sizing_guidance",
                "decision": "act",
                "arm": "treatment",
                "value": 2.5,
                "value_low": 1.0,
                "value_high": 3.0,
                "currency": "EUR",
                "reasons": ["size: 62%", "brand is brill"],
                "message": "Your order O1\n\nIs M right?",
                "message_to": "customer",
                "message_language": "de",
                "message_subject": "Your order O1",
                "message_body": "Is M right?",
                "reply_by": "2026-03-02T11:00:00Z",
                "ship_by": "2026-03-03T19:00:00Z",
                "size": "M",
                "suggested_size": "L",
                "suggested_size_kept": 0.9335,
                "ordered_size_kept": 0.82,
                "size_evidence": EVIDENCE,
                "resolution": "exchange",
                "resolution_text": "Offer L.",
                "known_outcomes": {"customer_outcomes": 7, "sku_outcomes": 30},
                "photo_uri": "https://img.example/1.jpg",
            }
        ],
    }


def test_the_digest_says_how_many_orders_to_expect(tmp_path):
    digest = json.loads((write_night(tmp_path / "export") / "digest.json").read_text())
    summary = {name: digest[name] for name in ("type", "orders", "lines", "act", "review", "value", "currency")}
    assert summary == {
        "type": "run_digest", "orders": 2, "lines": 3, "act": 2, "review": 1, "value": 7.25, "currency": "EUR",
    }  # fmt: skip


def test_an_event_keeps_its_id_whatever_the_run_finds_and_no_two_share_one(tmp_path):
    first = read(write_night(tmp_path / "one"))
    rewritten = read(write_night(tmp_path / "two", make_night(value=[9.9, 4.0, 9.0, 1.25, 3.5, None])))
    ids = {order["order_id"]: order["event_id"] for order in first}
    assert ids == {order["order_id"]: order["event_id"] for order in rewritten}
    digest = json.loads((tmp_path / "one/digest.json").read_text())["event_id"]
    assert len({*ids.values(), digest}) == 3
    assert all(UUID(order).version == 5 for order in [*ids.values(), digest])
    other = [
        describe_orders(to_export(make_run().candidates), MANIFEST | changed)[0]["event_id"]
        for changed in ({"as_of": "2026-03-03"}, {"source": "elsewhere"})
    ]
    assert not {*other} & {*ids.values()}


def test_the_order_of_the_input_does_not_matter(tmp_path):
    order = write_night(tmp_path / "one")
    backwards = make_night().iloc[::-1].set_axis([9, 8, 7, 6, 5, 4])
    two = write_night(tmp_path / "two", backwards, REASONS[::-1])
    for name in ("handoff.jsonl", "digest.json"):
        assert (order / name).read_bytes() == (two / name).read_bytes()


def test_equal_values_are_settled_by_ids(tmp_path):
    same = make_night(value=[1.0, 4.0, 9.0, 0.5, 0.5, None])
    orders = read(write_night(tmp_path / "export", same))
    assert [order["order_id"] for order in orders] == ["O1", "O2"]
    assert [line["line_id"] for line in orders[1]["lines"]] == ["O2-1", "O2-2"]


def test_the_manifest_has_the_hashes(tmp_path):
    folder = write_night(tmp_path / "export")
    files = json.loads((folder / "manifest.json").read_text())["files"]
    for name in ("handoff.jsonl", "digest.json"):
        assert files[name] == hash_file(folder / name)


def test_a_line_break_in_a_reason_ends_no_line(tmp_path):
    content = (write_night(tmp_path / "export") / "handoff.jsonl").read_bytes()
    assert content.isascii()
    assert content.count(b"\n") == 2


def test_a_customer_who_is_no_pseudonym_is_refused_unnamed(tmp_path):
    raw = make_night(customer_id=["anna@example.com"] * 2 + ["0" * 20] * 4)
    with pytest.raises(ExportError, match=r"customer_id of 1 lines is no pseudonym, e\.g\. of line O1-1") as caught:
        write_night(tmp_path / "export", raw)
    assert "anna" not in str(caught.value)
    assert not (tmp_path / "export").exists()


def test_a_night_without_a_planned_line_hands_nothing_off(tmp_path, export):
    folder = export(tmp_path / "export")
    assert (folder / "handoff.jsonl").read_bytes() == b""
    assert json.loads((folder / "digest.json").read_text())["orders"] == 0
